import { fhirHttp, serverUnderTest } from '../support/fhir-http.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const policy = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
const http = serverUnderTest();

/** Headers of an answer as an object. */
async function headersOf(url: string, options: RequestInit = {}): Promise<Record<string, string>> {
  const response = await fetch(url, { redirect: 'manual', ...options });
  await response.arrayBuffer();
  return Object.fromEntries(response.headers);
}

describe('answers of the FHIR API', () => {
  test.each([
    ['metadata', 'GET'],
    ['Patient', 'GET'],
    ['Patient/never', 'GET'],
    ['Nothing', 'GET'],
    ['Patient?birthdate=x', 'GET'],
    ['Patient', 'OPTIONS'],
    ['Patient', 'POST'],
    ['Patient', 'PROPFIND'],
    ['%', 'GET'],
    ['Patient/never', 'HEAD'],
  ])('%s by %s', async (path, method) => {
    const headers = await headersOf(`${http.base}/${path}`, { method });
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, no-cache',
    });
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  });

  test('a page that somebody stored as a Binary runs nothing and has no origin', async () => {
    const page = '<!doctype html><script>alert(document.cookie)</script>';
    const created = await http.post('Binary', page, { 'Content-Type': 'text/html' });
    expect(created.status).toBe(201);
    const [path = ''] = /Binary\/[^/]+/.exec(created.headers['location'] ?? '') ?? [];
    const content = await http.get(path, { Accept: '*/*' });
    expect([content.text, content.headers['content-type']]).toEqual([page, 'text/html']);
    expect(content.headers).toMatchObject({
      'content-security-policy': `${policy}; sandbox`,
      'x-content-type-options': 'nosniff',
    });
  });
});

test.each([
  '/',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/nothing',
  '/api/v1/french-healthcare/dmp/status',
])('the answer at %s', async (path) => {
  const headers = await headersOf(http.origin + path);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': policy.replaceAll('; ', ';'),
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(headers).not.toHaveProperty('strict-transport-security');
  expect(headers).not.toHaveProperty('x-powered-by');
});

test.each([
  ['no HTTP', 'nonsense\r\n\r\n'],
  ['too many headers', `GET /fhir HTTP/1.1\r\nHost: x\r\n${'X: 1\r\n'.repeat(200)}\r\n`],
])('the refusal of %s', async (_, request) => {
  const answer = await sendRaw(http.origin, request);
  expect(answer).toContain('\r\nX-Content-Type-Options: nosniff\r\n');
  expect(answer).toContain(`\r\nContent-Security-Policy: ${policy}\r\n`);
});

describe('behind TLS', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ BASE_URL: 'https://fhir.hospital.example', AUTH: 'on' });
  });
  afterAll(() => server.stop());
  // The public URL of this server leads nowhere.
  const at = (path: string) => `http://127.0.0.1:${server.running.port}${path}`;

  test.each([
    '/fhir/metadata',
    '/fhir/Patient',
    '/fhir/.well-known/smart-configuration',
    '/health/live',
    '/nothing',
    '/oauth/authorize',
    '/oauth/.well-known/openid-configuration',
    '/oauth/jwks',
    '/interaction/never',
  ])('%s tells browsers to come by TLS alone', async (path) => {
    const headers = await headersOf(at(path));
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    });
  });

  test('a refusal for want of a login is no page', async () => {
    const answer = await fhirHttp(at('')).get('Patient');
    expect([answer.status, answer.headers['content-type']]).toEqual([
      401,
      'application/fhir+json; charset=utf-8',
    ]);
  });
});
