import type { Patient } from 'fhir/r4.d.ts';
import { type FhirHttp, fhirHttp } from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let servers: TestServer[];
let here: FhirHttp;
let there: FhirHttp;
beforeAll(async () => {
  const server = await startTestServer();
  servers = [await startTestServer({ DATA_DIR: server.directory }), server];
  [there, here] = servers.map(({ origin }) => fhirHttp(origin)) as [FhirHttp, FhirHttp];
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

/** Puts a Patient and answers status and version tag. */
async function put(http: FhirHttp, id: string, family: string, headers: Record<string, string> = {}) {
  const patient: Patient = { resourceType: 'Patient', id, name: [{ family }] };
  const { status, headers: sent } = await http.put(`Patient/${id}`, patient, headers);
  return [status, sent['etag']];
}

describe('an update after one by another process over the same database', () => {
  test('replaces the version of that process', async () => {
    expect(await put(here, 'replaced', 'A')).toEqual([201, 'W/"1"']);
    expect(await put(here, 'replaced', 'B')).toEqual([200, 'W/"2"']);
    expect(await put(there, 'replaced', 'C')).toEqual([200, 'W/"3"']);
    expect(await put(there, 'replaced', 'D')).toEqual([200, 'W/"4"']);
    expect(await put(here, 'replaced', 'E')).toEqual([200, 'W/"5"']);
    const versions = await Promise.all(
      [1, 2, 3, 4, 5].map((version) => there.get(`Patient/replaced/_history/${version}`)),
    );
    const families = versions.map((answer) => answer.json<Patient>().name?.[0]?.family);
    expect(families.join('')).toBe('ABCDE');
  });

  test('creates the resource again where that process has deleted it', async () => {
    await put(here, 'deleted', 'A');
    await put(here, 'deleted', 'B');
    expect((await there.delete('Patient/deleted')).status).toBe(204);
    expect(await put(here, 'deleted', 'C')).toEqual([201, 'W/"4"']);
  });

  test('judges If-Match and If-None-Match by the version of that process', async () => {
    await put(here, 'matched', 'A');
    await put(here, 'matched', 'B');
    await put(there, 'matched', 'C');
    expect((await put(here, 'matched', 'D', { 'If-Match': 'W/"2"' }))[0]).toBe(412);
    expect(await put(here, 'matched', 'D', { 'If-Match': 'W/"3"' })).toEqual([200, 'W/"4"']);
    await there.delete('Patient/matched');
    expect(await put(here, 'matched', 'E', { 'If-None-Match': '*' })).toEqual([201, 'W/"6"']);
  });
});
