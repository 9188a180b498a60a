import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { demonstrationNotice } from '../operability/demonstration.ts';
import { readSettings, type Settings } from '../operability/settings.ts';
import { startServer } from '../server.ts';
import type { Command } from './command.ts';

const help = `passerelle serve
  Runs the server until SIGTERM or SIGINT; then it ends what is in flight and closes the store.`;

/** Milliseconds after the end of the server in which what it wrote may still be read. */
const outputPatience = 1_000;

/** Runs `passerelle serve`. */
async function run(): Promise<number> {
  const settings = readSettings(process.env);
  // Without a reader of its log the server goes on.
  process.stdout.on('error', () => undefined);
  // Where no terminal closes, SIGHUP asks a service to read its files again, which this one does by itself.
  if (!process.stdout.isTTY) process.on('SIGHUP', () => undefined);
  const server = await startServer(settings);
  keepShortLivedObjectsYoung();
  if (process.stdout.isTTY || settings.NODE_ENV !== 'production')
    console.log(banner(server.origin, settings));
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  try {
    await server.close();
  } finally {
    // Output that nobody reads would keep the process, and a part that could not be closed.
    setTimeout(() => process.exit(), outputPatience).unref();
  }
  return 0;
}

/**
 * Ends V8's guess at which objects will live long: requests outlive a collection under load, so that theirs went straight
 * among the old ones, which had to be collected twice a second. Once everything is loaded: compiled code that was kept
 * holds for the flags that it was compiled with.
 */
function keepShortLivedObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

function banner(origin: string, settings: Settings): string {
  const fhir = `${origin}/fhir`;
  const addresses = `Passerelle
  FHIR API   ${fhir}
  health     ${origin}/health/ready
  metrics    ${origin}/metrics`;
  const notice = demonstrationNotice(settings) ?? '';
  return [addresses, notice, firstSteps(fhir, settings)].filter((part) => part !== '').join('\n\n');
}

function firstSteps(fhir: string, { AUTH, SEED }: Settings): string {
  if (AUTH === 'on') {
    return `Callers log in: register a client with \`passerelle clients add FILE\`; where it goes from there is at
  ${fhir}/.well-known/smart-configuration
`;
  }
  if (SEED === 'none') return '';
  return `Try it: find a patient, verify her INS with INSi (its simulator), see both versions.
  curl '${fhir}/Patient?family=adrun&birthdate=1975-12-31'
  curl -X POST '${fhir}/Patient/adrun-zoe/$verify-ins' -H 'Content-Type: application/fhir+json' -d '{"resourceType":"Parameters","parameter":[{"name":"apply","valueBoolean":true},{"name":"evidence","valueCoding":{"code":"CN"}}]}'
  curl '${fhir}/Patient/adrun-zoe/_history'
`;
}

export const serveCommand: Command = { help, run };
