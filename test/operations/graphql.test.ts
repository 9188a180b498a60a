import type { Binary, Bundle, FhirResource } from 'fhir/r4.d.ts';
import { adrunMatricule, adrunWith, stored } from '../ins/http/support.ts';
import { type Answer, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

async function put(resource: FhirResource & { id: string }): Promise<void> {
  const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
}

/** `data` of the answer to a query on the system, or on an instance. */
async function data(query: string, path = '', variables?: object): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await http.post(`${path}$graphql`, { query, variables }, headers);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.json<{ data: unknown }>().data;
}

interface Refused {
  data: null;
  errors: { message: string; locations?: object[]; extensions: { resource: object } }[];
}

async function refused(query: string, path = '', variables?: object): Promise<Answer & { message: string }> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await http.post(`${path}$graphql`, { query, variables }, headers);
  const { data: nothing, errors } = answer.json<Refused>();
  expect(nothing).toBeNull();
  const [error] = errors;
  expect(error!.extensions.resource).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', diagnostics: error!.message }],
  });
  return { ...answer, message: error!.message };
}

beforeAll(async () => {
  await put({
    resourceType: 'Patient',
    id: 'peter',
    active: true,
    birthDate: '1974-12-25',
    _birthDate: { extension: [{ url: 'urn:test:time', valueDateTime: '1974-12-25T14:35:45-05:00' }] },
    gender: 'male',
    identifier: [{ system: 'urn:test:ipp', value: '12345' }],
    name: [
      { use: 'official', family: 'Chalmers', given: ['Peter', 'James'] },
      { use: 'usual', given: ['Jim'] },
      { use: 'maiden', family: 'Windsor', given: ['Peter', 'James'] },
    ],
    extension: [
      { url: 'urn:test:a', valueString: 'some value' },
      { url: 'urn:test:b', valueString: 'other value' },
    ],
    managingOrganization: { reference: '#org' },
    contained: [{ resourceType: 'Organization', id: 'org', name: 'Contained' } as FhirResource],
  });
  await put({ resourceType: 'Patient', id: 'paul', name: [{ family: 'Durand, le', given: ['Paul'] }] });
  for (const [id, value] of [
    ['o1', 1],
    ['o2', 2],
    ['o3', 3],
  ] as const) {
    await put({
      resourceType: 'Observation',
      id,
      status: id === 'o2' ? 'preliminary' : 'final',
      code: { text: 'Test' },
      subject: { reference: 'Patient/peter' },
      valueQuantity: { value, unit: 'g' },
    });
  }
  await put({
    resourceType: 'Observation',
    id: 'lost',
    status: 'final',
    code: { text: 'Lost' },
    subject: { reference: 'Patient/absent' },
    valueString: 'x',
  });
  await put({ resourceType: 'Group', id: 'g', type: 'person', actual: true, name: 'A group' });
  await put({
    resourceType: 'Observation',
    id: 'of-group',
    status: 'final',
    code: { text: 'Group' },
    subject: { reference: 'Group/g' },
  });
  await put({
    resourceType: 'List',
    id: 'long',
    status: 'current',
    mode: 'working',
    entry: Array.from({ length: 12 }, (_, index) => ({ item: { display: `item ${index}` } })),
  });
});

describe('$graphql: ways to ask (graphql.html#invoking)', () => {
  const query = '{ id active }';
  const expected = { data: { id: 'peter', active: true } };

  test('by GET with the query in the URL, answered as application/json', async () => {
    const answer = await http.get(`Patient/peter/$graphql?query=${encodeURIComponent(query)}`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.json()).toEqual(expected);
  });

  test('by POST with the text, with a JSON object, and with a Parameters in JSON and XML', async () => {
    const path = 'Patient/peter/$graphql';
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'query', valueString: query }] };
    const xml = `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="query"/><valueString value="${query}"/></parameter></Parameters>`;
    const answers = [
      await http.post(path, query, { 'Content-Type': 'application/graphql' }),
      await http.post(path, { query }, { 'Content-Type': 'application/json' }),
      await http.post(path, parameters),
      await http.post(path, xml, { 'Content-Type': 'application/fhir+xml', Accept: 'application/fhir+xml' }),
    ];
    for (const answer of answers) expect(answer.json()).toEqual(expected);
  });

  test('operationName chooses one of several operations, variables have defaults', async () => {
    const text = `query A($use: code = official) { name(use: $use) { family } } query B($full: Boolean!) { id @include(if: $full) active }`;
    const ask = async (body: object) => {
      const answer = await http.post('Patient/peter/$graphql', body, { 'Content-Type': 'application/json' });
      return answer.json();
    };
    expect(await ask({ query: text, operationName: 'A' })).toEqual({
      data: { name: [{ family: 'Chalmers' }] },
    });
    expect(await ask({ query: text, operationName: 'A', variables: { use: 'maiden' } })).toEqual({
      data: { name: [{ family: 'Windsor' }] },
    });
    expect(await ask({ query: text, operationName: 'B', variables: { full: false } })).toEqual({
      data: { active: true },
    });
    expect(await ask({ query: text })).toMatchObject({ data: null });
    expect(await ask({ query: text, operationName: 'C' })).toMatchObject({ data: null });
    expect(await ask({ query: text, operationName: 'B' })).toMatchObject({
      errors: [{ message: 'The variable $full needs a value' }],
    });
  });

  test('in a batch the answer is a Binary', async () => {
    const url = `Patient/peter/$graphql?query=${encodeURIComponent(query)}`;
    const wrong = `Patient/peter/$graphql?query=${encodeURIComponent('{ nothing }')}`;
    const bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [url, wrong].map((each) => ({ request: { method: 'GET', url: each } })),
    };
    const { entry } = (await http.post('', bundle)).json<Bundle>();
    const content = entry!.map(({ resource }) => resource as Binary);
    expect(content[0]!.contentType).toBe('application/json');
    expect(JSON.parse(Buffer.from(content[0]!.data!, 'base64').toString())).toEqual(expected);
    expect(entry!.map(({ response }) => response!.status.slice(0, 3))).toEqual(['200', '400']);
  });

  test('refuses a body that is no query', async () => {
    const path = '$graphql';
    const statuses = [
      await http.post(path, '[1]', { 'Content-Type': 'application/json' }),
      await http.post(path, { query: 3 }, { 'Content-Type': 'application/json' }),
      await http.post(path, { query: '{ id }', variables: [] }, { 'Content-Type': 'application/json' }),
      await http.post(path, '{ unclosed', { 'Content-Type': 'application/graphql' }),
      await http.post(path, '{'.repeat(20_000), { 'Content-Type': 'application/graphql' }),
      await http.post(path, 'type A { b: Int }', { 'Content-Type': 'application/graphql' }),
      await http.post(path, 'a', { 'Content-Type': 'text/plain' }),
      await http.get(path),
    ].map(({ status }) => status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 415, 400]);
  });

  test('the resource of an instance level query must be there', async () => {
    expect(await refused('{ id }', 'Patient/absent/')).toMatchObject({ status: 404 });
    await put({ resourceType: 'Patient', id: 'gone' });
    await http.delete('Patient/gone');
    expect(await refused('{ id }', 'Patient/gone/')).toMatchObject({ status: 410 });
    expect((await http.get('Patient/$graphql?query={id}')).status).toBe(404);
  });
});

describe('$graphql: fields (graphql.html#fields)', () => {
  const ask = (query: string, variables?: object) => data(query, 'Patient/peter/', variables);

  test('elements by name, primitive lists, extensions of primitives, aliases, resourceType and __typename', async () => {
    expect(
      await ask(
        '{ resourceType __typename born: birthDate _birthDate { extension { valueDateTime } } name { family given } }',
      ),
    ).toEqual({
      resourceType: 'Patient',
      __typename: 'Patient',
      born: '1974-12-25',
      _birthDate: { extension: [{ valueDateTime: '1974-12-25T14:35:45-05:00' }] },
      name: [
        { family: 'Chalmers', given: ['Peter', 'James'] },
        { given: ['Jim'] },
        { family: 'Windsor', given: ['Peter', 'James'] },
      ],
    });
  });

  test('decimals keep their digits', async () => {
    await http.put(
      'Observation/precise',
      '{"resourceType":"Observation","id":"precise","status":"final","code":{"text":"t"},"valueQuantity":{"value":1.10}}',
    );
    const answer = await http.get(
      `Observation/precise/$graphql?query=${encodeURIComponent('{ valueQuantity { value } }')}`,
    );
    expect(answer.text).toBe('{"data":{"valueQuantity":{"value":1.10}}}');
  });

  test('a value of a choice is named with its type', async () => {
    expect(await data('{ valueQuantity { value unit } valueString }', 'Observation/o1/')).toEqual({
      valueQuantity: { value: 1, unit: 'g' },
    });
  });

  test('arguments filter by the value of a property', async () => {
    expect(
      await ask(
        '{ name(use: official) { family } ext: extension(url: "urn:test:a") { value: valueString } }',
      ),
    ).toEqual({
      name: [{ family: 'Chalmers' }],
      ext: [{ value: 'some value' }],
    });
    expect(await ask('{ name(given: "Jim") { use } }')).toEqual({ name: [{ use: 'usual' }] });
    expect(await ask('{ name(use: old) { use } }')).toEqual({});
  });

  test('fhirpath filters, what is not evaluated is refused', async () => {
    expect(await ask('{ name(fhirpath: "family.exists()") { use } }')).toEqual({
      name: [{ use: 'official' }, { use: 'maiden' }],
    });
    expect(await ask(`{ name(fhirpath: "use = 'usual'") { use } }`)).toEqual({ name: [{ use: 'usual' }] });
    const { status, message } = await refused(
      '{ name(fhirpath: "given.count() > 1") { use } }',
      'Patient/peter/',
    );
    expect([status, message]).toEqual([400, expect.stringContaining('FHIRPath')]);
  });

  test('_offset and _count choose a stretch of a list', async () => {
    expect(await data('{ entry(_offset: 5, _count: 2) { item { display } } }', 'List/long/')).toEqual({
      entry: [{ item: { display: 'item 5' } }, { item: { display: 'item 6' } }],
    });
    expect(await data('{ entry(_offset: 11) { item { display } } }', 'List/long/')).toEqual({
      entry: [{ item: { display: 'item 11' } }],
    });
    expect(await refused('{ entry(_count: -1) { item { display } } }', 'List/long/')).toMatchObject({
      status: 400,
    });
  });

  test('fragments, with type conditions, and fields that stand twice are one', async () => {
    expect(
      await ask(
        'query { ...Names name { given } ... on Observation { status } ... on DomainResource { id } } fragment Names on Patient { name(use: usual) { use } n: name { family } n: name { use } }'.replace(
          'name { given }',
          'names: name(use: usual) { given }',
        ),
      ),
    ).toEqual({
      name: [{ use: 'usual' }],
      n: [{ family: 'Chalmers', use: 'official' }, { use: 'usual' }, { family: 'Windsor', use: 'maiden' }],
      names: [{ given: ['Jim'] }],
      id: 'peter',
    });
  });

  test.each([
    ['{ nme { family } }', 'There is no field nme on Patient'],
    ['{ name { nothing } }', 'There is no field nothing on HumanName'],
    ['{ contact { name { nothing } } }', 'There is no field nothing on HumanName'],
    ['{ name }', 'needs a selection'],
    ['{ id { x } }', 'has no fields'],
    ['{ birthDate(x: 1) }', 'takes no argument x'],
    ['{ name(nothing: 1) { use } }', 'takes no argument nothing'],
    ['{ name(period: "2020") { use } }', 'takes no argument period'],
    ['{ name(use: $use) { use } }', 'declares no variable $use'],
    ['{ id @nothing }', 'The directives are'],
    ['{ id @skip }', '@skip takes the argument if'],
    ['{ ...None }', 'no fragment of this name'],
    ['{ ... on Nothing { id } }', 'There is no type Nothing'],
    ['{ ... on Observation { birthDate } }', 'There is no field birthDate on Observation'],
    ['{ __schema { types { name } } }', 'no introspection'],
    ['subscription { id }', 'no subscriptions'],
    ['{ _name { id } }', 'There is no field _name'],
    ['{ ValueSetConnection(_reference: x) { count } }', '_reference must be a search parameter'],
  ])('refuses %s, whatever the data', async (query, message) => {
    const answer = await refused(query, 'Patient/paul/');
    expect([answer.status, answer.message]).toEqual([400, expect.stringContaining(message)]);
    expect(answer.json<Refused>().errors[0]!.locations).toEqual([
      { line: 1, column: expect.any(Number) as number },
    ]);
  });

  test('refuses two fields of one name, which an alias would tell apart', async () => {
    expect((await refused('{ a: id a: birthDate }', 'Patient/peter/')).message).toContain('alias');
  });

  test('refuses what is too deep, too large, or goes round in circles', async () => {
    const deep = `{ ${'extension { '.repeat(30)} url ${'} '.repeat(30)} }`;
    const wide = `{ ${Array.from({ length: 1100 }, (_, index) => `a${index}: id`).join(' ')} }`;
    const round = '{ ...A } fragment A on Patient { id ...B } fragment B on Patient { id ...A }';
    const doubling = `{ ...F0 } ${Array.from({ length: 15 }, (_, index) => `fragment F${index} on Patient { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F15 on Patient { id }`;
    const long = `{ ${'id '.repeat(6000)} }`;
    for (const query of [deep, wide, round, doubling, long]) {
      const answer = await refused(query, 'Patient/peter/');
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('too-costly')]);
    }
  });
});

describe('$graphql: references (graphql.html#references)', () => {
  test('resource gives what a reference points to, on this server or contained', async () => {
    expect(await data('{ subject { reference resource { id active } } }', 'Observation/o1/')).toEqual({
      subject: { reference: 'Patient/peter', resource: { id: 'peter', active: true } },
    });
    expect(
      await data(
        '{ managingOrganization { org: resource { name } } contained { resourceType id } }',
        'Patient/peter/',
      ),
    ).toEqual({
      managingOrganization: { org: { name: 'Contained' } },
      contained: [{ resourceType: 'Organization', id: 'org' }],
    });
  });

  test('of a match in a connection too; nothing refers to a contained resource by its id', async () => {
    const query =
      '{ PatientConnection(_id: "peter") { edges { resource { managingOrganization { resource { name } } } } } }';
    expect(await data(query)).toEqual({
      PatientConnection: {
        edges: [{ resource: { managingOrganization: { resource: { name: 'Contained' } } } }],
      },
    });
    const reverse = '{ contained { ... on Organization { PatientList(_reference: organization) { id } } } }';
    expect((await refused(reverse, 'Patient/peter/')).status).toBe(400);
    const through = '{ managingOrganization { resource { PatientList(_reference: organization) { id } } } }';
    expect((await refused(through, 'Patient/peter/')).status).toBe(400);
  });

  test('type and type conditions leave out other resources', async () => {
    const query = '{ subject { resource(type: Patient) { birthDate } resource(type: Group) { name } } }';
    expect(await data(query, 'Observation/o1/')).toEqual({
      subject: { resource: { birthDate: '1974-12-25' } },
    });
    expect(await data(query, 'Observation/of-group/')).toEqual({
      subject: { resource: { name: 'A group' } },
    });
    const fragments = '{ subject { resource { ... on Patient { birthDate } ... on Group { name } } } }';
    expect(await data(fragments, 'Observation/of-group/')).toEqual({
      subject: { resource: { name: 'A group' } },
    });
  });

  test('a reference that leads nowhere is an error, unless it is optional', async () => {
    const answer = await refused('{ subject { resource { id } } }', 'Observation/lost/');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('not-found')]);
    expect(
      await data('{ subject { reference resource(optional: true) { id } } }', 'Observation/lost/'),
    ).toEqual({
      subject: { reference: 'Patient/absent' },
    });
  });

  test('refuses a field that none of the possible targets has, and an unknown type', async () => {
    expect((await refused('{ subject { resource { valueSet } } }', 'Observation/o1/')).status).toBe(400);
    expect(
      (await refused('{ subject { resource(type: Practioner) { id } } }', 'Observation/o1/')).status,
    ).toBe(400);
  });
});

describe('$graphql: searches (graphql.html#searching)', () => {
  test('[Type](id) gives one resource', async () => {
    expect(await data('query($id: ID!) { Patient(id: $id) { id active } }', '', { id: 'peter' })).toEqual({
      Patient: { id: 'peter', active: true },
    });
    expect(await refused('{ Patient(id: absent) { id } }')).toMatchObject({ status: 404 });
    expect(await refused('{ Patient { id } }')).toMatchObject({ status: 400 });
    expect(await refused('{ Nothing(id: a) { id } }')).toMatchObject({ status: 400 });
  });

  test('[Type]List takes search parameters with _ for -, lists are alternatives', async () => {
    expect(
      await data('{ ObservationList(value_quantity: "gt1", patient: "peter", _sort: "-_id") { id } }'),
    ).toEqual({
      ObservationList: [{ id: 'o3' }, { id: 'o2' }],
    });
    expect(await data('{ PatientList(_id: [peter, "paul", 3], _sort: "_id") { id } }')).toEqual({
      PatientList: [{ id: 'paul' }, { id: 'peter' }],
    });
    expect(await data('{ PatientList(family: "durand, le") { id } }')).toEqual({
      PatientList: [{ id: 'paul' }],
    });
    expect(await data('{ PatientList(family: "nobody") { id } }')).toEqual({ PatientList: [] });
    expect(await data('{ PatientList(fhirpath: "active.exists()") { id } }')).toEqual({
      PatientList: [{ id: 'peter' }],
    });
    expect(
      await data('{ ObservationList(patient: "peter", _sort: "_id", _offset: 1, _count: 1) { id } }'),
    ).toEqual({
      ObservationList: [{ id: 'o2' }],
    });
  });

  test('an unknown parameter, a modifier or an include is refused', async () => {
    for (const query of [
      '{ PatientList(nothing: 1) { id } }',
      '{ PatientList(_nothing: 1) { id } }',
      '{ PatientList(_include: "x") { id } }',
      '{ PatientList(birthdate: "tomorrow") { id } }',
      '{ PatientList(name: {a: 1}) { id } }',
    ]) {
      expect([query, (await refused(query)).status]).toEqual([query, 400]);
    }
  });

  test('searches by reference to the resource at hand', async () => {
    expect(
      await data(
        '{ id ObservationList(_reference: patient, status: "final", _sort: "_id") { id } }',
        'Patient/peter/',
      ),
    ).toEqual({ id: 'peter', ObservationList: [{ id: 'o1' }, { id: 'o3' }] });
    expect(
      await data('{ PatientList(_id: "paul") { ObservationList(_reference: patient) { id } } }'),
    ).toEqual({ PatientList: [{ ObservationList: [] }] });
    for (const query of ['{ ObservationList { id } }', '{ ObservationList(_reference: code) { id } }']) {
      expect([query, (await refused(query, 'Patient/peter/')).status]).toEqual([query, 400]);
    }
  });

  interface Page {
    ObservationConnection: {
      count: number;
      offset: number;
      edges: { mode: string; resource: { id: string } }[];
      first?: string;
      previous?: string;
      next?: string;
      last?: string;
    };
  }
  const page = async (given: string) => {
    const query = `{ ObservationConnection(${given}) { count offset pagesize edges { mode score resource { id } } first previous next last } }`;
    return ((await data(query)) as Page).ObservationConnection;
  };

  test('[Type]Connection gives pages with cursors', async () => {
    const first = await page('patient: "peter", _sort: "_id", _count: 2');
    expect(first).toEqual({
      count: 3,
      offset: 0,
      pagesize: 2,
      edges: [
        { mode: 'match', resource: { id: 'o1' } },
        { mode: 'match', resource: { id: 'o2' } },
      ],
      next: expect.any(String) as string,
    });
    const second = await page(`cursor: "${first.next}"`);
    expect(second).toMatchObject({ count: 3, offset: 2, edges: [{ resource: { id: 'o3' } }] });
    expect(second.next).toBeUndefined();
    expect(await page(`_cursor: "${second.previous}"`)).toMatchObject({ offset: 0, edges: first.edges });
    expect(await page(`cursor: "${second.first}"`)).toMatchObject({ offset: 0, edges: first.edges });
  });

  test('refuses a query that would take too many searches', async () => {
    const searches = Array.from(
      { length: 300 },
      (_, index) => `a${index}: GroupList(_reference: member) { id }`,
    );
    const around = (inner: string) =>
      `ObservationList(_reference: patient) { subject { resource(type: Patient) { ${inner} } } }`;
    const query = `{ ${around(around(around(searches.join(' '))))} }`;
    const answer = await refused(query, 'Patient/peter/');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('too-costly')]);
  });

  test('a cursor is of its type, unaltered, alone, and of the root', async () => {
    const { next } = await page('patient: "peter", _count: 2');
    for (const [query, path] of [
      [`{ PatientConnection(cursor: "${next}") { offset } }`, ''],
      [`{ ObservationConnection(cursor: "${next}x") { offset } }`, ''],
      [`{ ObservationConnection(cursor: "${next}", status: "final") { offset } }`, ''],
      [`{ ObservationConnection(cursor: "${next}", _reference: patient) { offset } }`, 'Patient/peter/'],
    ]) {
      expect((await refused(query!, path)).status).toBe(400);
    }
  });
});

describe('_graphql on the answer of an operation (graphql.html#operations)', () => {
  const ask = (path: string, query: string) => http.get(`${path}?_graphql=${encodeURIComponent(query)}`);

  test('queries the resource that the operation answers', async () => {
    const everything = await ask(
      'Patient/peter/$everything',
      '{ type entry { resource { resourceType ... on Observation { status } } } }',
    );
    expect(everything.headers['content-type']).toBe('application/json');
    const { data: found } = everything.json<{ data: { type: string; entry: { resource: object }[] } }>();
    expect(found.type).toBe('searchset');
    expect(found.entry).toContainEqual({ resource: { resourceType: 'Observation', status: 'preliminary' } });
    const meta = await ask(
      'Patient/peter/$meta',
      '{ parameter(name: "return") { valueMeta { versionId } } }',
    );
    expect(meta.json()).toEqual({ data: { parameter: [{ valueMeta: { versionId: '1' } }] } });
  });

  test('not what an operation refused; a query that is wrong is refused', async () => {
    const absent = await ask('Patient/absent/$meta', '{ parameter { name } }');
    expect([absent.status, absent.json()['resourceType']]).toEqual([404, 'OperationOutcome']);
    const wrong = await ask('Patient/peter/$meta', '{ nothing }');
    expect([wrong.status, wrong.json()['data']]).toEqual([400, null]);
    expect((await ask('Patient/peter/$meta', 'mutation { PatientDelete(id: "peter") }')).status).toBe(400);
    expect((await http.get('Patient/peter')).status).toBe(200);
  });
});

describe('$graphql: what a read hides', () => {
  test('the matricule of an identity that is not qualified stays hidden, whichever way leads to it', async () => {
    const id = await stored(http, adrunWith({ matricule: adrunMatricule }));
    await put({
      resourceType: 'Observation',
      id: 'of-adrun',
      status: 'final',
      code: { text: 'Test' },
      subject: { reference: `Patient/${id}` },
    });
    const answers = [
      await data('{ identifier { value } }', `Patient/${id}/`),
      await data(`{ Patient(id: "${id}") { identifier { value } } }`),
      await data(`{ PatientList(_id: "${id}") { identifier { value } } }`),
      await data(`{ PatientConnection(_id: "${id}") { edges { resource { identifier { value } } } } }`),
      await data(
        '{ subject { resource { ... on Patient { identifier { value } } } } }',
        'Observation/of-adrun/',
      ),
    ];
    for (const answer of answers) {
      expect(JSON.stringify(answer)).toContain('"value":"1"');
      expect(JSON.stringify(answer)).not.toContain(adrunMatricule.value);
    }
    const filtered = `{ identifier(value: "${adrunMatricule.value}") { system } }`;
    expect(await data(filtered, `Patient/${id}/`)).toEqual({});
  });
});

describe('$graphql: flattening (graphql.html#flattening)', () => {
  const ask = (query: string) => data(query, 'Patient/peter/');

  test('@flatten puts the children in the place of the field, as lists', async () => {
    expect(
      await ask('{ identifier @flatten { system value } active name @flatten { text given family } }'),
    ).toEqual({
      system: ['urn:test:ipp'],
      value: ['12345'],
      active: true,
      given: ['Peter', 'James', 'Jim', 'Peter', 'James'],
      family: ['Chalmers', 'Windsor'],
    });
  });

  test('@first takes the first of each, @singleton makes no list', async () => {
    expect(await ask('{ name @flatten { given @first family } }')).toEqual({
      given: ['Peter', 'Jim', 'Peter'],
      family: ['Chalmers', 'Windsor'],
    });
    expect(
      await ask(
        '{ identifier @flatten { system @singleton value @singleton } name @flatten @first { given family @singleton } }',
      ),
    ).toEqual({ system: 'urn:test:ipp', value: '12345', given: ['Peter', 'James'], family: 'Chalmers' });
    expect((await refused('{ name @flatten { family @singleton } }', 'Patient/peter/')).message).toContain(
      'several',
    );
  });

  test('@slice makes a name of each value', async () => {
    expect(await ask('{ name @flatten @slice(path: "use") { given family @singleton } }')).toEqual({
      'given.official': ['Peter', 'James'],
      'family.official': 'Chalmers',
      'given.usual': ['Jim'],
      'given.maiden': ['Peter', 'James'],
      'family.maiden': 'Windsor',
    });
    expect(await ask('{ name @slice(path: "$index") { family } }')).toMatchObject({
      'name.0': [{ family: 'Chalmers' }],
      'name.2': [{ family: 'Windsor' }],
    });
  });

  test('collated values are of one type', async () => {
    const query = '{ name @flatten { v: use } identifier @flatten { v: value } }';
    expect((await refused(query, 'Patient/peter/')).message).toContain('types code and string');
  });
});

describe('$graphql: mutations (graphql.html#mutations)', () => {
  test('create, update and delete are the writes of the API', async () => {
    const created = (await data(
      'mutation($p: PatientInput) { PatientCreate(res: $p) { id gender meta { versionId } } }',
      '',
      {
        p: { resourceType: 'Patient', gender: 'other' },
      },
    )) as { PatientCreate: { id: string } };
    const { id } = created.PatientCreate;
    expect(created.PatientCreate).toMatchObject({ gender: 'other', meta: { versionId: '1' } });
    expect(
      await data(
        `mutation { PatientUpdate(id: "${id}", res: { id: "${id}", gender: "female", active: true }) { active meta { versionId } } }`,
      ),
    ).toEqual({ PatientUpdate: { active: true, meta: { versionId: '2' } } });
    expect(await data(`mutation { PatientDelete(id: "${id}") }`)).toEqual({});
    expect((await http.get(`Patient/${id}`)).status).toBe(410);
  });

  test('a failing one is an HTTP error, GET and several at once are refused', async () => {
    const invalid = 'mutation { PatientCreate(res: { gender: "none" }) { id } }';
    expect((await refused(invalid)).status).toBe(422);
    expect((await http.get(`$graphql?query=${encodeURIComponent(invalid)}`)).status).toBe(405);
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'query', valueString: invalid }] };
    const bundle = (type: string) => ({
      resourceType: 'Bundle',
      type,
      entry: [{ request: { method: 'POST', url: '$graphql' }, resource: parameters }],
    });
    for (const type of ['batch', 'transaction']) {
      const { entry } = (await http.post('', bundle(type))).json<Bundle>();
      expect([type, entry![0]!.response!.status.slice(0, 3)]).toEqual([type, '400']);
    }
    const two = 'mutation { a: PatientCreate(res: {}) { id } b: PatientCreate(res: {}) { id } }';
    expect((await refused(two)).status).toBe(400);
    expect((await refused('mutation { PatientCreate { id } }')).status).toBe(400);
    expect((await refused('mutation { NothingCreate(res: {}) { id } }')).status).toBe(400);
    expect((await refused('mutation { PatientDelete(id: "a b") }')).status).toBe(400);
  });
});
