import { setTimeout as sleep } from 'node:timers/promises';
import type { Practitioner } from 'fhir/r4.d.ts';
import { decodeJwt } from 'jose';
import { openClients } from '../../../src/server-clients.ts';
import { loadBundle } from '../../../src/server-core.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { App, answerOf, publicApp } from '../smart/app.ts';

let server: TestServer;
const { client_id } = publicApp;

beforeAll(async () => {
  server = await startTestServer({ AUTH: 'on', PSC_ADMINISTRATORS: '899799000023' });
  await openClients(server.running.core).register(publicApp);
  await loadBundle(server.running.core, {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: ['one', 'two'].map((id) => ({
      resource: { resourceType: 'Patient', id, name: [{ family: `PAT${id}` }] },
      request: { method: 'PUT', url: `Patient/${id}` },
    })),
  });
});
afterAll(() => server.stop());

async function launch(hint: string, scope: string) {
  const app = new App({ origin: server.origin, fhir: server.fhir });
  const redirect = await app.consent({ client_id, scope, login_hint: hint }, 'one');
  return answerOf(await app.exchange(redirect, { client_id }));
}

const read = async (token: string, path: string) =>
  (await fetch(`${server.fhir}/${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

test('a professional logs in with Pro Santé Connect, and the app sees the patient chosen and no other', async () => {
  const answer = await launch('99799000015', 'openid fhirUser launch/patient patient/Patient.rs');
  const { fhirUser } = decodeJwt(answer.id_token!) as { fhirUser: string };
  expect(await read(answer.access_token, 'Patient/one')).toBe(200);
  expect(await read(answer.access_token, 'Patient/two')).toBe(404);
  const [type, id] = fhirUser.split('/').slice(-2);
  const stored = await server.running.core.stores.forTenant('default').read(type!, id!);
  expect(JSON.parse(stored!.body.toString()) as Practitioner).toMatchObject({
    resourceType: 'Practitioner',
    identifier: [{ value: '99799000015' }, { value: '899799000015' }],
  });
});

test('a professional without a role finds no patient to launch an app for', async () => {
  const app = new App({ origin: server.origin, fhir: server.fhir });
  const scope = 'openid fhirUser launch/patient patient/Patient.rs';
  const page = await app.authorize({ client_id, scope, login_hint: '99799000049' });
  const found = await app.visitor.submit(page, { search: 'PAT', action: 'search' });
  expect(found.text).not.toContain('PATone');
});

test('what rests on the login ends when Pro Santé Connect ends its session', async () => {
  const scope = 'openid fhirUser launch/patient online_access patient/Patient.rs';
  const { access_token } = await launch('99799000023', scope);
  expect(await read(access_token, 'Patient/one')).toBe(200);
  const sessions = `${server.origin}/simulators/psc/__sim/sessions`;
  const all = (await (await fetch(sessions)).json()) as { id: string; person: string }[];
  const { id } = all.find(({ person }) => person === 'infirmier')!;
  expect((await fetch(`${sessions}/${id}`, { method: 'DELETE' })).status).toBe(204);
  // A token that was just looked up is taken for a moment more.
  let status = 200;
  for (let attempt = 0; attempt < 100 && status === 200; attempt++) {
    await sleep(100);
    status = await read(access_token, 'Patient/one');
  }
  expect(status).toBe(401);
});

test('whoever the settings name may act as an administrator, and is one when they choose to', async () => {
  const scope = 'openid fhirUser user/*.rs';
  const tokenAs = async (login_hint: string, activity: string) => {
    const app = new App({ origin: server.origin, fhir: server.fhir });
    const page = await app.authorize({ client_id, scope, login_hint, ui_locales: 'en' });
    const { url } = await app.visitor.submit(page, { activity, action: 'allow' });
    const answer = await answerOf(await app.exchange(url, { client_id }));
    return { offered: page.text.includes('administrator'), token: answer.access_token };
  };
  const clients = async (token: string) =>
    (await fetch(`${server.origin}/api/v1/admin/clients`, { headers: { authorization: `Bearer ${token}` } }))
      .status;
  const admin = await tokenAs('99799000023', '1');
  expect(admin.offered).toBe(true);
  expect(await clients(admin.token)).toBe(200);
  expect([await read(admin.token, 'AuditEvent'), await read(admin.token, 'Patient/one')]).toEqual([200, 403]);
  const nurse = await tokenAs('99799000023', '0');
  expect([await clients(nurse.token), await read(nurse.token, 'Patient/one')]).toEqual([403, 200]);
  const other = await tokenAs('99799000031', '0');
  expect([other.offered, await clients(other.token)]).toEqual([false, 403]);
});
