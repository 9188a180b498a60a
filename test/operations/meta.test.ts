import type { Bundle, CapabilityStatement, FhirResource, Meta, Parameters, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const create = (resource: FhirResource) => created(http, resource);
const tag = { system: 'urn:test:tag', code: 'a' };
const security = { system: 'urn:test:security', code: 'R' };
const profile = 'https://example.org/fhir/StructureDefinition/p';

const parameters = (meta: unknown) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: meta }],
});
const metaOf = (answer: Answer): Meta => {
  expect([answer.status, answer.json()['resourceType']]).toEqual([200, 'Parameters']);
  const [parameter] = answer.json<Parameters>().parameter!;
  expect(parameter!.name).toBe('return');
  return parameter!.valueMeta!;
};
const versions = async (id: string) => (await http.get(`Patient/${id}/_history`)).json<Bundle>().total;

describe('$meta (resource-operation-meta)', () => {
  test('of an instance and of one of its versions is its meta', async () => {
    const id = await create({ resourceType: 'Patient', meta: { tag: [tag] } });
    await http.put(`Patient/${id}`, { resourceType: 'Patient', id, meta: { security: [security] } });
    const current = await http.get(`Patient/${id}/$meta`);
    expect(metaOf(current)).toMatchObject({ versionId: '2', security: [security] });
    expect(current.headers['etag']).toBe('W/"2"');
    const first = metaOf(await http.get(`Patient/${id}/_history/1/$meta`));
    expect([first.versionId, first.tag]).toEqual(['1', [tag]]);
  });

  test('is 404 for what is not known, 410 for what is deleted', async () => {
    const id = await create({ resourceType: 'Patient' });
    await http.delete(`Patient/${id}`);
    const statuses = await Promise.all(
      ['nobody/$meta', `${id}/$meta`, `${id}/_history/9/$meta`, `${id}/_history/x/$meta`].map(
        async (path) => (await http.get(`Patient/${path}`)).status,
      ),
    );
    expect(statuses).toEqual([404, 410, 404, 404]);
  });

  test('of a type and of the server gathers the labels in use, each once', async () => {
    const labels = (name: string) => ({ system: 'urn:test:gathered', code: name });
    await create({ resourceType: 'Location', meta: { tag: [labels('x'), labels('y')] } });
    await create({ resourceType: 'Location', meta: { tag: [labels('y')], profile: [profile] } });
    await create({ resourceType: 'Device', meta: { tag: [labels('z')] } });
    const gone = await create({ resourceType: 'Location', meta: { tag: [labels('gone')] } });
    await http.delete(`Location/${gone}`);

    const ofType = metaOf(await http.get('Location/$meta'));
    expect(ofType).toEqual({ profile: [profile], tag: [labels('x'), labels('y')] });
    const ofServer = metaOf(await http.get('$meta')).tag!.filter(
      ({ system }) => system === 'urn:test:gathered',
    );
    expect(new Set(ofServer.map(({ code }) => code))).toEqual(new Set(['x', 'y', 'z']));
    expect(ofServer).toHaveLength(3);
    expect(metaOf(await http.get('Slot/$meta'))).toEqual({});
  });

  test('is in the CapabilityStatement of the server and of each type', async () => {
    const rest = (await http.get('metadata')).json<CapabilityStatement>().rest![0]!;
    const definition = 'http://hl7.org/fhir/OperationDefinition/Resource-meta';
    expect(rest.operation).toContainEqual({ name: 'meta', definition });
    const without = rest.resource!.filter(
      ({ operation }) => !operation?.some(({ name }) => name === 'meta-add'),
    );
    expect(without.map(({ type }) => type)).toEqual(['AuditEvent']);
  });

  test('takes no parameter', async () => {
    expect((await http.get('Patient/$meta?mode=x')).status).toBe(400);
  });
});

describe('$meta-add and $meta-delete', () => {
  test('add labels to those that are there, as a new version that changes nothing else', async () => {
    const id = await create({ resourceType: 'Patient', gender: 'other', meta: { tag: [tag] } });
    const more = { tag: [{ ...tag, display: 'A' }, { code: 'b' }], profile: [profile], security: [security] };
    const answer = await http.post(`Patient/${id}/$meta-add`, parameters(more));
    expect(metaOf(answer)).toMatchObject({ versionId: '2', tag: [tag, { code: 'b' }], profile: [profile] });
    expect(answer.headers['etag']).toBe('W/"2"');
    const patient = (await http.get(`Patient/${id}`)).json<Patient>();
    expect(patient).toMatchObject({ gender: 'other', meta: { versionId: '2', security: [security] } });
    const found = (await http.get(`Patient?_security=${security.system}|R&_id=${id}`)).json<Bundle>();
    expect(found.entry).toHaveLength(1);
    expect((await http.get(`Patient/${id}/_history/1`)).json<Patient>().meta!.profile).toBeUndefined();
  });

  test('take labels away, whatever their display, and leave no empty list', async () => {
    const meta = { tag: [{ ...tag, display: 'A' }, { code: 'b' }], profile: [profile] };
    const id = await create({ resourceType: 'Patient', meta });
    const answer = await http.post(
      `Patient/${id}/$meta-delete`,
      parameters({ tag: [tag], profile: [profile] }),
    );
    expect(metaOf(answer)).toMatchObject({ versionId: '2', tag: [{ code: 'b' }] });
    expect(metaOf(answer)).not.toHaveProperty('profile');
  });

  test('make no version when nothing changes', async () => {
    const id = await create({ resourceType: 'Patient', meta: { tag: [tag] } });
    const again = await http.post(`Patient/${id}/$meta-add`, parameters({ tag: [tag] }));
    const absent = await http.post(`Patient/${id}/$meta-delete`, parameters({ tag: [{ code: 'absent' }] }));
    expect([metaOf(again).versionId, metaOf(absent).versionId, await versions(id)]).toEqual(['1', '1', 1]);
  });

  test('lose no label when several callers add at once', async () => {
    const id = await create({ resourceType: 'Patient' });
    const codes = ['c1', 'c2', 'c3', 'c4'];
    const answers = await Promise.all(
      codes.map((code) => http.post(`Patient/${id}/$meta-add`, parameters({ tag: [{ code }] }))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { tag: tags = [] } = metaOf(await http.get(`Patient/${id}/$meta`));
    expect(tags.map(({ code }) => code).sort()).toEqual(codes);
  });

  test('obey If-Match', async () => {
    const id = await create({ resourceType: 'Patient' });
    const headers = { 'If-Match': 'W/"7"' };
    const answer = await http.post(`Patient/${id}/$meta-add`, parameters({ tag: [tag] }), headers);
    expect([answer.status, await versions(id)]).toEqual([412, 1]);
  });

  test('are refused where the result would not be valid', async () => {
    const id = await create({ resourceType: 'Patient' });
    const answer = await http.post(
      `Patient/${id}/$meta-add`,
      parameters({ tag: [{ code: 'a', colour: 'red' }] }),
    );
    expect([answer.status, await versions(id)]).toEqual([422, 1]);
  });

  test.each([
    ['without meta', { resourceType: 'Parameters' }, 'required'],
    [
      'with a meta of another type',
      { resourceType: 'Parameters', parameter: [{ name: 'meta', valueString: 'x' }] },
      'value',
    ],
    ['with a meta without labels', parameters({ versionId: '3' }), 'required'],
    ['with labels that are no list', parameters({ tag }), 'structure'],
    ['with a null label', parameters({ tag: [null] }), 'structure'],
  ])('%s are refused with 400', async (_, body, code) => {
    const id = await create({ resourceType: 'Patient' });
    for (const name of ['meta-add', 'meta-delete']) {
      const answer = await http.post(`Patient/${id}/$${name}`, body);
      expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
    }
  });

  test('are called by POST, on an instance that is there, not on a version', async () => {
    const id = await create({ resourceType: 'Patient' });
    const get = await http.get(`Patient/${id}/$meta-add`);
    expect([get.status, get.headers['allow']]).toEqual([405, 'POST']);
    const body = parameters({ tag: [tag] });
    expect((await http.post('Patient/nobody/$meta-add', body)).status).toBe(404);
    expect((await http.post('Patient/$meta-add', body)).status).toBe(404);
    expect((await http.post(`Patient/${id}/_history/1/$meta-add`, body)).status).toBe(404);
  });
});

describe('operations in other forms', () => {
  test('XML in and out', async () => {
    const id = await create({ resourceType: 'Patient' });
    const body =
      '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="meta"/>' +
      '<valueMeta><tag><code value="x"/></tag></valueMeta></parameter></Parameters>';
    const headers = { 'Content-Type': 'application/fhir+xml', Accept: 'application/fhir+xml' };
    const answer = await http.post(`Patient/${id}/$meta-add`, body, headers);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      expect.stringContaining('application/fhir+xml'),
    ]);
    expect(answer.text).toContain('<tag><code value="x"/></tag>');
  });

  test('within a batch, and by HEAD', async () => {
    const id = await create({ resourceType: 'Patient', meta: { tag: [tag] } });
    const entry = [
      { request: { method: 'GET', url: `Patient/${id}/$meta` } },
      { request: { method: 'GET', url: `Patient/${id}/$meta-add` } },
    ];
    const answer = await http.post('', { resourceType: 'Bundle', type: 'batch', entry });
    const [found, refused] = answer.json<Bundle>().entry!;
    expect((found!.resource as Parameters).parameter![0]!.valueMeta!.tag).toEqual([tag]);
    expect(refused!.response!.status).toMatch(/^405/);
    const head = await http.send('HEAD', `Patient/${id}/$meta`);
    expect([head.status, head.text]).toEqual([200, '']);
  });
});
