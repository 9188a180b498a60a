import type { Bundle, Observation } from 'fhir/r4.d.ts';
import type { ServerOfActors } from '../support/actors.ts';
import { created, type FhirHttp, linkOf, matchIds } from '../support/fhir-http.ts';
import { observation, startTwoPatients, type TwoPatients } from '../support/two-patients.ts';

let server: ServerOfActors;
let all: FhirHttp;
let app: FhirHttp;
let ids: TwoPatients['ids'];

beforeAll(async () => {
  ({ server, all, app, ids } = await startTwoPatients());
});
afterAll(() => server.stop());

describe('one resource of another patient is as if it were not there', () => {
  test.each([
    () => 'Patient/theirs',
    () => `Observation/${ids.observation.theirs}`,
    () => `Observation/${ids.observation.theirs}/_history/1`,
    () => `Observation/${ids.observation.theirs}/_history`,
    () => 'Observation/moved/_history/1',
    () => 'Observation/lost',
    () => 'Observation/lost/_history/1',
    () => 'Observation/gone',
    () => 'Binary/theirs',
    () => 'Patient/theirs/$everything',
    () => 'Patient/theirs/$meta',
    () => 'Observation/theirs/$graphql?query=%7Bid%7D',
    () => 'List/theirs',
    () => 'Group/both',
    () => 'Group/both/$everything',
  ])('%s', async (path) => {
    const answer = await app.get(path());
    expect([answer.status, path()]).toEqual([404, path()]);
    expect(answer.text).not.toContain('Zola');
    expect((await all.get(path().replace(/\/theirs\/\$graphql.*/, ''))).status).not.toBe(404);
  });

  test('its own are there, deleted ones as deleted', async () => {
    for (const path of [
      'Patient/mine',
      `Observation/${ids.observation.mine}`,
      'Binary/mine',
      'Observation/moved',
    ]) {
      expect([path, (await app.get(path)).status]).toEqual([path, 200]);
    }
    expect((await app.get('Observation/own-gone')).status).toBe(410);
  });

  test('content of a Binary too', async () => {
    expect((await app.get('Binary/theirs', { Accept: 'text/plain' })).status).toBe(404);
    expect((await app.get('Binary/mine', { Accept: 'text/plain' })).text).toBe('mine');
  });
});

describe('searches find what is the patient’s', () => {
  const own = () => [ids.observation.mine, 'leads', 'moved'].sort();

  test.each([
    ['Patient', ['mine']],
    ['Patient?family=Zola', []],
    ['Patient?_id=mine,theirs', ['mine']],
    ['Patient?link=Patient/mine', []],
    ['Patient?_has:Observation:patient:status=final', ['mine']],
    ['Patient?_has:Observation:focus:status=final', []],
    ['Observation?subject=Patient/theirs', []],
    ['Observation?subject:Patient.family=Zola', []],
    ['Observation?patient.family=Martin&_id=leads', ['leads']],
    ['Observation?encounter.identifier=e-theirs', []],
    ['Observation?encounter.subject:Patient.family=Zola', []],
    ['Observation?focus:Patient.family=Zola', []],
    ['Observation?has-member.status=final', []],
    ['Observation?_has:Observation:has-member:_id=leads', []],
    ['Observation?_list=theirs', []],
    ['Observation?_filter=focus.family eq "Zola"', []],
    ['Observation?_filter=subject eq Patient/theirs', []],
    ['Patient/theirs/Observation', []],
  ] as const)('%s', async (query, expected) => {
    const answer = await app.get(query.replaceAll(' ', '%20'));
    expect([answer.status, matchIds(answer)]).toEqual([200, [...expected]]);
    expect(answer.json<Bundle>().total).toBe(expected.length);
  });

  test('on a whole type, and its number', async () => {
    const answer = await app.get('Observation');
    expect(matchIds(answer).sort()).toEqual(own());
    const count = await app.get('Observation?_summary=count');
    expect(count.json<Bundle>().total).toBe(3);
    const total = await app.get('Observation?_count=1&_total=accurate');
    expect(total.json<Bundle>().total).toBe(3);
  });

  test('on all types, sorted or not, and in a compartment', async () => {
    for (const path of [
      '?_count=100',
      '?_type=Patient,Observation,Encounter&_sort=-_lastUpdated',
      'Patient/mine/*',
    ]) {
      const answer = await app.get(path);
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain('Zola');
      expect(matchIds(answer)).toEqual(expect.arrayContaining(own()));
      expect(matchIds(answer)).not.toContain(ids.observation.theirs);
    }
    expect(matchIds(await app.get('Patient/theirs/*'))).toEqual([]);
  });

  test('negations do not turn what is hidden into what is found', async () => {
    const answer = await app.get('Observation?code:not=718-7');
    expect(matchIds(answer)).toEqual([]);
    const missing = await app.get('Patient?family:missing=false');
    expect(matchIds(missing)).toEqual(['mine']);
  });

  test('includes, forwards and backwards', async () => {
    const forwards = await app.get('Observation?_id=leads&_include=*&_include:iterate=*');
    expect(
      forwards.json<Bundle>().entry?.map(({ resource }) => `${resource?.resourceType}/${resource?.id}`),
    ).toEqual(['Observation/leads', 'Patient/mine']);
    const backwards = await app.get('Patient?_id=mine&_revinclude=Patient:link&_revinclude=List:subject');
    expect(backwards.json<Bundle>().entry).toHaveLength(1);
  });

  test('by POST too', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(matchIds(await app.post('Patient/_search', 'family=Zola', form))).toEqual([]);
    expect(matchIds(await app.post('Patient/_search', 'family=Martin', form))).toEqual(['mine']);
  });

  test('page links are those of who got them', async () => {
    const page = await app.get('Observation?_count=1');
    const next = linkOf(page, 'next') as string;
    expect((await app.get(next)).status).toBe(200);
    const other = server.as({ roles: ['doctor'], scope: 'patient/*.cruds', patient: 'theirs' });
    expect((await other.get(next)).status).toBe(400);
    expect((await all.get(next)).status).toBe(400);
  });
});

describe('histories', () => {
  const versions = (bundle: Bundle) =>
    (bundle.entry ?? []).map(({ fullUrl, response }) => `${fullUrl?.split('/fhir/')[1]} ${response?.etag}`);

  test('of one resource: the versions that were about the patient', async () => {
    const answer = await app.get('Observation/moved/_history');
    expect(versions(answer.json())).toEqual(['Observation/moved W/"2"']);
    expect(answer.json<Bundle>().total).toBe(1);
    expect((await app.get('Observation/moved/_history?_count=0')).json<Bundle>().total).toBe(1);
  });

  test('of a type and of everything, page by page', async () => {
    for (const path of ['Observation/_history', '_history']) {
      const seen: string[] = [];
      for (let url: string | undefined = `${path}?_count=2`; url !== undefined; ) {
        const answer: Awaited<ReturnType<FhirHttp['get']>> = await app.get(url);
        expect([answer.status, answer.text.includes('Zola')]).toEqual([200, false]);
        seen.push(...versions(answer.json()));
        url = linkOf(answer, 'next');
      }
      const observations = seen.filter((each) => each.startsWith('Observation/'));
      expect(observations.sort()).toEqual(
        [
          `Observation/${ids.observation.mine} W/"1"`,
          'Observation/leads W/"1"',
          'Observation/moved W/"2"',
          'Observation/own-gone W/"1"',
          'Observation/own-gone W/"2"',
        ].sort(),
      );
    }
  });
});

describe('operations', () => {
  test('$everything holds nobody else', async () => {
    const answer = await app.get('Patient/mine/$everything');
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('Zola');
    const found = answer.json<Bundle>().entry?.map(({ resource }) => resource?.id);
    expect(found).toEqual(expect.arrayContaining(['mine', 'leads', ids.encounter.mine]));
    expect(found).not.toContain(ids.encounter.theirs);
    expect((await app.get('Patient/$everything')).text).not.toContain('Zola');
  });

  test('$match finds nobody else', async () => {
    const patient = { resourceType: 'Patient', identifier: [{ system: 'urn:s', value: 'theirs' }] };
    const match = (http: FhirHttp) => http.post('Patient/$match', patient);
    expect((await match(app)).json<Bundle>().entry).toBeUndefined();
    expect((await match(all)).json<Bundle>().entry).toHaveLength(1);
  });

  test.each([
    '{Patient(id:"theirs"){name{family}}}',
    '{PatientList(family:"Zola"){id name{family}}}',
    '{PatientConnection{count edges{resource{name{family}}}}}',
    '{Observation(id:"leads"){encounter{resource{id subject{resource{... on Patient{name{family}}}}}} focus{resource{... on Patient{name{family}}}}}}',
  ])('$graphql: %s', async (query) => {
    const answer = await app.get(`$graphql?query=${encodeURIComponent(query)}`);
    expect(answer.text).not.toContain('Zola');
    const whole = await all.get(`$graphql?query=${encodeURIComponent(query)}`);
    expect(whole.text).toContain('Zola');
  });

  test('$lastn and $document', async () => {
    const theirs = await app.get('Observation/$lastn?patient=Patient/theirs');
    expect(matchIds(theirs)).toEqual([]);
    const composition = {
      resourceType: 'Composition',
      status: 'final',
      type: { text: 'x' },
      date: '2024-01-01',
      author: [{ display: 'x' }],
      title: 'x',
      subject: { reference: 'Patient/mine' },
      section: [{ entry: [{ reference: 'Patient/theirs' }] }],
    };
    const id = await created(all, composition);
    const answer = await app.get(`Composition/${id}/$document`);
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain('Zola');
  });

  test('files are those of who asked for them, and hold nobody else', async () => {
    const kickOff = await app.get('Observation', { Prefer: 'respond-async' });
    expect(kickOff.status).toBe(202);
    const address = kickOff.headers['content-location'] as string;
    expect((await all.get(address)).status).toBe(404);
    let answer = await app.get(address);
    while (answer.status === 202) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      answer = await app.get(address);
    }
    const { output } = answer.json<{ output: { url: string; count: number }[] }>();
    expect(output.map(({ count }) => count)).toEqual([3]);
    expect((await all.get(output[0]!.url)).status).toBe(404);
    const file = await app.get(output[0]!.url);
    expect(file.text.trim().split('\n')).toHaveLength(3);
    expect(file.text).not.toContain('"Patient/theirs"}}');
  });
});

describe('other ways to what is hidden', () => {
  test('contained resources are as visible as their containers', async () => {
    for (const id of ['mine', 'theirs']) {
      const contained = [{ resourceType: 'Patient', id: 'inside', name: [{ family: `Inside${id}` }] }];
      await created(all, { ...observation(id), contained, focus: [{ reference: '#inside' }] } as Observation);
    }
    const search = (query: string) => `Patient?_contained=true&${query}`;
    for (const [http, expected] of [
      [all, 2],
      [app, 1],
    ] as const) {
      const found = await http.get(search('_containedType=contained&name=inside'));
      expect(found.json<Bundle>().total).toBe(expected);
      const counted = await http.get(search('_summary=count&name=inside'));
      expect(counted.json<Bundle>().total).toBe(expected);
      const containers = await http.get(search('name=inside'));
      expect(containers.json<Bundle>().entry).toHaveLength(expected);
    }
    const included = await app.get('Observation?_contained=true&_containedType=contained&_include=*');
    expect(included.status).toBe(200);
    const paged = await app.get(search('_containedType=contained&_count=1&_total=accurate'));
    expect(paged.text).toContain('Insidemine');
    expect(paged.text).not.toContain('Insidetheirs');
    expect((await app.get('Observation?focus:Patient.name=Insidetheirs')).json<Bundle>().total).toBe(0);
  });

  test('mutations of GraphQL', async () => {
    const { theirs } = ids.observation;
    const mutate = (http: FhirHttp, text: string) =>
      http.send('POST', '$graphql', { headers: { 'Content-Type': 'application/graphql' }, body: text });
    const code = 'status:"final",code:{text:"x"}';
    const create = (patient: string) =>
      `mutation{ObservationCreate(res:{${code},subject:{reference:"Patient/${patient}"}}){id}}`;
    expect((await mutate(app, create('theirs'))).status).toBe(403);
    expect((await mutate(app, create('mine'))).status).toBe(200);
    await mutate(app, `mutation{ObservationDelete(id:"${theirs}")}`);
    expect((await all.get(`Observation/${theirs}`)).status).toBe(200);
    const reader = server.as({ roles: ['doctor'], scope: 'patient/Observation.rs', patient: 'mine' });
    const refused = await mutate(reader, create('mine'));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('patient/Observation.c');
  });

  test('$erase, $explain and feeds of the system', async () => {
    const reason = { name: 'reason', valueCode: 'recorded-in-error' };
    const erase = { resourceType: 'Parameters', parameter: [reason] };
    expect((await app.post(`Observation/${ids.observation.theirs}/$erase`, erase)).status).toBe(404);
    const own = await created(app, observation('mine'));
    expect((await app.post(`Observation/${own}/$erase`, erase)).status).toBe(200);
    const doctor = server.as({ roles: ['doctor'], scope: 'user/Observation.rs' });
    expect((await doctor.post(`Observation/${own}/$erase`, erase)).status).toBe(403);
  });

  test('Binaries are written for the patient', async () => {
    const binary = (id: string) => ({
      resourceType: 'Binary',
      contentType: 'text/plain',
      securityContext: { reference: `Patient/${id}` },
      data: 'AAAA',
    });
    expect((await app.post('Binary', binary('mine'))).status).toBe(201);
    expect((await app.post('Binary', binary('theirs'))).status).toBe(403);
  });

  test('a patient who logs in reads the own record alone', async () => {
    const patient = server.as({ kind: 'patient', fhirUser: 'Patient/mine', scope: 'user/*.cruds' });
    expect(matchIds(await patient.get('Patient'))).toEqual(['mine']);
    expect((await patient.get('Patient/theirs')).status).toBe(404);
    expect((await patient.get(`Observation/${ids.observation.mine}`)).status).toBe(200);
    expect((await patient.post('Observation', observation('mine'))).status).toBe(201);
    expect((await patient.post('Observation', observation('theirs'))).status).toBe(403);
    expect((await patient.delete(`Observation/${ids.observation.mine}`)).status).toBe(403);
    const stranger = server.as({ kind: 'patient', scope: 'user/*.rs' });
    expect((await stranger.get('Patient')).status).toBe(403);
  });

  test('scopes of another kind of caller grant nothing', async () => {
    const professional = server.as({ roles: ['doctor'], scope: 'system/*.rs' });
    expect((await professional.get('Patient')).status).toBe(403);
    const system = server.as({ kind: 'system', roles: ['system'], scope: 'user/*.rs patient/*.rs' });
    expect((await system.get('Patient')).status).toBe(403);
    const withoutPatient = server.as({ roles: ['doctor'], scope: 'patient/*.rs' });
    expect((await withoutPatient.get('Patient')).status).toBe(403);
    expect((await withoutPatient.get('Patient/mine')).status).toBe(404);
  });
});

test('a facade that does not speak FHIR is limited too', async () => {
  const path = `${server.origin}/api/v1/french-healthcare/ins/patient`;
  expect((await app.get(`${path}/mine`)).status).toBe(200);
  expect((await app.get(`${path}/theirs`)).status).toBe(404);
});
