import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from 'fhir/r4.d.ts';
import { Client } from 'fhir-kit-client';
import { openClients } from '../../../src/server-clients.ts';
import { loadBundle } from '../../../src/server-core.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import {
  App,
  answerOf,
  assertionType,
  backendClient,
  backendKey,
  publicApp,
  type TokenAnswer,
} from './app.ts';
import { Visitor } from './visitor.ts';

/** The national identifier of the doctor of the simulator. */
const doctorHint = '899799000015';

let server: TestServer;
let token: TokenAnswer;
let visitor: Visitor;

const client_id = publicApp.client_id;

beforeAll(async () => {
  server = await startTestServer({ AUTH: 'on', PSC_MODE: 'simulator' });
  const { core } = server.running;
  await openClients(core).register(publicApp);
  await loadBundle(core, people());
  visitor = new Visitor(server.origin);
  token = await launch('openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs', 'mine');
});

afterAll(() => server.stop());

async function launch(scope: string, patient: string): Promise<TokenAnswer> {
  const app = new App(server, visitor);
  const redirect = await app.consent({ client_id, scope, login_hint: doctorHint }, patient);
  return answerOf(await app.exchange(redirect, { client_id }));
}

async function get(
  path: string,
  access = token,
): Promise<{ status: number; body: Bundle & { issue?: { diagnostics?: string }[] } }> {
  const headers = { Authorization: `Bearer ${access.access_token}` };
  const response = await fetch(`${server.fhir}/${path}`, { headers });
  return { status: response.status, body: (await response.json()) as Bundle };
}

function people(): Bundle {
  const resources = ['mine', 'other'].flatMap((id) => [
    { resourceType: 'Patient' as const, id, name: [{ family: `PAT${id}`.toUpperCase() }] },
    {
      resourceType: 'Observation' as const,
      id: `of-${id}`,
      status: 'final' as const,
      code: { text: 'weight' },
      subject: { reference: `Patient/${id}` },
    },
  ]);
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: resources.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    })),
  };
}

test('a professional logs in with Pro Santé Connect, and the app is told who it is', async () => {
  expect(token.patient).toBe('mine');
  const claims = JSON.parse(Buffer.from(token.id_token?.split('.')[1] ?? '', 'base64url').toString());
  expect(claims.fhirUser).toMatch(new RegExp(`^${server.fhir}/Practitioner/[A-Za-z0-9.-]+$`));
});

test('the app sees its patient and nothing else', async () => {
  expect((await get('Patient/mine')).status).toBe(200);
  expect((await get('Patient/other')).status).toBe(404);
  expect((await get('Observation/of-mine')).status).toBe(200);
  expect((await get('Observation/of-other')).status).toBe(404);
  const { body } = await get('Observation?_total=accurate&_include=Observation:subject');
  expect(body.total).toBe(1);
  expect(body.entry?.map(({ resource }) => `${resource?.resourceType}/${resource?.id}`).sort()).toEqual([
    'Observation/of-mine',
    'Patient/mine',
  ]);
  expect((await get('Observation?subject:Patient.name=PATOTHER')).body.entry ?? []).toEqual([]);
});

test('an action that no scope grants is refused with the scope that is missing', async () => {
  const headers = { Authorization: `Bearer ${token.access_token}` };
  const refused = await fetch(`${server.fhir}/Observation/of-mine`, { method: 'DELETE', headers });
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain('patient/Observation.d');
});

test('nobody grants what their role never uses', async () => {
  const app = new App(server);
  const scope = 'user/Patient.rs user/Observation.rs';
  const page = await app.authorize({ client_id, scope, login_hint: '3990000010/SEC0001' });
  expect(page.text).toContain('user/Patient.rs');
  expect(page.text).not.toContain('user/Observation.rs');
  const { url } = await app.visitor.submit(page, { action: 'allow', scope: scope.split(' ') });
  const answer = await answerOf(await app.exchange(url, { client_id }));
  expect(answer.scope).toBe('user/Patient.rs');
});

test('a second launch in the same browser for another patient changes nothing for the first', async () => {
  const second = await launch('launch/patient patient/Patient.rs', 'other');
  expect((await get('Patient/other', second)).status).toBe(200);
  expect((await get('Patient/mine', second)).status).toBe(404);
  expect((await get('Patient/mine')).status).toBe(200);
  expect((await get('Patient/other')).status).toBe(404);
});

test('logins, tokens and refusals are in the audit trail', async () => {
  await fetch(`${server.fhir}/Patient/mine`, { headers: { Authorization: 'Bearer forged' } });
  await new App(server).authorize({
    client_id,
    scope: 'patient/Patient.rs',
    aud: 'https://elsewhere.example',
  });
  const store = server.running.core.stores.forTenant('default');
  const recorded = async () => {
    const expression = { kind: 'and' as const, operands: [] };
    const { matches } = await store.search({ type: 'AuditEvent', expression, sort: [], count: 1000 });
    return matches.map(({ body }) => body.toString('utf8'));
  };
  const wanted = ['110122', 'authorize invalid_request', '401 login'];
  let found: string[] = [];
  for (let attempt = 0; attempt < 50; attempt += 1) {
    found = await recorded();
    if (wanted.every((each) => found.some((event) => event.includes(each)))) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const each of wanted) expect(found.some((event) => event.includes(each))).toBe(true);
  for (const event of found) {
    expect(event).not.toContain(token.access_token);
    expect(event).not.toContain('PATMINE');
  }
});

test('the token of a tenant is for that tenant, at each of its addresses', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'passerelle-tenants-'));
  const file = join(directory, 'tenants.json');
  await writeFile(file, JSON.stringify({ tenants: [{ id: 'clinic' }] }));
  const tenants = await startTestServer({ AUTH: 'on', TENANTS_FILE: file });
  try {
    const { core, origin } = tenants.running;
    const app = { ...publicApp, client_id: 'clinic-app', tenant: 'clinic' };
    await openClients(core).register(app);
    const fhir = `${origin}/t/clinic/fhir`;
    const discovered = await fetch(`${fhir}/.well-known/smart-configuration`);
    expect(((await discovered.json()) as { issuer: string }).issuer).toBe(`${origin}/oauth`);
    const clinic = new App({ origin, fhir }, new Visitor(origin));
    const given = { client_id: 'clinic-app', scope: 'openid fhirUser user/*.rs', login_hint: doctorHint };
    const answer = await answerOf(
      await clinic.exchange(await clinic.consent(given), { client_id: 'clinic-app' }),
    );
    const claims = JSON.parse(Buffer.from(answer.id_token?.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.fhirUser).toMatch(new RegExp(`^${fhir}/Practitioner/`));
    const headers = { Authorization: `Bearer ${answer.access_token}` };
    expect((await fetch(claims.fhirUser, { headers })).status).toBe(200);
    const other = new App({ origin, fhir: `${origin}/t/other/fhir` }, new Visitor(origin));
    const refused = await other.authorize(given);
    expect(refused.url.searchParams.get('error')).toBe('invalid_request');
  } finally {
    await tenants.stop();
    await rm(directory, { recursive: true });
  }
});

test('fhir-kit-client works with the token of a back end, within its scopes', async () => {
  const key = await backendKey(server, 'laboratory');
  const scope = 'system/Observation.cruds';
  await openClients(server.running.core).register(backendClient('laboratory', key.publicKey, scope));
  const answer = await new App(server).token({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: assertionType,
    client_assertion: await key.assertion(),
  });
  const { access_token } = await answerOf(answer);
  const client = new Client({ baseUrl: server.fhir, bearerToken: access_token });
  const { authorizeUrl, tokenUrl } = await client.smartAuthMetadata();
  expect([String(authorizeUrl), String(tokenUrl)]).toEqual([
    `${server.origin}/oauth/authorize`,
    `${server.origin}/oauth/token`,
  ]);
  const body = { resourceType: 'Observation' as const, status: 'final', code: { text: 'height' } };
  const created = (await client.create({ resourceType: 'Observation', body })) as unknown as { id: string };
  const read = await client.read({ resourceType: 'Observation', id: created.id });
  expect(read).toMatchObject({ code: { text: 'height' } });
  await expect(client.read({ resourceType: 'Patient', id: 'mine' })).rejects.toMatchObject({
    response: { status: 404 },
  });
});
