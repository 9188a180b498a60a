import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { created, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const xml =
  '<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/>' +
  '<div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div></text><active value="true"/>' +
  '<name><given value="A"><extension url="urn:u"><valueDecimal value="1.0"/></extension></given></name></Patient>';

const noise = fc.constantFrom(
  '<',
  '>',
  '/',
  '"',
  '&',
  '=',
  'x',
  '</name>',
  '<name>',
  '<!--',
  ']]>',
  '<!DOCTYPE a>',
);
const mutant = fc
  .tuple(fc.nat({ max: xml.length }), fc.nat({ max: 25 }), noise)
  .map(([at, cut, insert]) => xml.slice(0, at) + insert + xml.slice(at + cut));
const contentType = fc.constantFrom(
  'application/fhir+xml',
  'text/xml',
  'application/fhir+json',
  'x',
  'a/b;q=1',
);
const accept = fc.constantFrom(
  'application/fhir+xml',
  '*/*',
  'text/html',
  ';;,,',
  'application/*;q=2',
  'xml;q=',
);
const coding = fc.constantFrom(
  ['gzip', gzipSync],
  ['gzip', deflateSync],
  ['br', Buffer.from],
  ['identity', Buffer.from],
  ['identity', Buffer.from],
) as fc.Arbitrary<[string, (text: string) => Buffer]>;
const parameter = fc
  .tuple(
    fc.constantFrom('_summary', '_elements', '_format', '_pretty', '_count', 'mode'),
    fc.oneof(
      fc.string(),
      fc.constantFrom('true', 'text', 'data', 'count', 'false', 'xml', 'json', 'name', '2'),
    ),
  )
  .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);

const total = async () => (await http.get('Patient?_summary=count')).json<Bundle>().total!;

describe('hostile representations', () => {
  test('of bodies are written or refused, never a failure of the server', async () => {
    let expected = await total();
    await fc.assert(
      fc.asyncProperty(mutant, contentType, accept, coding, async (text, type, wanted, [name, encode]) => {
        const response = await fetch(`${http.base}/Patient`, {
          method: 'POST',
          headers: { 'Content-Type': type, Accept: wanted, 'Content-Encoding': name },
          body: new Uint8Array(encode(text)),
        });
        await response.arrayBuffer();
        expect(response.status).toBeLessThan(500);
        if (response.status === 201) expected++;
      }),
      { numRuns: 400 },
    );
    expect(await total()).toBe(expected);
  });

  test('of answers are given or refused, never a failure of the server', async () => {
    const id = await created(http, { resourceType: 'Patient', name: [{ family: 'A' }] } as Patient);
    const path = fc.constantFrom(
      `Patient/${id}`,
      `Patient/${id}/_history/1`,
      `Patient/${id}/_history`,
      'Patient',
      'metadata',
    );
    await fc.assert(
      fc.asyncProperty(path, fc.array(parameter, { maxLength: 4 }), accept, async (target, query, wanted) => {
        const answer = await http.get(`${target}?${query.join('&')}`, { Accept: wanted });
        expect(answer.status).toBeLessThan(500);
        if (answer.status === 200) {
          expect(answer.text).toMatch(answer.headers['content-type']!.includes('xml') ? /^<\?xml/ : /^\{/);
        }
      }),
      { numRuns: 400 },
    );
  });
});
