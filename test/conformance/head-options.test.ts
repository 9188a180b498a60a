import type { Patient } from 'fhir/r4.d.ts';
import { created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
let patient: string;

beforeAll(async () => {
  patient = await created(http, { resourceType: 'Patient', active: true } as Patient);
});

describe('HEAD (http.html#read)', () => {
  test('answers as GET does, without the body, wherever GET works', async () => {
    const paths = ['', '/_history', '/_history/1'].map((end) => `Patient/${patient}${end}`);
    for (const path of [...paths, 'Patient', 'Patient?_summary=true', 'Patient?_format=xml', 'metadata']) {
      const get = await http.get(path, { 'Accept-Encoding': 'identity' });
      const head = await http.send('HEAD', path, { headers: { 'Accept-Encoding': 'identity' } });
      expect([path, head.status, head.text]).toEqual([path, 200, '']);
      for (const header of ['content-type', 'content-length', 'etag', 'last-modified', 'vary']) {
        expect([path, header, head.headers[header]]).toEqual([path, header, get.headers[header]]);
      }
    }
  });

  test('tells no length that GET would not have', async () => {
    const path = 'metadata?_elements=rest';
    const head = await http.send('HEAD', path, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(head.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(head.headers).not.toHaveProperty('content-length');
  });

  test('answers refusals as GET does', async () => {
    for (const path of ['Patient/unknown', 'Nothing', 'Patient?_sort=nothing', 'Patient?_summary=x']) {
      const head = await http.send('HEAD', path);
      expect([path, head.status, head.text]).toEqual([path, (await http.get(path)).status, '']);
    }
  });

  test('is conditional', async () => {
    const headers = { 'If-None-Match': 'W/"1"' };
    expect((await http.send('HEAD', `Patient/${patient}`, { headers })).status).toBe(304);
  });
});

describe('OPTIONS (RFC 9110, 9.3.7)', () => {
  const allowed = async (path: string) => {
    const answer = await http.send('OPTIONS', path);
    expect([path, answer.status, answer.text]).toEqual([path, 204, '']);
    return answer.headers['allow']!.split(', ');
  };

  test('names the methods of an address', async () => {
    expect(await allowed('metadata')).toEqual(['GET', 'HEAD', 'OPTIONS']);
    expect(await allowed('Patient')).toEqual(['GET', 'HEAD', 'POST', 'OPTIONS']);
    expect(await allowed(`Patient/${patient}/_history`)).toEqual(['GET', 'HEAD', 'OPTIONS']);
    expect(await allowed(`Patient/${patient}/$everything`)).toEqual(['GET', 'HEAD', 'POST', 'OPTIONS']);
    expect(await allowed(`Patient/${patient}/$meta-add`)).toEqual(['POST', 'OPTIONS']);
    expect((await http.send('OPTIONS', `Patient/${patient}/$nothing`)).status).toBe(404);
    expect(await allowed('Patient/_search')).toContain('POST');
    expect(await allowed('')).toContain('POST');
    const instance = await allowed(`Patient/${patient}`);
    expect(instance).toEqual(expect.arrayContaining(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']));
    expect(instance).not.toContain('POST');
  });

  test('says the same as Allow of a refusal', async () => {
    const refused = await http.send('POST', `Patient/${patient}`);
    expect(refused.status).toBe(405);
    const fromRefusal = refused.headers['allow']!.split(', ');
    expect((await allowed(`Patient/${patient}`)).toSorted()).toEqual([...fromRefusal, 'OPTIONS'].toSorted());
  });

  test('names the patches that an address takes (RFC 5789, 3.1)', async () => {
    const patches =
      'application/json-patch+json, application/xml-patch+xml, application/fhir+json, application/fhir+xml';
    const options = await http.send('OPTIONS', `Patient/${patient}`);
    expect(options.headers['accept-patch']).toBe(patches);
    expect((await http.send('OPTIONS', 'metadata')).headers).not.toHaveProperty('accept-patch');
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    const refused = await http.send('PATCH', `Patient/${patient}`, { headers, body: {} });
    expect([refused.status, refused.headers['accept-patch']]).toEqual([415, patches]);
  });

  test('runs nothing', async () => {
    await allowed(`Patient/${patient}`);
    expect((await http.get(`Patient/${patient}`)).status).toBe(200);
  });

  test('is answered 404 where there is nothing', async () => {
    const answer = await http.send('OPTIONS', 'Nothing');
    expect([answer.status, issueOf(answer).code]).toEqual([404, 'not-found']);
  });
});
