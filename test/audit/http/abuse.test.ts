import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEvent } from 'fhir/r4.d.ts';
import { openClients } from '../../../src/server-clients.ts';
import { loadBundle } from '../../../src/server-core.ts';
import {
  App,
  answerOf,
  assertionType,
  type BackendKey,
  backendClient,
  backendKey,
  publicApp,
} from '../../auth/smart/app.ts';
import { Visitor } from '../../auth/smart/visitor.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { startServerOfActors } from '../../support/actors.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { summary, trailOf } from './trail.ts';

const { client_id } = publicApp;
const scope = 'launch/patient offline_access patient/Patient.rs';
const login_hint = '899799000015';

let server: TestServer;
let keys: { backend: BackendKey; ofNorth: BackendKey };
/** Access tokens: of an app for the patient `mine`, of back ends of both tenants. */
let tokens: { app: string; backend: string; ofNorth: string };

beforeAll(async () => {
  const file = join(await temporaryDirectory(), 'tenants.json');
  await writeFile(file, JSON.stringify({ tenants: [{ id: 'north' }] }));
  server = await startTestServer({ AUTH: 'on', TENANTS_FILE: file });
  const { core } = server.running;
  keys = { backend: await backendKey(server, 'backend'), ofNorth: await backendKey(server, 'of-north') };
  const { backend, ofNorth } = keys;
  const clients = openClients(core);
  await clients.register(publicApp);
  await clients.register(backendClient('backend', backend.publicKey, 'system/*.cruds'));
  await clients.register({
    ...backendClient('of-north', ofNorth.publicKey, 'system/*.cruds'),
    tenant: 'north',
  });
  await loadBundle(core, {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: ['mine', 'other'].map((id) => ({
      resource: { resourceType: 'Patient', id, name: [{ family: 'PATIENTE' }] },
      request: { method: 'PUT', url: `Patient/${id}` },
    })),
  });
  const { access_token: app } = await launched();
  tokens = { app, backend: await tokenOf(backend), ofNorth: await tokenOf(ofNorth) };
});
afterAll(() => server.stop());

async function launched() {
  const app = new App(server);
  const redirect = await app.consent({ client_id, scope, login_hint }, 'mine');
  return { app, redirect, ...(await answerOf(await app.exchange(redirect, { client_id }))) };
}

const assertionForm = (client_assertion: string) => ({
  grant_type: 'client_credentials',
  scope: 'system/*.cruds',
  client_assertion_type: assertionType,
  client_assertion,
});

async function tokenOf(key: BackendKey): Promise<string> {
  const answer = await new App(server).token(assertionForm(await key.assertion()));
  return (await answerOf(answer)).access_token;
}

/** The status of a request to the FHIR API, below the base of a tenant. */
async function ask(token: string, path: string, init: RequestInit = {}, tenant = ''): Promise<number> {
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/fhir+json',
    ...init.headers,
  };
  return (await fetch(`${server.origin}${tenant}/fhir/${path}`, { ...init, headers })).status;
}

/** 400 where the app is told of an error in the redirect, else the status of the page. */
async function authorize(given: Record<string, string>): Promise<number> {
  const { url, status } = await new App(server).authorize({ client_id, scope, login_hint, ...given });
  return url.searchParams.has('error') ? 400 : status;
}

const postTransaction = (method: string, url: string) => ({
  method: 'POST',
  body: JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ request: { method, url }, resource: { resourceType: 'Patient', id: 'other' } }],
  }),
});

async function loginWith(change: object): Promise<number> {
  const switches = `${server.origin}/simulators/psc/__sim/switches`;
  const headers = { 'Content-Type': 'application/json' };
  await fetch(switches, { method: 'PUT', headers, body: JSON.stringify(change) });
  try {
    return await authorize({});
  } finally {
    await fetch(switches, { method: 'DELETE' });
  }
}

/** Each of these is refused; what the trail tells of it stands beside it. */
const abuses: readonly (readonly [
  name: string,
  recorded: string,
  act: () => Promise<number>,
  tenant?: string,
])[] = [
  [
    'no PKCE',
    '4 authorize invalid_request',
    () => authorize({ code_challenge: '', code_challenge_method: '' }),
  ],
  ['PKCE in clear', '4 authorize invalid_request', () => authorize({ code_challenge_method: 'plain' })],
  ['another audience', '4 authorize invalid_request', () => authorize({ aud: 'https://elsewhere.example' })],
  ['a launch that nobody opened', '4 authorize invalid_request', () => authorize({ launch: 'unknown' })],
  [
    'a redirect URI beside the one registered',
    '4 authorize invalid_redirect_uri',
    () => authorize({ redirect_uri: 'http://localhost:4999@evil.example/app/index.html' }),
  ],
  ['scopes of back ends', '4 authorize invalid_scope', () => authorize({ scope: 'system/*.rs' })],
  [
    'a wrong verifier',
    '4 token invalid_grant',
    async () => {
      const app = new App(server);
      const redirect = await app.consent({ client_id, scope, login_hint }, 'mine');
      return (await app.exchange(redirect, { client_id, code_verifier: 'x'.repeat(43) })).status;
    },
  ],
  [
    'a code used again',
    '4 token invalid_grant',
    async () => {
      const { app, redirect } = await launched();
      return (await app.exchange(redirect, { client_id })).status;
    },
  ],
  [
    'a refresh token used again',
    '4 token invalid_grant',
    async () => {
      const { app, refresh_token = '' } = await launched();
      const form = { grant_type: 'refresh_token', refresh_token, client_id };
      expect((await app.token(form)).status).toBe(200);
      return (await app.token(form)).status;
    },
  ],
  [
    'an assertion used again',
    '4 token invalid_client',
    async () => {
      const form = assertionForm(await keys.backend.assertion());
      expect((await new App(server).token(form)).status).toBe(200);
      return (await new App(server).token(form)).status;
    },
  ],
  [
    'an assertion with alg none',
    '4 token invalid_client',
    async () => {
      const [, claims] = (await keys.backend.assertion()).split('.');
      const none = Buffer.from('{"alg":"none"}').toString('base64url');
      return (await new App(server).token(assertionForm(`${none}.${claims}.`))).status;
    },
  ],
  ['an invented token', '4 401 login', () => ask('invented', 'Patient/mine')],
  ['a token with alg none', '4 401 login', () => ask('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', 'Patient/mine')],
  [
    'a token that has expired',
    '4 401 login',
    async () => {
      const now = Date.now;
      try {
        Date.now = () => now() + 301_000;
        return await ask(tokens.app, 'Patient/mine');
      } finally {
        Date.now = now;
      }
    },
  ],
  ['another patient', '4 404 not-found', () => ask(tokens.app, 'Patient/other')],
  ['an action without scope', '4 403 forbidden', () => ask(tokens.app, 'Patient/mine', { method: 'DELETE' })],
  ['a type without scope', '4 403 forbidden', () => ask(tokens.app, 'Observation')],
  ['a chain without scope', '4 403 forbidden', () => ask(tokens.app, 'Observation?subject:Patient.name=x')],
  [
    'a bundle without scope',
    '4 403 forbidden',
    () => ask(tokens.app, '', postTransaction('PUT', 'Patient/other')),
  ],
  ['another tenant', '4 401 login', () => ask(tokens.backend, 'Patient', {}, '/t/north'), 'north'],
  [
    'the trail of another tenant',
    '4 401 login',
    () => ask(tokens.backend, 'AuditEvent', {}, '/t/north'),
    'north',
  ],
  [
    'the secret of a client of another tenant',
    '4 token invalid_client',
    async () => {
      const form = assertionForm(await keys.backend.assertion({ iss: 'of-north', sub: 'of-north' }));
      return (await new App(server).token(form)).status;
    },
    'north',
  ],
  [
    'a state that nobody began',
    '4 state',
    async () => (await new Visitor(server.origin).open('/login/callback?state=forged&code=c')).status,
  ],
  ['an ID token with another nonce', '4 failed', () => loginWith({ nonce: 'other' })],
  ['an ID token with another audience', '4 failed', () => loginWith({ audience: 'other' })],
  [
    'the consent form of another site',
    '4 consent csrf',
    async () => {
      const app = new App(server);
      const page = await app.authorize({ client_id, scope, login_hint });
      const body = new URLSearchParams({ csrf: 'guessed', action: 'allow', patient: 'mine', scope });
      return (await app.visitor.open(page.url, { method: 'POST', body })).status;
    },
  ],
  [
    'the page of another browser',
    '4 interaction session',
    async () => {
      const page = await new App(server).authorize({ client_id, scope, login_hint });
      return (await new Visitor(server.origin).open(page.url)).status;
    },
  ],
  [
    'a logout that leads elsewhere',
    '4 logout invalid_request',
    async () => {
      const query = new URLSearchParams({ client_id, post_logout_redirect_uri: 'https://evil.example' });
      return (await fetch(`${server.origin}/oauth/session/end?${query}`, { redirect: 'manual' })).status;
    },
  ],
  [
    'an entity in XML',
    '4 400 structure',
    () =>
      ask(tokens.backend, 'Patient', {
        method: 'POST',
        headers: { 'Content-Type': 'application/fhir+xml' },
        body: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&e;"/></Patient>',
      }),
  ],
  [
    'a launch by an app that is no EHR',
    '4 403',
    async () => {
      const headers = { Authorization: `Bearer ${tokens.backend}`, 'Content-Type': 'application/json' };
      const body = JSON.stringify({ client_id, patient: 'other' });
      return (await fetch(`${server.origin}/launch`, { method: 'POST', headers, body })).status;
    },
  ],
  [
    'the clients of an administrator',
    '4 403',
    async () => {
      const headers = { Authorization: `Bearer ${tokens.backend}` };
      return (await fetch(`${server.origin}/api/v1/admin/clients`, { headers })).status;
    },
  ],
];

/** The AuditEvents of a tenant by their ids: a search of the trail waits until all that was recorded is there. */
async function trail(tenant: string): Promise<Map<string, AuditEvent>> {
  const [token, place] = tenant === 'north' ? [tokens.ofNorth, '/t/north'] : [tokens.backend, ''];
  expect(await ask(token, 'AuditEvent?_summary=count', {}, place)).toBe(200);
  const store = server.running.core.stores.forTenant(tenant);
  const { versions } = await store.changes({ type: 'AuditEvent', count: 10_000 });
  return new Map(versions.map(({ id, body }) => [id, JSON.parse(body.toString('utf8')) as AuditEvent]));
}

async function eventsOf(act: () => Promise<void>, tenant: string): Promise<AuditEvent[]> {
  const before = await trail(tenant);
  await act();
  return [...(await trail(tenant))].flatMap(([id, event]) => (before.has(id) ? [] : [event]));
}

const named = abuses.map(([name, recorded, act, tenant = 'default']) => ({ name, recorded, act, tenant }));

test.each(named)('$name is refused, and that is recorded', async ({ recorded, act, tenant }) => {
  const events = await eventsOf(async () => expect(await act()).toBeGreaterThanOrEqual(400), tenant);
  expect(events.map((event) => summary(event).outcome)).toContain(recorded);
  expect(JSON.stringify(events)).not.toContain('PATIENTE');
});

test('a key server that is not allowed is refused, and that is recorded', async () => {
  const actors = await startServerOfActors({ AUDIT: 'on' });
  try {
    const { jwks: _, ...metadata } = backendClient('evil', keys.backend.publicKey, 'system/*.rs');
    const body = { ...metadata, jwks_uri: 'http://169.254.169.254/latest/meta-data' };
    const address = `${actors.origin}/api/v1/admin/clients`;
    const headers = { 'Content-Type': 'application/json' };
    const refused = await actors.as({ roles: ['admin'] }).post(address, body, headers);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('SMART_JWKS_ORIGINS')]);
    const recorded = (await trailOf(actors)).map(summary);
    expect(recorded).toContainEqual(
      expect.objectContaining({ interaction: expect.stringContaining('admin/clients'), outcome: '4 400' }),
    );
  } finally {
    await actors.stop();
  }
});
