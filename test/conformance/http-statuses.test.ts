import request, { type Response } from 'supertest';
import { created, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest({ MAX_BODY_BYTES: '10000' });
const fhirJson = 'application/fhir+json';
const patient = JSON.stringify({ resourceType: 'Patient', identifier: [{ system: 'urn:s', value: 'x' }] });

let id: string;
beforeAll(async () => {
  id = await created(http, JSON.parse(patient) as { resourceType: string });
  await created(http, JSON.parse(patient) as { resourceType: string });
  await http.put('Patient/deleted', { resourceType: 'Patient', id: 'deleted' });
  await http.delete('Patient/deleted');
});

const post = (path: string) => request(http.base).post(path).set('Content-Type', fhirJson);
const put = (path: string) => request(http.base).put(path).set('Content-Type', fhirJson);
const body = (elements: object) => JSON.stringify({ resourceType: 'Patient', ...elements });

describe('each refusal comes with an OperationOutcome that helps (http.html#Status-Codes)', () => {
  const refusals: [status: number, why: string, run: () => Promise<Response>][] = [
    [400, 'malformed JSON', async () => post('/Patient').send('{')],
    [404, 'an id that was never used', async () => request(http.base).get('/Patient/never')],
    [404, 'an unknown type', async () => request(http.base).get('/Nothing/1')],
    [404, 'an unknown operation', async () => request(http.base).get('/Patient/$nothing')],
    [404, 'an address outside of the FHIR base', async () => request(http.origin).get('/nothing')],
    [405, 'a method that an address does not take', async () => request(http.base).delete('/Patient')],
    [405, 'a method that FHIR does not have', async () => request(http.base).trace('/Patient')],
    [
      406,
      'a format that is not offered',
      async () => request(http.base).get(`/Patient/${id}`).set('Accept', 'text/html'),
    ],
    [410, 'a deleted resource', async () => request(http.base).get('/Patient/deleted')],
    [
      412,
      'a version that is not current',
      async () => put(`/Patient/${id}`).set('If-Match', 'W/"7"').send(body({ id })),
    ],
    [
      412,
      'a condition that several match',
      async () => post('/Patient').set('If-None-Exist', 'identifier=urn:s|x').send(patient),
    ],
    [
      413,
      'a body over the limit',
      async () => post('/Patient').send(body({ name: [{ text: 'x'.repeat(10_000) }] })),
    ],
    [
      415,
      'a format that is not read',
      async () => request(http.base).post('/Patient').type('text/plain').send('x'),
    ],
    [422, 'a resource that is not valid', async () => post('/Patient').send(body({ gender: 'x' }))],
  ];

  test.each(refusals)('%i for %s', async (status, _, run) => {
    const response = await run();
    expect(response.status).toBe(status);
    expect(response.headers['content-type']).toBe('application/fhir+json; charset=utf-8');
    expect(response.body.resourceType).toBe('OperationOutcome');
    const [issue] = response.body.issue;
    expect(issue.severity).toBe('error');
    expect(issue.code).toMatch(/^[a-z-]+$/);
    expect(issue.diagnostics.length).toBeGreaterThan(10);
    expect(JSON.stringify(response.body)).not.toMatch(/node_modules|\.ts:|SQLITE/);
  });

  test('405 says in Allow what the address takes', async () => {
    const allowed = async (method: string, path: string) =>
      ((await http.send(method, path)).headers['allow'] ?? '').split(', ').sort();
    expect(await allowed('DELETE', 'Patient')).toEqual(['GET', 'HEAD', 'POST']);
    expect(await allowed('POST', `Patient/${id}`)).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH', 'PUT']);
    expect(await allowed('PUT', `Patient/${id}/_history`)).toEqual(['GET', 'HEAD']);
    expect(await allowed('DELETE', `Patient/${id}/_history/1`)).toEqual(['GET', 'HEAD']);
    expect(await allowed('PUT', '')).toEqual(['GET', 'HEAD', 'POST']);
    expect(await allowed('PROPFIND', `Patient/${id}`)).toContain('GET');
  });
});

describe('X-Request-Id (http.html#custom)', () => {
  test('is given back when the caller sent a plain token', async () => {
    const response = await request(http.base).get(`/Patient/${id}`).set('X-Request-Id', 'abc-123.x_y');
    expect(response.headers['x-request-id']).toBe('abc-123.x_y');
  });

  test('is new for each request otherwise, refusals included', async () => {
    const ids = new Set<string>();
    for (const given of ['', 'with space', '<script>', 'x'.repeat(65), 'a;b']) {
      for (const path of [`/Patient/${id}`, '/Patient/never']) {
        const response = await request(http.base).get(path).set('X-Request-Id', given);
        expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
        ids.add(response.headers['x-request-id']!);
      }
    }
    expect(ids.size).toBe(10);
  });
});

describe('headers of every FHIR answer', () => {
  test('forbid shared caches, sniffing and framing, and do not name the software', async () => {
    for (const path of [`/Patient/${id}`, '/Patient/never', '/metadata', '/Patient']) {
      const { headers } = await request(http.base).get(path);
      expect(headers['cache-control']).toContain('private');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });

  test('tell the length in bytes of the body', async () => {
    const answer = await http.post('Patient', body({ name: [{ family: 'Ñandú 😀' }] }));
    expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.text));
  });
});
