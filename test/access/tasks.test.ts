import type { Task } from 'fhir/r4.d.ts';
import { adrun, parameters, stored } from '../ins/http/support.ts';
import { backend, type ServerOfActors, startServerOfActors, type TestActor } from '../support/actors.ts';
import { type FhirHttp, matchIds } from '../support/fhir-http.ts';

let server: ServerOfActors;
beforeAll(async () => {
  server = await startServerOfActors();
});
afterAll(() => server.stop());

const secretary = (name: string): TestActor => ({
  name,
  roles: ['secretary'],
  fhirUser: `Practitioner/${name}`,
});

function verifyLater(http: FhirHttp, id: string) {
  return http.post(`Patient/${id}/$verify-ins`, parameters({}), { Prefer: 'respond-async' });
}

test('a Task is of who asked for it, where the role reads no others', async () => {
  const all = server.as(backend);
  const id = await stored(all, adrun);
  const one = server.as(secretary('one'));
  const accepted = await verifyLater(one, id);
  expect(accepted.status).toBe(202);
  const task = accepted.json<Task>();
  expect(task.requester).toEqual({ reference: 'Practitioner/one' });
  await verifyLater(all, id);
  expect((await one.get(`Task/${task.id}`)).status).toBe(200);
  expect(matchIds(await one.get('Task'))).toEqual([task.id]);
  const other = server.as(secretary('other'));
  expect((await other.get(`Task/${task.id}`)).status).toBe(404);
  expect(matchIds(await other.get('Task'))).toEqual([]);
  expect((await one.put(`Task/${task.id}`, { ...task, status: 'cancelled' })).status).toBe(403);
});

test('whom the INS is checked of is for the caller to see', async () => {
  const id = await stored(server.as(backend), adrun);
  const app = server.as({ roles: ['doctor'], scope: 'patient/*.cruds', patient: 'somebody-else' });
  expect((await app.post(`Patient/${id}/$verify-ins`, parameters({}))).status).toBe(404);
  expect((await verifyLater(app, id)).status).toBe(404);
  expect((await app.get(`Patient/${id}/$ins-validate`)).status).toBe(404);
  const pharmacist = server.as({ roles: ['pharmacist'] });
  expect((await pharmacist.post(`Patient/${id}/$verify-ins`, parameters({ apply: true }))).status).toBe(403);
  expect((await pharmacist.post(`Patient/${id}/$verify-ins`, parameters({}))).status).toBe(200);
});
