import type { Bundle } from 'fhir/r4.d.ts';
import type { ServerOfActors } from '../support/actors.ts';
import { created, type FhirHttp, issueOf } from '../support/fhir-http.ts';
import { observation, startTwoPatients, type TwoPatients } from '../support/two-patients.ts';

let server: ServerOfActors;
let all: FhirHttp;
let app: FhirHttp;
let ids: TwoPatients['ids'];

beforeAll(async () => {
  ({ server, all, app, ids } = await startTwoPatients());
});
afterAll(() => server.stop());

describe('writes', () => {
  test('create: of the patient, and of nobody else', async () => {
    expect((await app.post('Observation', observation('mine'))).status).toBe(201);
    const answer = await app.post('Observation', observation('theirs'));
    expect([answer.status, issueOf(answer).code]).toEqual([403, 'forbidden']);
    expect((await app.post('Patient', { resourceType: 'Patient' })).status).toBe(403);
  });

  test('update: what is there and what it becomes must be of the patient', async () => {
    const own = await created(app, observation('mine'));
    expect(
      (await app.put(`Observation/${own}`, observation('mine', { id: own, status: 'amended' }))).status,
    ).toBe(200);
    expect((await app.put(`Observation/${own}`, observation('theirs', { id: own }))).status).toBe(403);
    const { theirs } = ids.observation;
    expect((await app.put(`Observation/${theirs}`, observation('mine', { id: theirs }))).status).toBe(404);
    expect((await app.put('Observation/gone', observation('mine', { id: 'gone' }))).status).toBe(404);
    // Whether an id is in use is not told.
    expect((await app.put('Observation/unused', observation('mine', { id: 'unused' }))).status).toBe(404);
    expect((await all.get(`Observation/${theirs}`)).json()).toMatchObject({
      subject: { reference: 'Patient/theirs' },
    });
  });

  test('patch, delete, conditional writes and $meta-add of others find nothing', async () => {
    const { theirs } = ids.observation;
    const patch = [{ op: 'replace', path: '/status', value: 'amended' }];
    const headers = { 'Content-Type': 'application/json-patch+json' };
    expect((await app.send('PATCH', `Observation/${theirs}`, { headers, body: patch })).status).toBe(404);
    expect((await app.delete(`Observation/${theirs}`)).status).toBe(204);
    expect((await app.send('DELETE', 'Observation?subject=Patient/theirs')).status).toBe(204);
    expect((await app.delete('Patient/theirs?_cascade=delete')).status).toBe(204);
    const meta = {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }],
    };
    expect((await app.post(`Observation/${theirs}/$meta-add`, meta)).status).toBe(404);
    expect((await all.get(`Observation/${theirs}`)).json()).toMatchObject({ meta: { versionId: '1' } });
    expect((await all.get('Patient/theirs')).status).toBe(200);
  });

  test('a deletion takes none of others along', async () => {
    const own = await created(app, observation('mine'));
    const referring = await created(
      all,
      observation('theirs', { hasMember: [{ reference: `Observation/${own}` }] }),
    );
    expect((await app.delete(`Observation/${own}?_cascade=delete`)).status).toBe(204);
    expect((await all.get(`Observation/${referring}`)).status).toBe(200);
  });

  test('entries of bundles are limited as the requests that they stand for', async () => {
    const { theirs, mine } = ids.observation;
    const entry = [
      { request: { method: 'GET', url: `Observation/${theirs}` } },
      { request: { method: 'GET', url: `Observation/${mine}` } },
      { request: { method: 'GET', url: 'Patient?family=Zola' } },
      {
        request: { method: 'PUT', url: `Observation/${theirs}` },
        resource: observation('mine', { id: theirs }),
      },
      { request: { method: 'POST', url: 'Observation' }, resource: observation('theirs') },
    ];
    const batch = await app.post('', { resourceType: 'Bundle', type: 'batch', entry });
    expect(batch.json<Bundle>().entry?.map(({ response }) => response?.status.slice(0, 3))).toEqual([
      '404',
      '200',
      '200',
      '404',
      '403',
    ]);
    expect(batch.text).not.toContain('"family":"Zola"');
    const transaction = { resourceType: 'Bundle', type: 'transaction' };
    expect((await app.post('', { ...transaction, entry: [entry[4]] })).status).toBe(403);
    expect((await app.post('', { ...transaction, entry: [entry[3]] })).status).toBe(404);
    // A conditional reference finds nobody else.
    const conditional = observation('mine', { focus: [{ reference: 'Patient?identifier=urn:s|theirs' }] });
    const linked = { request: { method: 'POST', url: 'Observation' }, resource: conditional };
    expect((await app.post('', { ...transaction, entry: [linked] })).status).toBe(412);
    expect((await all.get(`Observation/${theirs}`)).json()).toMatchObject({ meta: { versionId: '1' } });
  });
});
