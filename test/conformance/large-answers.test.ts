import type { Bundle } from 'fhir/r4.d.ts';
import { readXml } from '../../src/fhir/xml/read.ts';
import { writeXml } from '../../src/fhir/xml/write.ts';
import { serverUnderTest } from '../support/fhir-http.ts';
import { many } from '../support/store-under-test.ts';

const http = serverUnderTest();

const size = many(600);
/** So long that the body has the same length with fewer resources. */
const text = 'x'.repeat(120_000 / size);
const transaction = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: size }, (_, n) => ({
    resource: {
      resourceType: 'Basic',
      id: `b${n}`,
      code: { text: `ligne\n${n} "é"` },
      extension: [{ url: 'urn:x', valueDecimal: 1.5 }],
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`,
      },
    },
    request: { method: 'PUT', url: `Basic/b${n}` },
  })),
};
describe('bodies of several hundred kilobytes', () => {
  test('a transaction is taken in JSON and in XML, as a small one is', async () => {
    const json = await http.post('', transaction);
    expect(json.status).toBe(200);
    expect(json.json<Bundle>().entry).toHaveLength(size);
    const body = writeXml(transaction as never, true);
    const xml = await http.post('', body, { 'Content-Type': 'application/fhir+xml' });
    expect(xml.status).toBe(200);
    expect(xml.json<Bundle>().entry!.map(({ response }) => response!.status)).toEqual(
      Array.from({ length: size }, () => '200 OK'),
    );
  });

  test('a malformed one is refused with the place', async () => {
    const body = JSON.stringify(transaction, undefined, 1);
    const answer = await http.post('', `${body.slice(0, -1)}x}`);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/line \d{4,} column/);
  });

  test('a page is the same in JSON, pretty JSON and XML', async () => {
    const search = `Basic?_count=${size}&_sort=_id`;
    const page = await http.get(search);
    const pretty = await http.get(`${search}&_pretty=true`);
    const self = (text: string) => text.replaceAll('&_pretty=true', '').replaceAll('&_format=xml', '');
    expect(self(pretty.text)).toBe(JSON.stringify(JSON.parse(page.text), undefined, 2));
    const xml = await http.get(`${search}&_format=xml`);
    const read = readXml(Buffer.from(xml.text.replaceAll('&amp;_format=xml', '')));
    expect(JSON.stringify(read)).toBe(page.text);
  });
});
