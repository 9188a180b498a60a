import type { Patient } from 'fhir/r4.d.ts';
import { created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const patient: Patient = { resourceType: 'Patient', birthDate: '1980-02-29' };

describe('read (http.html#read)', () => {
  test('answers the current version with its ETag and Last-Modified', async () => {
    const id = await created(http, patient);
    const answer = await http.get(`Patient/${id}`);
    const resource = answer.json<Patient>();
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/fhir+json; charset=utf-8');
    expect(resource).toMatchObject({ ...patient, id, meta: { versionId: '1' } });
    expect(answer.headers['etag']).toBe('W/"1"');
    const lastUpdated = Date.parse(resource.meta!.lastUpdated!);
    expect(Date.parse(answer.headers['last-modified']!)).toBe(Math.floor(lastUpdated / 1000) * 1000);
  });

  test('answers 404 for an id that was never used', async () => {
    const answer = await http.get('Patient/never-used');
    expect(answer.status).toBe(404);
    expect(issueOf(answer).code).toBe('not-found');
  });

  test('answers 404 for the id of a resource of another type', async () => {
    const id = await created(http, patient);
    expect((await http.get(`Practitioner/${id}`)).status).toBe(404);
  });

  test.each(['has_underscore', 'x'.repeat(65), 'é', '%20', "'%20or%20'1'='1"])(
    'answers 404 or 400 for %s, which is no id',
    async (id) => {
      const answer = await http.get(`Patient/${id}`);
      expect([400, 404]).toContain(answer.status);
      issueOf(answer);
    },
  );

  test('tells upper from lower case in types and ids', async () => {
    await http.put('Patient/CaseMatters', { ...patient, id: 'CaseMatters' });
    expect((await http.get('Patient/CaseMatters')).status).toBe(200);
    expect((await http.get('Patient/casematters')).status).toBe(404);
    expect((await http.get('patient/CaseMatters')).status).toBe(404);
  });

  test('answers the headers of a read, and no body, to HEAD', async () => {
    const id = await created(http, patient);
    const get = await http.get(`Patient/${id}`);
    const head = await http.send('HEAD', `Patient/${id}`);
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    for (const name of ['etag', 'last-modified', 'content-type', 'content-length']) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
  });

  test('answers 404 without body to HEAD of an id that was never used', async () => {
    const head = await http.send('HEAD', 'Patient/never-used');
    expect([head.status, head.text]).toEqual([404, '']);
  });
});

describe('vread (http.html#vread)', () => {
  test('answers each version as it was written', async () => {
    const id = await created(http, patient);
    await http.put(`Patient/${id}`, { ...patient, id, gender: 'female' });
    const first = await http.get(`Patient/${id}/_history/1`);
    const second = await http.get(`Patient/${id}/_history/2`);
    expect(first.status).toBe(200);
    expect(first.headers['etag']).toBe('W/"1"');
    expect(first.json<Patient>().gender).toBeUndefined();
    expect(second.json<Patient>()).toMatchObject({ gender: 'female', meta: { versionId: '2' } });
  });

  test('answers the same bytes as a read for the current version', async () => {
    const id = await created(http, patient);
    const read = await http.get(`Patient/${id}`);
    expect((await http.get(`Patient/${id}/_history/1`)).text).toBe(read.text);
  });

  test.each(['2', '0', '-1', '01', '1.0', 'abc', '9007199254740993'])(
    'answers 404 for version %s, which does not exist',
    async (version) => {
      const id = await created(http, patient);
      const answer = await http.get(`Patient/${id}/_history/${version}`);
      expect(answer.status).toBe(404);
      expect(issueOf(answer).code).toBe('not-found');
    },
  );

  test('answers 410 for the version that is the deletion, and earlier versions still', async () => {
    const id = await created(http, patient);
    await http.delete(`Patient/${id}`);
    const deletion = await http.get(`Patient/${id}/_history/2`);
    expect(deletion.status).toBe(410);
    expect(issueOf(deletion).code).toBe('deleted');
    expect((await http.get(`Patient/${id}/_history/1`)).status).toBe(200);
  });
});

describe('conditional read (http.html#cread)', () => {
  test('answers 304 without body when If-None-Match holds the current version', async () => {
    const id = await created(http, patient);
    const answer = await http.get(`Patient/${id}`, { 'If-None-Match': 'W/"1"' });
    expect([answer.status, answer.text]).toEqual([304, '']);
    expect(answer.headers['etag']).toBe('W/"1"');
  });

  test.each(['"1"', 'W/"7", W/"1"', '*'])('takes the If-None-Match header %s', async (header) => {
    const id = await created(http, patient);
    expect((await http.get(`Patient/${id}`, { 'If-None-Match': header })).status).toBe(304);
  });

  test('answers the resource when If-None-Match holds another version', async () => {
    const id = await created(http, patient);
    await http.put(`Patient/${id}`, { ...patient, id });
    const answer = await http.get(`Patient/${id}`, { 'If-None-Match': 'W/"1"' });
    expect([answer.status, answer.headers['etag']]).toEqual([200, 'W/"2"']);
  });

  test('answers 304 when If-Modified-Since is the Last-Modified of the resource', async () => {
    const id = await created(http, patient);
    const { headers } = await http.get(`Patient/${id}`);
    const since = { 'If-Modified-Since': headers['last-modified']! };
    expect((await http.get(`Patient/${id}`, since)).status).toBe(304);
  });

  test('answers the resource when it changed after If-Modified-Since', async () => {
    const id = await created(http, patient);
    const since = { 'If-Modified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' };
    expect((await http.get(`Patient/${id}`, since)).status).toBe(200);
  });

  test('ignores an If-Modified-Since that is no date of HTTP (RFC 9110, 13.1.3)', async () => {
    const id = await created(http, patient);
    for (const since of ['yesterday', '2100-01-01', '2100-01-01T00:00:00Z']) {
      expect((await http.get(`Patient/${id}`, { 'If-Modified-Since': since })).status).toBe(200);
    }
  });

  test('lets If-None-Match go before If-Modified-Since (RFC 9110, 13.1.3)', async () => {
    const id = await created(http, patient);
    const { headers } = await http.get(`Patient/${id}`);
    const both = { 'If-None-Match': 'W/"9"', 'If-Modified-Since': headers['last-modified']! };
    expect((await http.get(`Patient/${id}`, both)).status).toBe(200);
  });

  test('answers 410, not 304, for a deleted resource', async () => {
    const id = await created(http, patient);
    await http.delete(`Patient/${id}`);
    expect((await http.get(`Patient/${id}`, { 'If-None-Match': 'W/"2"' })).status).toBe(410);
  });
});
