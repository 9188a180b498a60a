import type { Bundle } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';
import { sendRaw } from '../support/raw-http.ts';

const http = serverUnderTest({ MAX_BODY_BYTES: '1048576' });

async function total(type: string): Promise<number> {
  return (await http.get(`${type}?_summary=count`)).json<Bundle>().total!;
}

/** After each bad input: the server answers, and nothing was written. */
afterEach(async () => {
  for (const type of ['Patient', 'Observation', 'Bundle']) expect(await total(type)).toBe(0);
});

async function expectRefusal(body: string, statuses = [400]) {
  for (const [method, path] of [
    ['POST', 'Patient'],
    ['PUT', 'Patient/p'],
    ['POST', ''],
  ] as const) {
    const answer = await http.send(method, path, { body });
    expect(statuses).toContain(answer.status);
    issueOf(answer);
  }
}

describe('a body that is not JSON (RFC 8259) is answered 400', () => {
  test.each([
    ['an open object', '{"resourceType":"Patient"'],
    ['an open string', '{"resourceType":"Patient","birthDate":"1980'],
    ['a trailing comma', '{"resourceType":"Patient",}'],
    ['single quotes', "{'resourceType':'Patient'}"],
    ['a comment', '{"resourceType":"Patient"/* x */}'],
    ['content after the end', '{"resourceType":"Patient"}{}'],
    ['NaN', '{"resourceType":"Patient","multipleBirthInteger":NaN}'],
    ['a leading zero', '{"resourceType":"Patient","multipleBirthInteger":01}'],
    ['a leading plus', '{"resourceType":"Patient","multipleBirthInteger":+1}'],
    ['a bare dot', '{"resourceType":"Patient","multipleBirthInteger":1.}'],
    ['an unknown escape', '{"resourceType":"Patient","implicitRules":"\\x41"}'],
    ['a raw control character', '{"resourceType":"Patient","implicitRules":"a\u0001b"}'],
    ['XML', '<Patient xmlns="http://hl7.org/fhir"/>'],
    ['white space alone', '  \n '],
    ['a word', 'Patient'],
  ])('%s', (_, body) => expectRefusal(body));
});

describe('a body that is JSON but no resource is answered 400', () => {
  test.each([
    ['an array', '[{"resourceType":"Patient"}]'],
    ['null', 'null'],
    ['a string', '"Patient"'],
    ['a number', '1'],
    ['an object without resourceType', '{"active":true}'],
    ['a resourceType that is a number', '{"resourceType":1}'],
    ['a resourceType that is an array', '{"resourceType":["Patient"]}'],
    ['a resourceType that is unknown', '{"resourceType":"Nothing"}'],
    ['a resourceType of the prototype', '{"resourceType":"constructor"}'],
  ])('%s', (_, body) => expectRefusal(body));

  test('an empty body', async () => {
    for (const [method, path] of [
      ['POST', 'Patient'],
      ['PUT', 'Patient/p'],
      ['POST', ''],
    ] as const) {
      const answer = await http.send(method, path, { headers: { 'Content-Type': 'application/fhir+json' } });
      expect(answer.status).toBe(400);
      issueOf(answer);
    }
  });
});

describe('a JSON document that could be read in several ways is answered 400', () => {
  test('the same key twice', async () => {
    const answer = await http.post('Patient', '{"resourceType":"Patient","gender":"male","gender":"female"}');
    expect(answer.status).toBe(400);
    expect(issueOf(answer).expression).toEqual(['Patient.gender']);
  });

  test.each([
    ['twice a resourceType', '{"resourceType":"Patient","resourceType":"Observation"}'],
    ['the same key, once escaped', '{"resourceType":"Patient","gender":"male","g\\u0065nder":"female"}'],
    ['twice a nested key', '{"resourceType":"Patient","name":[{"family":"A","family":"B"}]}'],
    ['the key __proto__', '{"resourceType":"Patient","__proto__":{"active":true}}'],
    ['an escaped lone surrogate', '{"resourceType":"Patient","name":[{"family":"\\ud83d"}]}'],
    ['surrogates in the wrong order', '{"resourceType":"Patient","name":[{"family":"\\ude00\\ud83d"}]}'],
    ['a lone surrogate in a key', '{"resourceType":"Patient","\\ud83d":1}'],
  ])('%s', (_, body) => expectRefusal(body));

  test('bytes that are not UTF-8', async () => {
    for (const bytes of ['c328', 'ff', 'eda080', 'c0af']) {
      const body = Buffer.concat([
        Buffer.from('{"resourceType":"Patient","name":[{"family":"'),
        Buffer.from(bytes, 'hex'),
        Buffer.from('"}]}'),
      ]);
      const headers = { 'Content-Type': 'application/fhir+json' };
      const response = await fetch(`${http.base}/Patient`, { method: 'POST', headers, body });
      expect(response.status).toBe(400);
    }
  });
});

describe('a deep document never exhausts the stack', () => {
  const levels = 100_000;

  test.each([
    ['arrays', `${'['.repeat(levels)}${']'.repeat(levels)}`],
    ['arrays in a resource', `{"resourceType":"Patient","name":${'['.repeat(levels)}${']'.repeat(levels)}}`],
    ['objects', `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
    ['unclosed arrays', '['.repeat(levels)],
  ])('%s of 100,000 levels are answered 400', (_, body) => expectRefusal(body));

  test('extensions in extensions, which every element may have, are answered 4xx', async () => {
    const deep = `{"resourceType":"Patient","extension":[${'{"url":"u","extension":['.repeat(5000)}${']}'.repeat(5000)}]}`;
    await expectRefusal(deep, [400, 422]);
  });
});

describe('a body over the limit is answered 413', () => {
  const text = (length: number) => `{"resourceType":"Patient","name":[{"text":"${'x'.repeat(length)}"}]}`;

  test('when its Content-Length says so', async () => {
    const answer = await http.post('Patient', text(1_048_576));
    expect(answer.status).toBe(413);
    expect(issueOf(answer).code).toBe('too-long');
  });

  test('when it comes in chunks without a length', async () => {
    const body = ReadableStream.from(
      (function* () {
        for (let chunk = 0; chunk < 40; chunk++) yield Buffer.alloc(65_536, 0x20);
      })(),
    );
    const headers = { 'Content-Type': 'application/fhir+json' };
    const status = await fetch(`${http.base}/Patient`, {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    } as RequestInit).then(
      (response) => response.status,
      // The server may cut the connection before the caller has sent everything.
      () => 413,
    );
    expect(status).toBe(413);
  });

  test('and on the way back the connection is closed, so that the rest is no request', async () => {
    const head = `POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 9000000\r\n\r\n`;
    const answer = await sendRaw(http.origin, `${head}${text(100)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('and a form of a search over the limit too', async () => {
    const answer = await http.post('Patient/_search', `family=${'x'.repeat(1_048_576)}`, {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(answer.status).toBe(413);
  });
});

describe('a URL that cannot be read is answered 4xx', () => {
  test.each([
    ['bad percent encoding in the path', 'Patient/%zz'],
    ['half a percent sequence', 'Patient/%e'],
    ['percent encoding that is no UTF-8', 'Patient/%ff%fe'],
    ['an encoded null byte', 'Patient/%00'],
    ['an encoded slash', 'Patient/a%2Fb'],
    ['a climb out of the base', 'Patient/..%2f..%2fetc%2fpasswd'],
    ['a type of the prototype', '__proto__/constructor'],
    ['an unknown interaction', 'Patient/p/_nothing'],
    ['too many segments', 'Patient/p/_history/1/2'],
    ['an unknown operation', 'Patient/$nothing'],
    ['an operation of the prototype', 'Patient/$constructor'],
    ['an unknown type', 'Nothing'],
  ])('%s', async (_, path) => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await http.send(method, path);
      expect(answer.status).toBeGreaterThanOrEqual(method === 'DELETE' ? 204 : 400);
      expect(answer.status).toBeLessThan(500);
      if (answer.status !== 204) issueOf(answer);
    }
    const put = await http.put(path, { resourceType: 'Patient', id: 'p' });
    expect(put.status).toBeGreaterThanOrEqual(400);
    expect(put.status).toBeLessThan(500);
    issueOf(put);
  });

  test.each([
    ['bad percent encoding in a search value', 'Patient?family=%zz'],
    ['an encoded null byte in a search value', 'Patient?family=%00'],
    ['half a surrogate in a search value', 'Patient?family=%ed%a0%80'],
    ['an encoded null byte in a name', 'Patient?fam%00ily=x'],
    ['a parameter of the prototype', 'Patient?__proto__=x&constructor=y&hasOwnProperty=z'],
    ['nothing but separators', 'Patient?&&=&=x&family'],
    ['ten thousand parameters', `Patient?${'a=b&'.repeat(3000)}`],
  ])('or its query is heard without failure: %s', async (_, path) => {
    const answer = await http.get(path);
    expect([200, 400, 414, 431]).toContain(answer.status);
  });

  test('a request line that is no HTTP', async () => {
    for (const request of [
      'GET /fhir/Patient/\0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'NONSENSE /fhir/Patient HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01',
    ]) {
      expect(await sendRaw(http.origin, request)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  });

  test('two lengths that disagree, which could hide a second request', async () => {
    const request =
      'POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n' +
      'Content-Length: 26\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await sendRaw(http.origin, request);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain('CapabilityStatement');
  });
});

describe('a body that breaks off', () => {
  test('writes nothing', async () => {
    const { hostname, port } = new URL(http.origin);
    const { connect } = await import('node:net');
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          'POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 26\r\n\r\n{"resource',
          () => socket.destroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    expect((await http.get('metadata')).status).toBe(200);
  });
});

describe('values of the wrong JSON type are answered 422 with the element', () => {
  const values = [null, true, 0, 1.5, 'text', [], [null], [[]], {}, { a: 1 }, [{}, 'x']];
  /** An empty meta is filled by the server. */
  const isFine = (element: string, value: unknown) =>
    (element === 'active' && value === true) || (element === 'meta' && JSON.stringify(value) === '{}');
  const elements = [
    'active',
    'birthDate',
    'name',
    'contact',
    'meta',
    'extension',
    'contained',
    'text',
    'gender',
  ];

  test.each(elements)('Patient.%s', async (element) => {
    for (const value of values) {
      if (isFine(element, value)) continue;
      const body = { resourceType: 'Patient', [element]: value };
      const answer = await http.post('Patient', body);
      expect([JSON.stringify(body), answer.status]).toEqual([JSON.stringify(body), 422]);
      const at = issueOf(answer).expression?.[0];
      expect(at).toMatch(new RegExp(`^Patient\\.${element}`));
    }
  });

  test('Observation.valueQuantity.value', async () => {
    for (const value of ['1', true, null, [], {}]) {
      const body = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        valueQuantity: { value },
      };
      const answer = await http.post('Observation', body);
      expect(answer.status).toBe(422);
      expect(issueOf(answer).expression![0]).toMatch(/^Observation\.value/);
    }
  });

  test('a huge number where an integer is wanted', async () => {
    for (const number of ['1e400', '9'.repeat(400), '2147483648', '-2147483649', '1.0', '1e2']) {
      const answer = await http.post(
        'Patient',
        `{"resourceType":"Patient","multipleBirthInteger":${number}}`,
      );
      expect(answer.status).toBe(422);
      expect(issueOf(answer).expression).toEqual(['Patient.multipleBirth']);
    }
  });
});

describe('bundles of the wrong shape are answered 4xx', () => {
  const bundles: object[] = [
    { type: 'transaction', entry: {} },
    { type: 'transaction', entry: 'x' },
    { type: 'transaction', entry: [null] },
    { type: 'transaction', entry: [[]] },
    { type: 'transaction', entry: ['x'] },
    { type: 'transaction', entry: [{}] },
    { type: 'transaction', entry: [{ request: null }] },
    { type: 'transaction', entry: [{ request: { method: 'POST' } }] },
    { type: 'transaction', entry: [{ request: { method: 'POST', url: 1 } }] },
    { type: 'transaction', entry: [{ request: { method: 'post', url: 'Patient' } }] },
    { type: 'transaction', entry: [{ request: { method: 'POST', url: 'Patient' } }] },
    { type: 'transaction', entry: [{ request: { method: 'POST', url: 'Patient' }, resource: 'x' }] },
    { type: 'transaction', entry: [{ request: { method: 'POST', url: 'Patient' }, resource: {} }] },
    {
      type: 'transaction',
      entry: [
        { fullUrl: 1, request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Patient' } },
      ],
    },
    {
      type: 'transaction',
      entry: [
        {
          request: { method: 'POST', url: 'Patient', ifNoneExist: 1 },
          resource: { resourceType: 'Patient' },
        },
      ],
    },
    { type: 'transaction', entry: [{ request: { method: 'PUT', url: 'Patient/%zz' } }] },
    {
      type: 'transaction',
      entry: [{ request: { method: 'GET', url: 'https://elsewhere.example/Patient/1' } }],
    },
    { type: 'transaction', entry: [{ request: { method: 'GET', url: '' } }] },
    { type: 'collection', entry: [] },
    { type: 7, entry: [] },
    { entry: [] },
  ];

  test.each(bundles)('%j', async (bundle) => {
    const answer = await http.post('', { resourceType: 'Bundle', ...bundle });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    issueOf(answer);
  });
});
