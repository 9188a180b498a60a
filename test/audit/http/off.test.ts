import { type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { trailOf } from './trail.ts';

let server: TestServer;
let http: FhirHttp;

beforeAll(async () => {
  server = await startTestServer();
  http = fhirHttp(server.origin);
});
afterAll(() => server.stop());

test('where nobody logs in nothing is recorded unless it is asked for', async () => {
  await http.put('Patient/a', { resourceType: 'Patient', id: 'a' });
  await http.get('Patient/a');
  await http.get('Patient?_id=a');
  expect(await trailOf(server)).toEqual([]);
});
