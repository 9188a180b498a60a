import type { Patient } from 'fhir/r4.d.ts';
import { created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const patient: Patient = { resourceType: 'Patient', name: [{ family: 'Désirée' }] };
const fhirJson = 'application/fhir+json; charset=utf-8';
const fhirXml = 'application/fhir+xml; charset=utf-8';

describe('the format of answers (http.html#mime-type)', () => {
  test.each([
    'application/fhir+json',
    'application/json',
    'application/*',
    '*/*',
    'text/html, application/fhir+json;q=0.1',
    'application/fhir+xml;q=0.5, application/fhir+json;q=0.9',
    'application/fhir+json, application/fhir+xml',
    'application/fhir+json, */*',
    'application/fhir+xml;q=0, */*',
    'application/fhir+xml; fhirVersion=5.0, application/fhir+json;q=0.1',
    'application/fhir+json; fhirVersion=4.0',
    'APPLICATION/FHIR+JSON',
  ])('is JSON for Accept: %s', async (accept) => {
    const answer = await http.get('Patient', { Accept: accept });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, fhirJson]);
  });

  test.each([
    'text/html',
    'application/fhir+turtle',
    'application/fhir+ndjson',
    'application/fhir+json;q=0',
    'application/fhir+json;q=0.000',
    'application/fhir+json; fhirVersion=5.0',
    'image/*',
  ])('is not to be had for Accept: %s, which is answered 406', async (accept) => {
    const answer = await http.get('Patient', { Accept: accept });
    expect([answer.status, answer.headers['content-type']]).toEqual([406, fhirJson]);
    issueOf(answer);
  });

  test.each([
    'application/fhir+xml',
    'application/xml',
    'text/xml',
    'application/xml+fhir',
    'Application/FHIR+XML; fhirVersion=4.0',
    'text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8',
    'application/fhir+json;q=0.5, application/fhir+xml;q=0.9',
    'application/fhir+xml, application/fhir+json',
    'application/fhir+xml, */*;q=0.1',
    '*/*, application/xml',
    'application/fhir+json;q=0, application/json;q=0, text/json;q=0, */*',
  ])('is XML for Accept: %s', async (accept) => {
    const answer = await http.get('Patient', { Accept: accept });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, fhirXml]);
    expect(answer.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?><Bundle xmlns="http:\/\/hl7.org\/fhir">/,
    );
  });

  test.each([
    'application/fhir+json;q=0, application/fhir+xml;q=0, */*',
    'application/*;q=0, text/*;q=0, */*',
  ])('is not to be had where a wildcard accepts but both formats are refused: %s', async (accept) => {
    expect((await http.get('Patient', { Accept: accept })).status).toBe(406);
  });

  test.each(['xml', 'text/xml', 'application/xml', 'application/fhir%2Bxml', 'application/fhir+xml'])(
    'is XML for _format=%s over the Accept header',
    async (format) => {
      const answer = await http.get(`Patient?_format=${format}`, { Accept: 'application/fhir+json' });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, fhirXml]);
    },
  );

  test.each(['json', 'application/json', 'application/fhir%2Bjson', 'application/fhir+json'])(
    'follows _format=%s over the Accept header',
    async (format) => {
      const answer = await http.get(`Patient?_format=${format}`, { Accept: 'text/html' });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, fhirJson]);
    },
  );

  test.each(['ttl', 'text/html', 'nonsense', 'ndjson', 'application/fhir%2Bndjson'])(
    'answers 406 to _format=%s',
    async (format) => {
      const answer = await http.get(`Patient?_format=${format}`);
      expect(answer.status).toBe(406);
      issueOf(answer);
    },
  );

  test('is checked before anything is written', async () => {
    const answer = await http.put('Patient/refused', { ...patient, id: 'refused' }, { Accept: 'text/html' });
    expect(answer.status).toBe(406);
    expect((await http.get('Patient/refused')).status).toBe(404);
  });

  test('is checked on reads of instances, history and metadata alike', async () => {
    const id = await created(http, patient);
    for (const path of [`Patient/${id}`, `Patient/${id}/_history`, `Patient/${id}/_history/1`, 'metadata']) {
      expect((await http.get(path, { Accept: 'image/png' })).status).toBe(406);
      expect((await http.get(`${path}?_format=json`, { Accept: 'image/png' })).status).toBe(200);
    }
  });
});

describe('the format of bodies (http.html#mime-type)', () => {
  test.each([
    'application/fhir+json',
    'application/json',
    'application/fhir+json; charset=UTF-8',
    'application/fhir+json; charset="utf-8"; fhirVersion=4.0',
    'Application/FHIR+JSON',
  ])('may be %s', async (type) => {
    const answer = await http.post('Patient', patient, { 'Content-Type': type });
    expect(answer.status).toBe(201);
    expect(answer.json<Patient>().name).toEqual(patient.name);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/fhir+turtle',
    'application/fhir+ndjson',
    'application/fhir+jsonx',
    'application/fhir+json; charset=iso-8859-1',
    'application/fhir+json; charset=utf-16',
  ])('may not be %s: 415', async (type) => {
    const answer = await http.post('Patient', patient, { 'Content-Type': type });
    expect(answer.status).toBe(415);
    issueOf(answer);
  });

  test('may not be without a Content-Type: 415', async () => {
    const response = await fetch(`${http.base}/Patient`, {
      method: 'POST',
      body: Buffer.from(JSON.stringify(patient)),
    });
    expect(response.status).toBe(415);
  });

  test('may not be in a content coding that the server does not know: 415', async () => {
    const answer = await http.post('Patient', patient, { 'Content-Encoding': 'x-unknown' });
    expect([answer.status, answer.headers['accept-encoding']]).toEqual([415, 'gzip, deflate, br']);
    issueOf(answer);
  });

  test('may not be of another version of FHIR: 415', async () => {
    const type = 'application/fhir+json; fhirVersion=3.0';
    const answer = await http.post('Patient', patient, { 'Content-Type': type });
    expect(answer.status).toBe(415);
    issueOf(answer);
  });
});
