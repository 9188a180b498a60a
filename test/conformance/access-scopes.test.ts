import type { Bundle } from 'fhir/r4.d.ts';
import type { ServerOfActors } from '../support/actors.ts';
import { created, type FhirHttp, issueOf, matchIds } from '../support/fhir-http.ts';
import {
  laboratory,
  observation,
  startTwoPatients,
  type TwoPatients,
  vitalSigns,
} from '../support/two-patients.ts';

let server: ServerOfActors;
let all: FhirHttp;
let app: FhirHttp;
let ids: TwoPatients['ids'];

beforeAll(async () => {
  ({ server, all, app, ids } = await startTwoPatients());
});
afterAll(() => server.stop());

describe('granular scopes', () => {
  const category = (code: string) => `category=${laboratory.system}|${code}`;
  let narrow: FhirHttp;
  let vital: string;

  beforeAll(async () => {
    vital = await created(all, observation('mine', { category: [{ coding: [vitalSigns] }] }));
    const scope = `patient/Patient.r patient/Observation.rs?${category('vital-signs')} patient/Observation.c?${category('laboratory')},${laboratory.system}|imaging`;
    narrow = server.as({ roles: ['doctor'], scope, patient: 'mine' });
  });

  test('read and search what their parameters find', async () => {
    expect((await narrow.get(`Observation/${vital}`)).status).toBe(200);
    expect((await narrow.get(`Observation/${ids.observation.mine}`)).status).toBe(404);
    expect(matchIds(await narrow.get('Observation'))).toEqual([vital]);
    expect(matchIds(await narrow.get('Observation?_total=accurate&category:not=vital-signs'))).toEqual([]);
  });

  test('write what their parameters find', async () => {
    const of = (coding: typeof laboratory) => observation('mine', { category: [{ coding: [coding] }] });
    expect((await narrow.post('Observation', of(laboratory))).status).toBe(201);
    expect((await narrow.post('Observation', of(vitalSigns))).status).toBe(403);
  });

  test.each(['unknown=x', 'patient.name=x', '_text=x', '_sort=date', 'date=nonsense'])(
    'one that cannot be decided by a resource grants nothing: %s',
    async (query) => {
      const http = server.as({
        roles: ['doctor'],
        scope: `patient/Observation.rs?${query}`,
        patient: 'mine',
      });
      expect((await http.get('Observation')).status).toBe(403);
      expect((await http.get(`Observation/${ids.observation.mine}`)).status).toBe(404);
    },
  );
});

test('terminology is made of what the scopes show', async () => {
  const [system, url] = ['http://x.test/house', 'http://x.test/rooms'];
  const status = 'active';
  const concept = [{ code: 'attic' }];
  const codeSystem = { resourceType: 'CodeSystem', url: system, status, content: 'complete', concept };
  const valueSet = { resourceType: 'ValueSet', url, status, compose: { include: [{ system }] } };
  await created(all, codeSystem);
  const id = await created(all, valueSet);
  const statuses = async (scope: string) => {
    const http = server.as({ kind: 'system', roles: ['system'], scope });
    const paths = [
      `ValueSet/$expand?url=${url}`,
      `ValueSet/${id}/$expand`,
      `ValueSet/$validate-code?url=${url}&code=attic&system=${system}`,
      `CodeSystem/$lookup?system=${system}&code=attic`,
      `Encounter?class:in=${url}`,
    ];
    return (await Promise.all(paths.map((path) => http.get(path)))).map(({ status }) => status);
  };
  expect(await statuses('system/ValueSet.rs system/CodeSystem.rs')).toEqual([200, 200, 200, 200, 403]);
  expect(await statuses('system/ValueSet.rs system/Encounter.rs')).toEqual([422, 422, 422, 403, 200]);
  expect(await statuses('system/CodeSystem.rs')).toEqual([403, 404, 403, 200, 403]);
  expect(await statuses('system/Patient.rs')).toEqual([403, 404, 403, 403, 403]);
});

describe('actions that no scope grants on a type that is seen', () => {
  const missing = async (scope: string, ask: (http: FhirHttp) => ReturnType<FhirHttp['get']>) => {
    const answer = await ask(server.as({ roles: ['doctor'], scope, patient: 'mine' }));
    return [
      answer.status,
      issueOf(answer).code,
      issueOf(answer).diagnostics,
      answer.headers['www-authenticate'],
    ];
  };
  const refusal = (scope: string) => [
    403,
    'forbidden',
    `The scope ${scope} is missing`,
    `Bearer error="insufficient_scope", scope="${scope}"`,
  ];
  const id = () => ids.observation.mine;

  test.each<[string, string, (http: FhirHttp) => ReturnType<FhirHttp['get']>]>([
    ['patient/Observation.s', 'patient/Observation.r', (http) => http.get(`Observation/${id()}`)],
    ['patient/Observation.s', 'patient/Observation.r', (http) => http.get(`Observation/${id()}/_history/1`)],
    ['patient/Observation.s', 'patient/Observation.r', (http) => http.get(`Observation/${id()}/_history`)],
    ['patient/Observation.s', 'patient/Observation.r', (http) => http.get(`Observation/${id()}/$meta`)],
    ['patient/Observation.r', 'patient/Observation.s', (http) => http.get('Observation')],
    ['patient/Observation.r', 'patient/Observation.s', (http) => http.get('Observation/_history')],
    ['patient/Observation.r', 'patient/Observation.s', (http) => http.get('Patient/mine/Observation')],
    ['patient/Observation.r', 'patient/Observation.s', (http) => http.get('Observation/$lastn?patient=mine')],
    [
      'patient/Observation.rs',
      'patient/Observation.c',
      (http) => http.post('Observation', observation('mine')),
    ],
    [
      'patient/Observation.rs',
      'patient/Observation.u',
      (http) => http.put(`Observation/${id()}`, observation('mine', { id: id() })),
    ],
    ['patient/Observation.rs', 'patient/Observation.d', (http) => http.delete(`Observation/${id()}`)],
    [
      'patient/Observation.rs',
      'patient/Observation.u',
      (http) =>
        http.send('PATCH', `Observation/${id()}`, {
          headers: { 'Content-Type': 'application/json-patch+json' },
          body: [],
        }),
    ],
    [
      'patient/Observation.c',
      'patient/Observation.s',
      (http) => http.post('Observation', observation('mine'), { 'If-None-Exist': 'status=final' }),
    ],
    [
      'user/Observation.rs',
      'user/Observation.c',
      (http) =>
        http.post('', {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [{ request: { method: 'POST', url: 'Observation' }, resource: observation('mine') }],
        }),
    ],
  ])('%s lacks %s', async (scope, lacking, ask) => {
    expect(await missing(scope, ask)).toEqual(refusal(lacking));
  });

  test('a type that no scope names is not there, and a search of it says why', async () => {
    const http = server.as({ roles: ['doctor'], scope: 'patient/Observation.rs', patient: 'mine' });
    expect((await http.get('Patient/mine')).status).toBe(404);
    expect((await http.get('Patient')).status).toBe(403);
    const included = await http.get('Observation?_id=leads&_include=Observation:subject');
    expect(included.json<Bundle>().entry).toHaveLength(1);
    expect(matchIds(await http.get('Observation?patient.family=Martin'))).toEqual([]);
  });

  test('who may write without reading writes, and reads nothing', async () => {
    const http = server.as({ roles: ['doctor'], scope: 'patient/Observation.cud', patient: 'mine' });
    const own = await created(http, observation('mine'));
    expect((await http.put(`Observation/${own}`, observation('mine', { id: own }))).status).toBe(200);
    expect((await http.get(`Observation/${own}`)).status).toBe(403);
    const query = encodeURIComponent(`{Observation(id:"${own}"){status}}`);
    expect((await http.get(`$graphql?query=${query}`)).text).not.toContain('final');
    expect((await http.delete(`Observation/${own}`)).status).toBe(204);
  });
});

describe('whoever did not log in', () => {
  test('gets the description of the server and nothing else', async () => {
    expect((await fetch(`${server.fhir}/metadata`)).status).toBe(200);
    for (const path of [
      'Patient',
      'Patient/mine',
      '',
      '_history',
      'metadata/x',
      '_async/x',
      '$graphql?query={x}',
    ]) {
      const answer = await fetch(`${server.fhir}/${path}`);
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
      expect(await answer.json()).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ code: 'login' }],
      });
    }
    const facade = await fetch(`${server.origin}/api/v1/french-healthcare/ins/patient/mine`);
    expect([facade.status, facade.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });
});

test('files of an asynchronous search, which need the token again', async () => {
  const accepted = await app.get('Observation', { Prefer: 'respond-async' });
  const address = accepted.headers['content-location'] ?? '';
  let answer = await app.get(address);
  for (let polls = 0; answer.status === 202 && polls < 1000; polls += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    answer = await app.get(address);
  }
  const { output, ...manifest } = answer.json<{ output: { url: string }[] }>();
  expect(manifest).toMatchObject({ requiresAccessToken: true });
  const [file] = output;
  const lines = await app.get(file!.url, { Accept: 'application/fhir+ndjson' });
  expect(lines.text).toContain(`"id":"${ids.observation.mine}"`);
  expect(lines.text).not.toContain(`"id":"${ids.observation.theirs}"`);
  expect((await all.get(file!.url, { Accept: 'application/fhir+ndjson' })).status).toBe(404);
  expect((await fetch(file!.url)).status).toBe(401);
});
