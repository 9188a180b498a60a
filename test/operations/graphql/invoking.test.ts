import type { Binary, Bundle } from 'fhir/r4.d.ts';
import { adrunMatricule, adrunWith, stored } from '../../ins/http/support.ts';
import { graphqlUnderTest } from '../../support/graphql.ts';

const { http, put, data, refused } = graphqlUnderTest();

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
