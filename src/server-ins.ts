import { readFile } from 'node:fs/promises';
import packageJson from '../package.json' with { type: 'json' };
import { simulatedPersons } from '../seeds/demo/index.ts';
import type { AppRoute } from './http/app.ts';
import { addIns, type InsCapability } from './ins/capability.ts';
import type { InsiSettings, InsiVerification, UnitVerificationContract } from './ins/insi/settings.ts';
import { JsonCheck } from './json-schema/json-check.ts';
import type { Settings } from './operability/settings.ts';
import { type Core, defaultTenant } from './server-core.ts';
import { readTlsFiles } from './server-tls-files.ts';
import { createInsiSimulator } from './simulators/insi/simulator.ts';

/** The INS of a server, with the routes that it adds. */
export interface InsParts {
  capability: InsCapability;
  routes: AppRoute[];
}

/** Where the simulator of INSi is mounted. */
const simulatorPath = '/simulators/insi';

/** The authorisation number that the simulator knows. */
const simulatedAuthorisation = 'PASSERELLE-TEST';

/**
 * Adds the INS to a server in the mode of its settings.
 * @param address where this process listens, for the simulator
 * @param tenants those beside the default one
 * @throws Error when a file of the settings cannot be read
 */
export async function openIns(
  core: Core,
  address: string,
  tenants: Iterable<string> = [],
): Promise<InsParts> {
  const { settings, spine, log } = core;
  const insi = await insiSettings(core, address);
  const capability = addIns(spine, {
    policy: {
      validatingModes: settings.INS_VALIDATING_EVIDENCE,
      qualifyingModes: settings.INS_QUALIFYING_EVIDENCE,
      reverifyAfterMonths: settings.INS_REVERIFY_AFTER_MONTHS,
      qualifiedCode: settings.INS_STATUS_TRIGGER,
    },
    ...(insi === undefined ? {} : { insi }),
    retry: settings.INSI_RETRY_SECONDS * 1000,
    tenants: [...new Set([defaultTenant, ...tenants])],
    onFailure: (error) => log.error('failure', { part: 'ins', stack: (error as Error).stack }),
  });
  const routes: InsParts['routes'] = [];
  if (capability.routes) routes.push({ path: '/api/v1/french-healthcare/ins', handler: capability.routes });
  if (settings.INSI_MODE === 'simulator') {
    const simulator = createInsiSimulator({
      persons: simulatedPersons(),
      authorisedSoftware: [simulatedAuthorisation],
    });
    routes.push({
      path: simulatorPath,
      isPublic: true,
      handler: (request, response) => void simulator.handle(request, response),
    });
  }
  return { capability, routes };
}

async function insiSettings({ settings, stores }: Core, address: string): Promise<InsiSettings | undefined> {
  if (settings.INSI_MODE === 'off') return undefined;
  const simulated = settings.INSI_MODE === 'simulator';
  const tls = await readTlsFiles({
    certificate: settings.INSI_CERTIFICATE,
    key: settings.INSI_KEY,
    authorities: settings.INSI_CA,
  });
  return {
    url: simulated ? `${address}${simulatorPath}/lps` : settings.INSI_URL,
    source: simulated ? 'insi-simulator' : 'insi',
    ...(simulated || tls === undefined ? {} : { tls }),
    software: {
      authorisationNumber: simulated ? simulatedAuthorisation : settings.INSI_IDAM,
      product: packageJson.name,
      version: packageJson.version,
      instance: uuidOf(await stores.secret('insi-instance')),
      sender: settings.INSI_SENDER || 'PASSERELLE',
    },
    acceptedOids: settings.INS_OIDS,
    verification: await verification(settings),
    limits: { timeoutMs: settings.INSI_TIMEOUT_SECONDS * 1000 },
  };
}

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text, minItems: 1 };
const unitContract = new JsonCheck<UnitVerificationContract>({
  type: 'object',
  additionalProperties: false,
  required: [
    'operation',
    'requestNamespace',
    'requestElement',
    'answerNamespace',
    'codeElement',
    'verifiedCodes',
    'mismatchCodes',
  ],
  properties: {
    operation: text,
    requestNamespace: text,
    requestElement: text,
    answerNamespace: text,
    codeElement: text,
    verifiedCodes: texts,
    mismatchCodes: texts,
  },
});

async function verification({ INSI_VERIFICATION, INSI_UNIT_CONTRACT }: Settings): Promise<InsiVerification> {
  if (INSI_VERIFICATION !== 'unit') return { adapter: INSI_VERIFICATION };
  const contract: unknown = JSON.parse(await readFile(INSI_UNIT_CONTRACT, 'utf8'));
  if (unitContract.accepts(contract)) return { adapter: 'unit', contract };
  throw new Error(`INSI_UNIT_CONTRACT: ${unitContract.problems}`);
}

/** A UUID version 4 of 16 random bytes, the same at every start of this installation. */
function uuidOf(random: Buffer): string {
  const bytes = Buffer.from(random.subarray(0, 16));
  bytes[6] = 0x40 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
