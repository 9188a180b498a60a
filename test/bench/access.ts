import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { LoadedPopulation } from './load.ts';
import { measureInTurn, type Throughput } from './measure.ts';
import {
  removeFolder,
  runPasserelle,
  type ServerProcess,
  startPasserelle,
  temporaryFolder,
} from './processes.ts';
import { type BenchRequest, scenarios } from './scenarios.ts';
import type { BenchStore, DataPlace } from './stores.ts';

/** What logging in and the audit trail cost. */
export interface AccessFigures {
  patients: number;
  /** Reads of a back end that has a token. */
  authorised: ComparedReads;
  /** The same where each leaves an AuditEvent. */
  audited: ComparedReads;
  /** Access tokens per second that back ends are given for assertions signed with ES384. */
  tokens: number;
}

/** Reads of two servers that were measured in turns: nobody logs in to the first. */
export interface ComparedReads {
  open: Throughput;
  reads: Throughput;
}

const clientId = 'bench';
const algorithm = 'ES384';
const tokenConnections = 16;
const tokenRequests = 2000;
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Measures reads with and without login and audit, two servers at a time in turns, and the token endpoint. */
export async function measureAccess(
  store: BenchStore,
  patients: number,
  seconds: number,
  progress: (line: string) => void,
): Promise<AccessFigures> {
  const [openPlace, accessPlace] = [await store.newPlace(), await store.newPlace()];
  try {
    const opened = await load(openPlace, patients);
    await load(accessPlace, patients);
    const key = await addBackEnd(accessPlace);
    const open = await startPasserelle(openPlace.settings, 'none');
    try {
      const measured = async (audit: 'off' | 'on') => {
        const server = await startPasserelle(
          { ...accessPlace.settings, ...accessSettings, AUDIT: audit },
          'none',
        );
        try {
          const token = await tokenOf(server, key);
          const headers = { Authorization: `Bearer ${token}` };
          const requests = opened.map((read) => ({ ...read, headers }));
          const [openReads, reads] = await measureInTurn([open, server], requests, seconds);
          progress(`${patients} patients, read with login, audit ${audit}: ${Math.round(reads.rate)}/s`);
          const figures: ComparedReads = { open: openReads, reads };
          return { figures, tokens: audit === 'on' ? await tokenRate(server, key) : 0 };
        } finally {
          await server.stop();
        }
      };
      const { figures: authorised } = await measured('off');
      const { figures: audited, tokens } = await measured('on');
      return { patients, authorised, audited, tokens };
    } finally {
      await open.stop();
    }
  } finally {
    await openPlace.remove();
    await accessPlace.remove();
  }
}

const accessSettings = { AUTH: 'on' };

/** @returns reads of what was loaded */
async function load({ settings }: DataPlace, patients: number): Promise<BenchRequest[]> {
  const server = await startPasserelle(settings, 'none');
  try {
    const loaded = new LoadedPopulation(server.fhir);
    await loaded.extendTo(patients);
    const read = scenarios(loaded.patients, patients).find(({ name }) => name === 'read');
    return read?.requests() ?? [];
  } finally {
    await server.stop();
  }
}

/** Registers a back end that may read Patients, and answers its key. */
async function addBackEnd({ settings }: DataPlace): Promise<CryptoKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const folder = await temporaryFolder();
  try {
    const file = join(folder, 'client.json');
    await writeFile(
      file,
      JSON.stringify({
        client_id: clientId,
        client_name: 'Bench',
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'private_key_jwt',
        scope: 'system/Patient.rs',
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: clientId, alg: algorithm, use: 'sig' }] },
      }),
    );
    await runPasserelle(['clients', 'add', file], { ...settings, ...accessSettings });
  } finally {
    await removeFolder(folder);
  }
  return privateKey;
}

/** The form that asks for a token; each is taken once. */
async function tokenForm({ origin }: ServerProcess, key: CryptoKey): Promise<string> {
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: algorithm, kid: clientId, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(`${origin}/oauth/token`)
    .setJti(randomUUID())
    .setExpirationTime('4 minutes')
    .sign(key);
  return new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'system/Patient.rs',
    client_assertion_type: assertionType,
    client_assertion: assertion,
  }).toString();
}

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' };

async function tokenOf(server: ServerProcess, key: CryptoKey): Promise<string> {
  const body = await tokenForm(server, key);
  const response = await fetch(`${server.origin}/oauth/token`, { method: 'POST', headers: formType, body });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`The token endpoint answered ${response.status}`);
  return answer.access_token;
}

async function tokenRate(server: ServerProcess, key: CryptoKey): Promise<number> {
  const bodies: string[] = [];
  for (let number = 0; number < tokenRequests; number++) bodies.push(await tokenForm(server, key));
  let client = 0;
  const result = await autocannon({
    url: server.origin,
    connections: tokenConnections,
    amount: tokenRequests,
    setupClient(connection) {
      const number = client++ % tokenConnections;
      const share = bodies.filter((_body, at) => at % tokenConnections === number);
      connection.setRequests(
        share.map((body) => ({ method: 'POST', path: '/oauth/token', headers: formType, body })),
      );
    },
  });
  if (result.non2xx + result.errors > 0) throw new Error('Tokens were refused while they were measured');
  return result.requests.total / result.duration;
}
