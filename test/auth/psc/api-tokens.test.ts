import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import type { AuditEvent, Bundle, OperationOutcome, Practitioner } from 'fhir/r4.d.ts';
import { decodeJwt } from 'jose';
import { createPscSimulator, type PscSimulator } from '../../../src/simulators/psc/simulator.ts';
import { testCertificates } from '../../support/certificates.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { answered } from './support.ts';

const { authority, certificate, file, remove } = testCertificates();
const redirectUri = 'https://proxy.example/callback';
let psc: Server;
let simulator: PscSimulator;
const servers = {} as Record<'introspection' | 'keys', TestServer>;

/** A server of Pro Santé Connect of its own, whose proxy gets tokens for the API of two servers. */
beforeAll(async () => {
  authority('ca');
  certificate('proxy', 'PROXY', 'ca');
  certificate('someone', 'SOMEONE', 'ca');
  const app = express();
  psc = createServer(app);
  await new Promise<void>((resolve) => psc.listen(0, '127.0.0.1', resolve));
  simulator = createPscSimulator({
    url: `http://127.0.0.1:${(psc.address() as AddressInfo).port}`,
    clients: [
      { id: 'sim-edc-proxy', secrets: ['proxy'], redirectUris: [redirectUri] },
      { id: 'another-proxy', secrets: ['another'], redirectUris: [redirectUri] },
      { id: 'sim-api', secrets: ['api'], redirectUris: [] },
    ],
  });
  app.use(simulator.handler);
  for (const validation of ['introspection', 'keys'] as const) {
    servers[validation] = await startTestServer({
      AUTH: 'on',
      PSC_MODE: 'real',
      PSC_ISSUER: simulator.issuer,
      PSC_CLIENT_ID: 'sim-api',
      PSC_CLIENT_SECRET: 'api',
      PSC_API: validation,
      PSC_API_CLIENTS: 'sim-edc-proxy',
      TRUSTED_PROXIES: '127.0.0.1',
      CLIENT_CERTIFICATE_HEADER: 'X-Client-Certificate',
    });
  }
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await new Promise<void>((resolve) => {
    psc.close(() => resolve());
    psc.closeAllConnections();
  });
  remove();
});
afterEach(() => {
  simulator.switches.reset();
});

async function tokensFor(person: string, client = 'sim-edc-proxy'): Promise<Record<string, string>> {
  const wallet = `${simulator.issuer.replace('/auth/realms/esante-wallet', '')}/wallet/auth`;
  const request = {
    client_id: client,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid scope_all',
    acr_values: 'eidas1',
    state: 's',
    nonce: 'n',
  };
  const back = await answered(new URL(`${wallet}?${new URLSearchParams(request)}`), { sim_user: person });
  const grant = {
    grant_type: 'authorization_code',
    code: back.searchParams.get('code')!,
    redirect_uri: redirectUri,
    client_id: client,
    client_secret: client === 'sim-edc-proxy' ? 'proxy' : 'another',
  };
  const url = `${simulator.issuer}/protocol/openid-connect/token`;
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(grant) });
  return (await response.json()) as Record<string, string>;
}

function read(
  server: TestServer,
  token: string,
  path = 'Patient?_count=1',
  headers: Record<string, string> = {},
) {
  return fetch(`${server.fhir}/${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

describe.each(['introspection', 'keys'] as const)('with %s', (validation) => {
  test('a professional reaches what the role of the claims reaches, and no more', async () => {
    const server = servers[validation];
    const { access_token } = await tokensFor('medecin');
    expect((await read(server, access_token!)).status).toBe(200);
    const found = await read(server, access_token!, 'Practitioner?identifier=99799000015');
    const [entry] = ((await found.json()) as Bundle<Practitioner>).entry!;
    expect(entry!.resource!.meta!.source).toBe(simulator.issuer);
    const { access_token: student } = await tokensFor('interne');
    expect((await read(server, student!)).status).toBe(403);
  });

  test('the audit trail tells the token by its jti', async () => {
    const server = servers[validation];
    const { access_token = '' } = await tokensFor('medecin');
    await read(server, access_token, 'Practitioner?identifier=99799000015');
    const { jti } = decodeJwt(access_token);
    const policies = async () => {
      const store = server.running.core.stores.forTenant('default');
      const { versions } = await store.changes({ type: 'AuditEvent', count: 1000 });
      const events = versions.map(({ body }) => JSON.parse(body.toString('utf8')) as AuditEvent);
      return events.flatMap(({ agent }) => agent.flatMap(({ policy = [] }) => policy));
    };
    // Events are made while the server has little to do.
    for (let attempt = 0; attempt < 100 && !(await policies()).includes(jti!); attempt += 1) await sleep(50);
    expect(await policies()).toContain(jti);
  });

  test.each<[string, () => Promise<string>]>([
    ['an ID token', async () => (await tokensFor('medecin'))['id_token']!],
    ['a refresh token', async () => (await tokensFor('medecin'))['refresh_token']!],
    [
      'a token for another client',
      async () => (await tokensFor('medecin', 'another-proxy'))['access_token']!,
    ],
    ['a token that is changed', async () => changed((await tokensFor('medecin'))['access_token']!)],
    ['a token of no signature', async () => unsigned((await tokensFor('medecin'))['access_token']!)],
    ['a text with dots', async () => 'a.b.c'],
  ])('%s is refused', async (_case, tokenOf) => {
    const response = await read(servers[validation], await tokenOf());
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(((await response.json()) as OperationOutcome).issue[0]).toMatchObject({ code: 'login' });
  });

  test('a token that is over is refused', async () => {
    const { access_token } = await tokensFor('medecin');
    simulator.switches.set({ clockOffset: -7200 });
    const { access_token: old } = await tokensFor('medecin');
    simulator.switches.reset();
    expect((await read(servers[validation], old!)).status).toBe(401);
    expect((await read(servers[validation], access_token!)).status).toBe(200);
  });

  test('a token is not judged while Pro Santé Connect is down', async () => {
    const { access_token } = await tokensFor('psi');
    simulator.switches.set({ failing: 'all' });
    const response = await read(servers[validation], access_token!);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
    simulator.switches.reset();
    expect((await read(servers[validation], access_token!)).status).toBe(200);
  });

  test.each([
    ['RFC 8705', (digest: Buffer) => digest.toString('base64url')],
    ['the ANS', (digest: Buffer) => Buffer.from(digest.toString('hex')).toString('base64')],
  ])('a token bound in the form of %s needs its certificate', async (_form, thumbprint) => {
    const der = Buffer.from(
      file('proxy.pem')
        .toString()
        .replace(/-----[^-]+-----|\s/g, ''),
      'base64',
    );
    const digest = createHash('sha256').update(der).digest();
    simulator.switches.set({ confirmation: thumbprint(digest) });
    const { access_token } = await tokensFor('infirmier');
    const server = servers[validation];
    const by = (name: string) => ({ 'x-client-certificate': encodeURIComponent(file(name).toString()) });
    expect((await read(server, access_token!, undefined, by('proxy.pem'))).status).toBe(200);
    expect((await read(server, access_token!, undefined, by('someone.pem'))).status).toBe(401);
    expect((await read(server, access_token!)).status).toBe(401);
  });

  test('a professional who is deactivated here is refused', async () => {
    const { access_token } = await tokensFor('pharmacien');
    const server = servers[validation];
    const { stores } = server.running.core;
    expect((await read(server, access_token!)).status).not.toBe(401);
    const store = stores.forTenant('default');
    const { matches } = await store.search({
      type: 'Practitioner',
      expression: { kind: 'token', parameter: 'identifier', code: '99799000031' },
      sort: [],
      count: 1,
    });
    const [current] = matches;
    const body = { ...JSON.parse(current!.body.toString()), active: false };
    const { type, id, version } = current!;
    await store.commit([
      {
        kind: 'put',
        type,
        id,
        version: version + 1,
        expectedVersion: version,
        lastUpdated: Date.now(),
        method: 'PUT',
        body: JSON.stringify(body),
        restricted: false,
        index: server.running.core.spine.extract(body),
      },
    ]);
    const { access_token: next } = await tokensFor('pharmacien');
    expect((await read(server, next!)).status).toBe(403);
  });
});

test('where the settings do not want them, they are unknown tokens', async () => {
  const server = await startTestServer({ AUTH: 'on' });
  try {
    const { access_token } = await tokensFor('medecin');
    expect((await read(server, access_token!)).status).toBe(401);
  } finally {
    await server.stop();
  }
});

test('a token that ended at Pro Santé Connect is refused where it is asked', async () => {
  const { access_token, session_state } = await tokensFor('edit');
  const base = simulator.issuer.replace('/auth/realms/esante-wallet', '');
  await fetch(`${base}/__sim/sessions/${session_state}`, { method: 'DELETE' });
  expect((await read(servers.introspection, access_token!)).status).toBe(401);
});

/** The same claims but one, with the signature of those before. */
function changed(token: string): string {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString());
  const other = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString('base64url');
  return `${header}.${other}.${signature}`;
}

function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  return `${header}.${token.split('.')[1]}.`;
}
