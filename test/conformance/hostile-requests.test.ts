import { gzipSync } from 'node:zlib';
import type { Bundle, OperationOutcome } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';
import { sendRaw } from '../support/raw-http.ts';

const http = serverUnderTest({ MAX_BODY_BYTES: '1048576' });

afterEach(async () => {
  expect((await http.get('Patient?_summary=count')).json<Bundle>().total).toBe(0);
});

const patient = '{"resourceType":"Patient"}';

/** A POST of a Patient with these header lines besides its type. */
const post = (lines: string[], body = patient) =>
  ['POST /fhir/Patient HTTP/1.1', 'Host: x', 'Content-Type: application/fhir+json', ...lines, '', body].join(
    '\r\n',
  );

async function refused(request: string | Buffer): Promise<{ status: number; outcome: OperationOutcome }> {
  const answer = await sendRaw(http.origin, request);
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  return { status: Number(head.split(' ')[1]), outcome: JSON.parse(rest.join('')) as OperationOutcome };
}

describe('a message whose length can be read in two ways is refused, and its connection closed', () => {
  test.each([
    ['two lengths', ['Content-Length: 26', 'Content-Length: 5']],
    ['two lengths in one header', ['Content-Length: 26, 5']],
    ['a length and chunks', ['Content-Length: 26', 'Transfer-Encoding: chunked']],
    ['a negative length', ['Content-Length: -1']],
    ['a length that is no number', ['Content-Length: 26x']],
    ['a coding that is not the last', ['Transfer-Encoding: chunked, identity']],
    ['a header that is folded', ['X-A: 1', ' Content-Length: 5', 'Content-Length: 26']],
    ['a space before the colon', ['Content-Length : 26']],
  ])('%s', async (_, lines) => {
    const { status, outcome } = await refused(post(lines));
    expect([status, outcome.resourceType]).toEqual([400, 'OperationOutcome']);
  });
});

describe('requests as HTTP has them, whoever sends them', () => {
  test('the target may be absolute, as for a proxy (RFC 9112, 3.2.2)', async () => {
    const answer = await sendRaw(
      http.origin,
      `GET ${http.base}/Patient/none HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 .*"code":"not-found"/s);
    expect(answer).toContain('Patient/none is not known');
  });

  test('a read that follows a write without waiting for its answer sees it (RFC 9112, 9.3.2)', async () => {
    const body = '{"resourceType":"Basic","id":"piped","code":{"text":"x"}}';
    const write = [
      'PUT /fhir/Basic/piped HTTP/1.1',
      'Host: x',
      'Content-Type: application/fhir+json',
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    const read = (end: string) => `GET /fhir/Basic/piped HTTP/1.1\r\nHost: x\r\n${end}\r\n`;
    const remove = 'DELETE /fhir/Basic/piped HTTP/1.1\r\nHost: x\r\n\r\n';
    const requests = read('') + write + read('') + remove + read('') + read('Connection: close\r\n');
    const answers = await sendRaw(http.origin, requests);
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(['404', '201', '200', '204', '410', '410']);
  });
});

describe('texts of the caller never become headers or markup of the answer', () => {
  test.each([
    'Patient/%0d%0aX-Injected:%201',
    'Patient?family=%0d%0aX-Injected:%201',
    '%0d%0aX-Injected:%201/1',
  ])('line ends in the URL: %s', async (path) => {
    const answer = await http.get(path);
    expect(answer.headers).not.toHaveProperty('x-injected');
  });

  test('line ends and markup in the request id', async () => {
    const answer = await http.get('metadata', { 'X-Request-Id': '<script>' });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('the names of hosts', async () => {
    for (const headers of [{ Host: 'evil.example' }, { 'X-Forwarded-Host': 'evil.example' }]) {
      const answer = await http.get('Patient', headers as never);
      expect(answer.text).not.toContain('evil.example');
    }
  });
});

describe('a small body that grows when it is read is refused', () => {
  test('zeros in gzip: 413', async () => {
    const body = gzipSync(Buffer.alloc(64 * 1_048_576, 0x20));
    const response = await fetch(`${http.base}/Patient`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/fhir+json', 'Content-Encoding': 'gzip' },
      body,
    });
    expect([response.status, body.length < 100_000]).toEqual([413, true]);
  });

  test.each([
    ['entities that multiply', '<!DOCTYPE P [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>', '&b;'],
    ['an entity of a file', '<!DOCTYPE P [<!ENTITY a SYSTEM "file:///etc/passwd">]>', '&a;'],
    ['an entity that is not declared', '', '&a;'],
    ['a processing instruction in place of a value', '', '<?x y?>z'],
  ])('XML with %s: 400', async (_, declaration, text) => {
    const body = `${declaration}<Patient xmlns="http://hl7.org/fhir"><id value="${text.replace('<', '')}"/>${text}</Patient>`;
    const answer = await http.post('Patient', body, { 'Content-Type': 'application/fhir+xml' });
    expect(answer.status).toBe(400);
    expect(issueOf(answer).diagnostics).not.toContain('passwd');
  });
});

describe('keys of the prototype of objects are keys like any other', () => {
  test.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    '%s is an unknown element',
    async (key) => {
      for (const body of [
        `{"resourceType":"Patient","${key}":{"a":1}}`,
        `{"resourceType":"Patient","name":[{"${key}":1}]}`,
      ]) {
        const answer = await http.post('Patient', body);
        expect(answer.status).toBe(422);
        issueOf(answer);
      }
      expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    },
  );
});
