import type { Binary, Bundle } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const fhirJson = { Accept: 'application/fhir+json' };

/** The bytes of an answer, which need not be text. */
async function bytesOf(path: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const response = await fetch(`${http.base}/${path}`, { headers });
  return Buffer.from(await response.arrayBuffer());
}

async function stored(binary: Omit<Binary, 'resourceType' | 'id'>, id: string): Promise<void> {
  const answer = await http.put(`Binary/${id}`, { resourceType: 'Binary', id, ...binary });
  expect(answer.status).toBe(201);
}

const image = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x00, 0xff]);

beforeAll(() => stored({ contentType: 'image/png', data: image.toString('base64') }, 'image'));

describe('a read of a Binary (binary.html#rest)', () => {
  test.each([
    ['without Accept', {}],
    ['of any type', { Accept: '*/*' }],
    ['of its own type', { Accept: 'image/png' }],
    ['of its own type and others', { Accept: 'image/png, image/jpeg;q=0.5' }],
    ['by a browser', { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }],
  ])('%s is answered with the content, in its own type', async (_, headers: Record<string, string>) => {
    const answer = await http.get('Binary/image', headers);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/png']);
    expect(answer.headers['etag']).toBe('W/"1"');
    expect(answer.headers['last-modified']).toBeDefined();
    expect(await bytesOf('Binary/image', headers)).toEqual(image);
  });

  test.each([
    ['application/fhir+json', '', /^application\/fhir\+json/],
    ['application/json', '', /^application\/fhir\+json/],
    ['application/fhir+json, */*;q=0.1', '', /^application\/fhir\+json/],
    ['application/fhir+xml', '', /^application\/fhir\+xml/],
    ['*/*', '?_format=json', /^application\/fhir\+json/],
    ['*/*', '?_format=xml', /^application\/fhir\+xml/],
  ])('that names a format of resources, %s%s, is answered with the resource', async (accept, query, type) => {
    const answer = await http.get(`Binary/image${query}`, { Accept: accept });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(type);
    expect(answer.text).toContain('Binary');
    expect(answer.text).toContain(image.toString('base64'));
  });

  test('is the same for a version, and says the same to HEAD', async () => {
    expect(await bytesOf('Binary/image/_history/1')).toEqual(image);
    const head = await http.send('HEAD', 'Binary/image');
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', 'image/png']);
    expect(head.headers['content-length']).toBe(String(image.length));
  });

  test('that has it already is answered 304', async () => {
    const answer = await http.get('Binary/image', { 'If-None-Match': 'W/"1"' });
    expect([answer.status, answer.text]).toEqual([304, '']);
  });

  test('tells its security context in a header', async () => {
    const securityContext = { reference: 'Patient/p' };
    await stored({ contentType: 'text/plain', data: 'YQ==', securityContext }, 'guarded');
    const answer = await http.get('Binary/guarded');
    expect([answer.headers['x-security-context'], answer.text]).toEqual(['Patient/p', 'a']);
  });

  test('without data is answered with the resource', async () => {
    await stored({ contentType: 'text/plain' }, 'empty');
    expect((await http.get('Binary/empty')).json<Binary>().contentType).toBe('text/plain');
  });

  test('never sends a type that is none, nor lets a page of a caller run', async () => {
    await stored({ contentType: 'naïve', data: 'YQ==' }, 'odd');
    const odd = await http.get('Binary/odd');
    expect([odd.status, odd.headers['content-type']]).toEqual([200, 'application/octet-stream']);
    await stored({ contentType: 'text/html', data: 'PGI+PC9iPg==' }, 'page');
    const page = await http.get('Binary/page');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  test('that fails is answered with an OperationOutcome', async () => {
    const absent = await http.get('Binary/absent', { Accept: 'image/png' });
    expect([absent.status, issueOf(absent).code]).toEqual([404, 'not-found']);
    await stored({ contentType: 'text/plain', data: 'YQ==' }, 'gone');
    await http.delete('Binary/gone');
    expect(issueOf(await http.get('Binary/gone')).code).toBe('deleted');
  });

  test('in a search, a history and a batch is always the resource', async () => {
    for (const path of ['Binary?_id=image', 'Binary/image/_history', 'Binary/_history']) {
      expect((await http.get(path)).json<Bundle>().resourceType).toBe('Bundle');
    }
    const entry = [{ request: { method: 'GET', url: 'Binary/image' } }];
    const answer = await http.post('', { resourceType: 'Bundle', type: 'batch', entry });
    expect(answer.json<Bundle>().entry![0]!.resource).toMatchObject({
      id: 'image',
      contentType: 'image/png',
    });
  });

  test('of another type than the server writes is refused for other resources: 406', async () => {
    expect((await http.get('Patient/x', { Accept: 'image/png' })).status).toBe(406);
  });
});

describe('a Binary that is written as its content (binary.html#rest)', () => {
  test.each(['image/png', 'text/plain; charset=utf-8', 'application/x-www-form-urlencoded'])(
    'as %s is created with this type',
    async (contentType) => {
      const answer = await http.post('Binary', 'contenu é', { 'Content-Type': contentType, ...fhirJson });
      expect(answer.status).toBe(201);
      const { data, ...binary } = answer.json<Binary>();
      expect(binary.contentType).toBe(contentType);
      expect(Buffer.from(data!, 'base64').toString()).toBe('contenu é');
      expect((await http.get(answer.headers['location']!)).text).toBe('contenu é');
    },
  );

  test('updates, with its security context, under the id of the URL', async () => {
    const headers = { 'Content-Type': 'text/plain', 'X-Security-Context': 'Patient/p', ...fhirJson };
    const first = await http.put('Binary/note', 'first', headers);
    expect([first.status, first.json<Binary>().id]).toEqual([201, 'note']);
    const second = await http.put('Binary/note', 'second', { ...headers, 'If-Match': 'W/"1"' });
    expect(second.json<Binary>()).toMatchObject({ id: 'note', meta: { versionId: '2' } });
    expect(second.json<Binary>().securityContext).toEqual({ reference: 'Patient/p' });
    expect((await http.put('Binary/note', 'third', { ...headers, 'If-Match': 'W/"1"' })).status).toBe(412);
    expect((await http.get('Binary/note')).text).toBe('second');
  });

  test.each([
    ['application/fhir+json', '{"resourceType":"Patient"}'],
    ['application/json', '{"any":"thing"}'],
    ['application/json', '[1'],
    ['text/xml', '<ClinicalDocument xmlns="urn:hl7-org:v3"/>'],
    ['application/fhir+xml', '<Patient xmlns="http://hl7.org/fhir"/>'],
  ])('may be %s that is no Binary: %s', async (contentType, content) => {
    const answer = await http.post('Binary', content, { 'Content-Type': contentType, ...fhirJson });
    expect([answer.status, answer.json<Binary>().contentType]).toEqual([201, contentType]);
    expect((await http.get(answer.headers['location']!)).text).toBe(content);
  });

  test.each([
    ['application/fhir+json', '{"resourceType":"Binary","contentType":"text/plain","data":"YQ=="}'],
    ['application/json', '{"resourceType":"Binary","contentType":"text/plain","data":"YQ=="}'],
    [
      'application/fhir+xml',
      '<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="YQ=="/></Binary>',
    ],
  ])('is the resource where a body of %s is one', async (contentType, resource) => {
    const answer = await http.post('Binary', resource, { 'Content-Type': contentType, ...fhirJson });
    expect(answer.status).toBe(201);
    expect((await http.get(answer.headers['location']!)).text).toBe('a');
  });

  test('is refused when what can only be a resource is malformed: 400', async () => {
    const answer = await http.post('Binary', '{', { 'Content-Type': 'application/fhir+json' });
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'structure']);
  });

  test('is refused without a body: 400', async () => {
    expect((await http.post('Binary', '', { 'Content-Type': 'image/png' })).status).toBe(400);
  });

  test('is for Binary alone: 415', async () => {
    expect((await http.post('Patient', 'x', { 'Content-Type': 'image/png' })).status).toBe(415);
    expect((await http.post('Binary/_search', 'x', { 'Content-Type': 'image/png' })).status).toBe(415);
    expect((await http.send('PATCH', 'Binary/image', { body: 'x' })).status).toBe(400);
  });
});
