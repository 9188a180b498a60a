import { get, type IncomingMessage } from 'node:http';
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const maxBodyBytes = 100_000;
const http = serverUnderTest({ MAX_BODY_BYTES: String(maxBodyBytes) });
const patient = { resourceType: 'Patient', name: [{ family: 'Désirée' }] } as Patient;
let large: string;
let small: string;

beforeAll(async () => {
  const given = Array.from({ length: 300 }, (_, index) => `Prénom${index}`);
  large = `Patient/${await created(http, { resourceType: 'Patient', name: [{ given }] } as Patient)}`;
  small = `Patient/${await created(http, patient)}`;
});

/** A GET whose body is not decompressed, as fetch would do. */
function raw(path: string, acceptEncoding?: string, method = 'GET') {
  return new Promise<{ headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
    const headers = acceptEncoding === undefined ? {} : { 'Accept-Encoding': acceptEncoding };
    get(`${http.base}/${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}

describe('compressed answers (RFC 9110, 12.5.3)', () => {
  test.each([
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['x-gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['br;q=0.5, gzip', 'gzip', gunzipSync],
    ['br;q=0, *', 'gzip', gunzipSync],
    ['GZIP', 'gzip', gunzipSync],
  ])('for Accept-Encoding: %s are in %s', async (accepted, coding, decompress) => {
    const { headers, body } = await raw(large, accepted);
    const plain = await raw(large);
    expect(headers['content-encoding']).toBe(coding);
    expect(headers['content-length']).toBe(String(body.length));
    expect(body.length).toBeLessThan(plain.body.length);
    expect(decompress(body).equals(plain.body)).toBe(true);
    expect(headers['etag']).toBe(plain.headers['etag']);
  });

  test.each([undefined, '', 'identity', 'deflate', 'gzip;q=0', 'br;q=0, gzip;q=0', 'gzip;q=0.1, identity'])(
    'are not there for Accept-Encoding: %s',
    async (accepted) => {
      const { headers, body } = await raw(large, accepted);
      expect(headers['content-encoding']).toBeUndefined();
      expect(JSON.parse(body.toString()).resourceType).toBe('Patient');
    },
  );

  test('are not worth it for a small body, and HEAD tells the coding alone', async () => {
    expect((await raw(small, 'gzip')).headers['content-encoding']).toBeUndefined();
    const head = await raw(large, 'gzip', 'HEAD');
    const { 'content-encoding': coding, 'content-length': length } = head.headers;
    expect([coding, length, head.body.length]).toEqual(['gzip', undefined, 0]);
  });

  test('hold XML, bundles and the capability statement alike', async () => {
    for (const path of [`${large}?_format=xml`, 'Patient', 'metadata']) {
      const { headers, body } = await raw(path, 'br');
      expect(headers['content-encoding']).toBe('br');
      expect(brotliDecompressSync(body).toString()).toMatch(/^(<\?xml|\{)/);
    }
  });

  test('are told to caches in Vary, as the format is, compressed or not', async () => {
    for (const path of [large, small, 'Patient/unknown']) {
      const vary = (await raw(path)).headers['vary']?.split(', ');
      expect(vary).toEqual(expect.arrayContaining(['Accept', 'Accept-Encoding']));
    }
  });
});

async function post(coding: string, body: Uint8Array, type = 'application/fhir+json') {
  const response = await fetch(`${http.base}/Patient`, {
    method: 'POST',
    headers: { 'Content-Type': type, 'Content-Encoding': coding },
    body: Buffer.from(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    json: <T>() => JSON.parse(text) as T,
  };
}

describe('compressed bodies', () => {
  const json = Buffer.from(JSON.stringify(patient));

  test.each([
    ['gzip', gzipSync(json)],
    ['x-gzip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['br', brotliCompressSync(json)],
    ['identity', json],
  ])('in %s are read', async (coding, body) => {
    const answer = await post(coding, body);
    expect(answer.status).toBe(201);
    expect(answer.json<Patient>().name).toEqual(patient.name);
  });

  test('may be XML', async () => {
    const xml = '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>';
    expect((await post('gzip', gzipSync(xml), 'application/fhir+xml')).status).toBe(201);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('in %s are refused with 413 when they grow beyond the limit', async (coding, compress) => {
    const bomb = compress(Buffer.alloc(50 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(maxBodyBytes);
    const answer = await post(coding, bomb);
    expect([answer.status, issueOf(answer).code]).toEqual([413, 'too-long']);
  });

  test('are refused with 413 when they are too long as they come', async () => {
    const answer = await post('gzip', Buffer.alloc(maxBodyBytes + 1));
    expect(answer.status).toBe(413);
  });

  test.each([
    ['gzip', json],
    ['br', json],
    ['deflate', gzipSync(json)],
    ['gzip', gzipSync(json).subarray(0, 30)],
    ['br', brotliCompressSync(json).subarray(0, 10)],
  ])('that are no %s are refused with 400', async (coding, body) => {
    const answer = await post(coding, body);
    expect([answer.status, issueOf(answer).expression]).toEqual([400, ['http.content-encoding']]);
  });

  test.each(['x-unknown', 'gzip, br', 'compress'])('in %s are refused with 415', async (coding) => {
    const answer = await post(coding, json);
    expect([answer.status, answer.headers['accept-encoding']]).toEqual([415, 'gzip, deflate, br']);
  });

  test('that were refused wrote nothing', async () => {
    const total = async () => (await http.get('Patient?_summary=count')).json<Bundle>().total;
    const before = await total();
    await post('gzip', json);
    await post('compress', json);
    expect(await total()).toBe(before);
  });
});
