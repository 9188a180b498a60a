import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from 'fhir/r4.d.ts';
import { createTenants } from '../../src/access/tenants.ts';
import { actorHeaders, backend, type ServerOfActors, startServerOfActors } from '../support/actors.ts';
import { type Answer, fhirHttp, linkOf, matchIds } from '../support/fhir-http.ts';
import { startTestServer } from '../support/server.ts';

const file = { tenants: [{ id: 'lyon', hosts: ['fhir.lyon.test'] }, { id: 'paris' }] };

describe('the address of a tenant', () => {
  const { placeOf } = createTenants(file, 'https://here.test');

  test.each([
    ['here.test', '/t/lyon/fhir/Patient?x=1', ['lyon', 'https://here.test/t/lyon', '/fhir/Patient?x=1']],
    ['fhir.lyon.test', '/fhir/Patient', ['lyon', 'https://fhir.lyon.test', '/fhir/Patient']],
    ['FHIR.Lyon.test', '/fhir', ['lyon', 'https://fhir.lyon.test', '/fhir']],
    ['fhir.lyon.test', '/t/lyon/fhir', ['lyon', 'https://fhir.lyon.test/t/lyon', '/fhir']],
    [undefined, '/t/paris', ['paris', 'https://here.test/t/paris', '/']],
    ['fhir.lyon.test', '/t/paris/fhir', undefined],
    ['here.test', '/t/rome/fhir', undefined],
    ['here.test', '/t/lyonX/fhir', undefined],
    ['here.test', '/t/lyon/../paris/fhir', ['lyon', 'https://here.test/t/lyon', '/../paris/fhir']],
    ['here.test', '/fhir/t/lyon', undefined],
    ['evil.test', '/fhir', undefined],
  ] as const)('%s %s', (host, url, expected) => {
    const place = placeOf(host, url);
    expect(place && [place.tenant, place.base, place.url]).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['tenants', {}],
    ['pattern', { tenants: [{ id: 'Lyon' }] }],
    ['pattern', { tenants: [{ id: 'x', hosts: ['http://x'] }] }],
    ['twice', { tenants: [{ id: 'x' }, { id: 'x' }] }],
    [
      'twice',
      {
        tenants: [
          { id: 'x', hosts: ['h'] },
          { id: 'y', hosts: ['h'] },
        ],
      },
    ],
  ])('a file is refused for what is wrong in it: %s', (problem, content) => {
    expect(() => createTenants(content, 'http://x')).toThrow(problem);
  });
});

describe('over HTTP', () => {
  let directory: string;
  let server: ServerOfActors;
  /** Requests of a back end of one tenant, at the address of another or of none. */
  const at = (place: string, tenant: string) => {
    const headers = actorHeaders({ ...backend, tenant });
    const http = fhirHttp(`${server.origin}${place}`);
    return (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
      http.send(method, path, { headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) });
  };
  const observation = (id: string) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p' },
  });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'passerelle-tenants-'));
    const path = join(directory, 'tenants.json');
    await writeFile(path, JSON.stringify(file));
    server = await startServerOfActors({ TENANTS_FILE: path });
    for (const tenant of ['lyon', 'paris']) {
      const send = at(`/t/${tenant}`, tenant);
      const patient = { resourceType: 'Patient', id: 'p', name: [{ family: tenant }] };
      expect((await send('PUT', 'Patient/p', patient)).status).toBe(201);
      expect((await send('PUT', 'Observation/o', observation('o'))).status).toBe(201);
    }
    await at('/t/lyon', 'lyon')('PUT', 'Observation/only', observation('only'));
    await at('/t/lyon', 'lyon')('PUT', 'Observation/gone', observation('gone'));
    await at('/t/lyon', 'lyon')('DELETE', 'Observation/gone');
  });
  afterAll(async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  });

  test('a tenant has its own base: links, locations and absolute references are of it', async () => {
    const send = at('/t/lyon', 'lyon');
    const base = `${server.origin}/t/lyon/fhir`;
    const page = await send('GET', 'Observation?_count=1');
    expect(page.json<Bundle>().entry?.[0]?.fullUrl).toMatch(`${base}/Observation/`);
    const next = linkOf(page, 'next') as string;
    expect(next).toMatch(`${base}/Observation?`);
    expect((await send('GET', next)).status).toBe(200);
    const created = await send('POST', 'Observation', {
      ...observation('x'),
      id: undefined,
      subject: { reference: `${base}/Patient/p` },
    });
    expect(created.headers['location']).toMatch(`${base}/Observation/`);
    expect(created.json()).toMatchObject({ subject: { reference: 'Patient/p' } });
    expect((await send('DELETE', `Observation/${created.json<{ id: string }>().id}`)).status).toBe(204);
  });

  test('the token says of which tenant its caller is, and is taken nowhere else', async () => {
    expect((await at('', 'lyon')('GET', 'Patient/p')).text).toContain('lyon');
    expect((await at('', 'paris')('GET', 'Patient/p')).text).toContain('paris');
    for (const [place, tenant] of [
      ['/t/lyon', 'paris'],
      ['/t/paris', 'lyon'],
      ['/t/lyon', 'default'],
      ['', 'rome'],
    ] as const) {
      for (const path of ['Patient/p', 'Patient', '$graphql?query={x}', '_async/x', '']) {
        const answer = await at(place, tenant)('GET', path);
        expect([answer.status, answer.text.includes('family')]).toEqual([401, false]);
        expect(answer.headers['www-authenticate']).toContain('invalid_token');
      }
    }
    expect((await at('/t/rome', 'rome')('GET', 'Patient/p')).status).toBe(404);
  });

  test('terminology of one tenant is none of another, whoever asked first', async () => {
    const system = 'http://x.test/house';
    const url = 'http://x.test/rooms';
    const concept = [{ code: 'attic', display: 'Attic' }];
    const codeSystem = {
      resourceType: 'CodeSystem',
      id: 'house',
      url: system,
      version: '1',
      status: 'active',
    };
    const valueSet = { resourceType: 'ValueSet', id: 'rooms', url, status: 'active' };
    const map = { resourceType: 'ConceptMap', id: 'map', url: 'http://x.test/map', status: 'active' };
    const target = [{ code: 'loft', equivalence: 'equal' }];
    const lyon = at('/t/lyon', 'lyon');
    await lyon('PUT', 'CodeSystem/house', { ...codeSystem, content: 'complete', concept });
    await lyon('PUT', 'ValueSet/rooms', { ...valueSet, compose: { include: [{ system }] } });
    const element = [{ code: 'attic', target }];
    await lyon('PUT', 'ConceptMap/map', { ...map, group: [{ source: system, target: 'urn:x', element }] });
    const answers = async (tenant: string) => {
      const send = at(`/t/${tenant}`, tenant);
      const paths = [
        `ValueSet/$expand?url=${url}`,
        'ValueSet/rooms/$expand',
        `CodeSystem/$lookup?system=${system}&code=attic`,
        `CodeSystem/$validate-code?url=${system}&code=attic`,
        `Encounter?class:in=${url}`,
        `Encounter?class:below=${system}|attic`,
        `ConceptMap/$translate?system=${system}&code=attic`,
      ];
      const all = await Promise.all(paths.map((path) => send('GET', path)));
      return all.map(({ status, text }) => (text.includes('loft') ? 'translated' : status));
    };
    expect(await answers('lyon')).toEqual([200, 200, 200, 200, 200, 200, 'translated']);
    expect(await answers('paris')).toEqual([404, 404, 404, 422, 400, 400, 200]);
  });

  test('a host of its own leads to the tenant', async () => {
    const { port } = new URL(server.origin);
    const status = await new Promise<[number | undefined, string]>((resolve, reject) => {
      const headers = { Host: 'fhir.lyon.test', ...actorHeaders({ ...backend, tenant: 'lyon' }) };
      request({ host: '127.0.0.1', port, path: '/fhir/Patient?_count=1', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve([response.statusCode, text]));
      })
        .on('error', reject)
        .end();
    });
    expect(status[0]).toBe(200);
    expect(status[1]).toContain('"fullUrl":"http://fhir.lyon.test/fhir/Patient/p"');
  });

  test('apps find the authorization server at the base of a tenant', async () => {
    const found = await fetch(`${server.origin}/t/lyon/fhir/.well-known/smart-configuration`);
    expect(await found.json()).toMatchObject({ issuer: `${server.origin}/oauth` });
    const { status } = await fetch(`${server.origin}/t/rome/fhir/.well-known/smart-configuration`);
    expect(status).toBe(404);
    const metadata = await fetch(`${server.origin}/t/lyon/fhir/metadata`);
    expect(await metadata.text()).toContain(`"valueUri":"${server.origin}/oauth/token"`);
  });

  const graphql = (query: string) => `$graphql?query=${encodeURIComponent(query)}`;
  /** Each asks for what another tenant alone has. */
  const requests: readonly (readonly [method: string, path: string, body?: unknown])[] = [
    ['GET', 'Observation/only'],
    ['GET', 'Observation/only/_history'],
    ['GET', 'Observation/only/_history/1'],
    ['GET', 'Observation/gone'],
    ['GET', 'Observation?_id=only'],
    ['GET', 'Observation?_id=only&_summary=count'],
    ['GET', '?_type=Observation&_id=only'],
    ['POST', 'Observation/_search?_id=only'],
    ['GET', 'Patient/p/Observation?_id=only'],
    ['GET', 'Patient?_has:Observation:patient:_id=only'],
    ['GET', 'Observation?subject:Patient.family=lyon'],
    ['GET', 'Patient?_revinclude=Observation:subject'],
    ['GET', 'Observation?_include=*'],
    ['GET', '_history?_count=100'],
    ['GET', 'Observation/_history'],
    ['GET', 'Patient/p/$everything'],
    ['GET', 'Patient/$everything'],
    ['GET', 'Observation/only/$meta'],
    ['GET', 'Observation/$lastn?patient=p&max=9'],
    [
      'POST',
      'Patient/$match',
      { resourceType: 'Patient', name: [{ family: 'lyon' }], birthDate: '2000-01-01' },
    ],
    ['GET', graphql('{Observation(id:"only"){id}}')],
    ['GET', graphql('{ObservationList{id}}')],
    ['GET', 'Observation/only/$graphql?query={id}'],
    [
      'POST',
      '',
      {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { request: { method: 'GET', url: 'Observation/only' } },
          { request: { method: 'GET', url: 'Observation?_id=only' } },
        ],
      },
    ],
  ];

  test.each(requests.map((each) => [each[0], each[1], each]))(
    'nothing crosses: %s %s',
    async (_, __, asked) => {
      const [method, path, body] = asked;
      // What the caller itself asked for is repeated.
      const withoutQuestion = ({ text }: Answer) =>
        text
          .replace(/"link":\[.*?\]/g, '')
          .replace(/Observation\/(only|gone) (is not known|has no such version)/g, '');
      for (const [place, tenant] of [
        ['/t/paris', 'paris'],
        ['', 'default'],
      ] as const) {
        const answer = withoutQuestion(await at(place, tenant)(method, path, body));
        expect(answer).not.toContain('only');
        expect(answer).not.toContain('lyon');
      }
    },
  );

  const patch = [{ op: 'replace', path: '/status', value: 'amended' }];
  const patched = { 'Content-Type': 'application/json-patch+json' };
  const label = {
    resourceType: 'Parameters',
    parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }],
  };
  const reason = {
    resourceType: 'Parameters',
    parameter: [{ name: 'reason', valueCode: 'data-subject-request' }],
  };
  const bundle = (type: string, method: string, url: string) => ({
    resourceType: 'Bundle',
    type,
    entry: [{ request: { method, url } }],
  });

  test.each<[string, string, unknown, Record<string, string>, number]>([
    ['PATCH', 'Observation/only', patch, patched, 404],
    ['PATCH', 'Observation?_id=only', patch, patched, 404],
    ['DELETE', 'Observation/only', undefined, {}, 204],
    ['DELETE', 'Observation?_id=only', undefined, {}, 204],
    ['DELETE', 'Patient/lyon-only?_cascade=delete', undefined, {}, 204],
    ['HEAD', 'Observation/only', undefined, {}, 404],
    ['POST', 'Observation/only/$meta-add', label, {}, 404],
    ['POST', 'Observation/only/$meta-delete', label, {}, 404],
    ['GET', 'Observation/only/$meta', undefined, {}, 404],
    ['POST', 'Patient/lyon-only/$erase', reason, {}, 404],
    ['POST', 'Patient/lyon-only/$verify-ins', { resourceType: 'Parameters' }, {}, 404],
    ['GET', 'Patient/lyon-only/$everything', undefined, {}, 404],
    ['GET', 'Patient/lyon-only/$validate', undefined, {}, 404],
    ['GET', 'Composition/lyon-only/$document', undefined, {}, 404],
    ['POST', '', bundle('transaction', 'DELETE', 'Observation?_id=only'), {}, 200],
    ['POST', '', bundle('transaction', 'GET', 'Observation/only'), {}, 404],
    ['POST', '', bundle('batch', 'DELETE', 'Observation/only'), {}, 200],
  ])('nothing is reached across: %s %s', async (method, path, body, headers, status) => {
    const lyon = at('/t/lyon', 'lyon');
    await lyon('PUT', 'Patient/lyon-only', { resourceType: 'Patient', id: 'lyon-only' });
    await lyon('PUT', 'Composition/lyon-only', {
      resourceType: 'Composition',
      id: 'lyon-only',
      status: 'final',
      type: { text: 'x' },
      date: '2026-01-01',
      title: 'x',
      author: [{ display: 'x' }],
    });
    const states = async () =>
      Promise.all(
        ['Observation/only', 'Patient/lyon-only'].map(async (each) => (await lyon('GET', each)).text),
      );
    const before = await states();
    const answer = await at('/t/paris', 'paris')(method, path, body, headers);
    expect([answer.status, answer.status === status ? '' : answer.text]).toEqual([status, '']);
    expect(await states()).toEqual(before);
    expect(before.join()).toContain('lyon-only');
  });

  test('nor beside the FHIR API', async () => {
    const address = (tenant: string) =>
      `${server.origin}/t/${tenant}/api/v1/french-healthcare/ins/patient/lyon-only`;
    const headers = actorHeaders({ ...backend, tenant: 'paris' });
    const here = await fetch(address('paris'), { headers });
    expect(here.status).toBe(404);
    expect((await fetch(address('lyon'), { headers })).status).toBe(401);
  });

  test('what is written in one is not there in the other', async () => {
    const paris = at('/t/paris', 'paris');
    const lyon = at('/t/lyon', 'lyon');
    expect((await paris('PUT', 'Observation/only', observation('only'))).status).toBe(201);
    expect((await lyon('GET', 'Observation/only/_history')).json()).toMatchObject({ total: 1 });
    expect((await paris('DELETE', 'Observation/only')).status).toBe(204);
    expect((await lyon('GET', 'Observation/only')).status).toBe(200);
    const condition = { 'If-None-Exist': 'identifier=urn:x|1' };
    const patient = { resourceType: 'Patient', identifier: [{ system: 'urn:x', value: '1' }] };
    expect((await paris('POST', 'Patient', patient, condition)).status).toBe(201);
    expect((await lyon('POST', 'Patient', patient, condition)).status).toBe(201);
    expect((await lyon('POST', 'Patient', patient, condition)).status).toBe(200);
  });

  test('page links and files are of the tenant that they were made in', async () => {
    const lyon = at('/t/lyon', 'lyon');
    const next = new URL(linkOf(await lyon('GET', 'Observation?_count=1'), 'next') as string);
    expect((await at('/t/paris', 'paris')('GET', `Observation${next.search}`)).status).toBe(400);
    const kickOff = await lyon('GET', 'Observation', undefined, { Prefer: 'respond-async' });
    const address = kickOff.headers['content-location'] as string;
    expect(address).toMatch(`${server.origin}/t/lyon/fhir/_async/`);
    expect((await at('/t/paris', 'paris')('GET', address.replace(/^.*\/fhir\//, ''))).status).toBe(404);
  });

  test('consents and broken glass are of a tenant', async () => {
    const deny = {
      resourceType: 'Consent',
      status: 'active',
      scope: { text: 'x' },
      category: [{ text: 'x' }],
      policyRule: { text: 'x' },
      patient: { reference: 'Patient/p' },
      provision: {
        type: 'deny',
        actor: [{ role: { text: 'x' }, reference: { reference: 'Practitioner/d' } }],
      },
    };
    expect((await at('/t/lyon', 'lyon')('POST', 'Consent', deny)).status).toBe(201);
    const as = (tenant: string, path: string, method = 'GET') =>
      fetch(`${server.origin}/t/${tenant}/fhir/${path}`, {
        method,
        headers: actorHeaders({ tenant, roles: ['doctor'], fhirUser: 'Practitioner/d', name: 'd' }),
      }).then(({ status }) => status);
    expect([await as('lyon', 'Patient/p'), await as('paris', 'Patient/p')]).toEqual([404, 200]);
    expect(await as('paris', '$break-glass?patient=Patient/p&reason=x', 'POST')).toBe(200);
    expect(await as('lyon', 'Patient/p')).toBe(404);
  });
});

test('where nobody logs in, the address alone says which tenant it is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'passerelle-tenants-'));
  const path = join(directory, 'tenants.json');
  await writeFile(path, JSON.stringify(file));
  const server = await startTestServer({ TENANTS_FILE: path });
  try {
    const put = (place: string) =>
      fhirHttp(`${server.origin}${place}`).put('Patient/p', { resourceType: 'Patient', id: 'p' });
    const [lyon, paris, none] = [await put('/t/lyon'), await put('/t/paris'), await put('')];
    expect([lyon.status, paris.status, none.status]).toEqual([201, 201, 201]);
    expect(matchIds(await fhirHttp(`${server.origin}/t/lyon`).get('Patient'))).toEqual(['p']);
    const health = await fetch(`${server.origin}/t/lyon/health/live`);
    expect(health.status).toBe(200);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
});
