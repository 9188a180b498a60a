import { loadDefinitions, resourceTypes } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { writeXml } from '../../src/fhir/xml/write.ts';
import { minimalResource } from '../support/minimal-resource.ts';

/** A request before it is sent; all headers in lower case. */
export interface FuzzRequest {
  method: string;
  /** Path and query below the base, as they stand in the request line. */
  url: string;
  headers: Record<string, string>;
  body?: Buffer;
}

const fhirJson = 'application/fhir+json';
const fhirXml = 'application/fhir+xml';

const patient = {
  resourceType: 'Patient',
  id: 'fuzz-1',
  active: true,
  name: [{ use: 'official', family: 'Noël-Brûlé', given: ['Zoé', 'Anaïs'] }],
  gender: 'female',
  birthDate: '1980-02-29',
  identifier: [{ system: 'urn:oid:1.2.3', value: '42' }],
  extension: [{ url: 'http://example.org/e', valueDecimal: 1.1 }],
  _birthDate: { extension: [{ url: 'http://example.org/t', valueDateTime: '1980-02-29T12:00:00+01:00' }] },
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>é &amp; è</p></div>' },
  contained: [{ resourceType: 'Organization', id: 'o', name: 'Hôpital' }],
  managingOrganization: { reference: '#o' },
};

const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }], text: 'Fréquence' },
  subject: { reference: 'Patient/fuzz-1' },
  effectiveDateTime: '2024-02-05T10:00:00+01:00',
  valueQuantity: { value: 72.5, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
};

const entries = [
  {
    fullUrl: 'urn:uuid:11111111-1111-4111-8111-111111111111',
    resource: patientWithout('id'),
    request: { method: 'POST', url: 'Patient' },
  },
  {
    resource: { ...observation, subject: { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' } },
    request: { method: 'POST', url: 'Observation', ifNoneExist: 'identifier=urn:x|never' },
  },
  { resource: { ...patient, id: 'fuzz-2' }, request: { method: 'PUT', url: 'Patient/fuzz-2' } },
  { request: { method: 'DELETE', url: 'Observation?identifier=urn:x|none' } },
  { request: { method: 'GET', url: 'Patient?family=no%C3%ABl&_count=2' } },
  {
    resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: 'W10=' },
    request: { method: 'PATCH', url: 'Patient/fuzz-1' },
  },
];

function patientWithout(element: string): object {
  return Object.fromEntries(Object.entries(patient).filter(([name]) => name !== element));
}

const bundle = (type: string) => ({ resourceType: 'Bundle', type, entry: entries });

const fhirPathPatch = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: 'Patient.gender' },
        { name: 'value', valueCode: 'male' },
      ],
    },
  ],
};

const searchParameter = {
  resourceType: 'SearchParameter',
  url: 'http://example.org/SearchParameter/patient-first-given',
  name: 'first-given',
  status: 'draft',
  description: 'x',
  code: 'first-given',
  base: ['Patient'],
  type: 'string',
  expression: 'Patient.name.given.first()',
};

const jsonPatch = [
  { op: 'test', path: '/resourceType', value: 'Patient' },
  { op: 'replace', path: '/active', value: false },
  { op: 'add', path: '/name/-', value: { family: 'X' } },
];

const xmlPatch =
  '<diff xmlns:f="http://hl7.org/fhir"><replace sel="f:Patient/f:gender/@value">male</replace></diff>';

/** URLs of reads and searches of every kind. */
const readings = [
  'Patient/fuzz-1',
  'Patient/fuzz-1/_history/1',
  'Patient/fuzz-1/_history?_count=2&_since=2020-01-01&_sort=_lastUpdated',
  'Patient/_history?_at=2024-01',
  '_history?_count=3',
  'metadata?mode=normative&_format=xml',
  'Patient?family=noel&given:exact=Zo%C3%A9&birthdate=ge1980&birthdate=lt2000-01-01T00:00:00Z&_sort=-birthdate,family&_count=3',
  'Patient?identifier=urn:oid:1.2.3%7C42&_total=accurate&_summary=true',
  'Patient?_has:Observation:patient:code=http://loinc.org%7C8867-4&_revinclude=Observation:subject',
  'Observation?subject:Patient.name=noel&_include=Observation:subject&_include:iterate=*&_elements=code,status',
  'Observation?value-quantity=gt70%7Chttp://unitsofmeasure.org%7C/min&code:text=fr&date=ap2024-02',
  'Observation?code-value-quantity=http://loinc.org%7C8867-4$gt1&status:not=draft&combo-code:missing=false',
  'Patient?_filter=name%20co%20%22no%22%20and%20(birthdate%20ge%201970%20or%20not(active%20eq%20true))',
  'Location?near=48.85%7C2.35%7C10%7Ckm&_sort=name',
  '?_type=Patient,Observation&_lastUpdated=gt2020&_id=fuzz-1',
  'Patient/fuzz-1/Observation?_count=5&code=8867-4',
  'Patient/fuzz-1/*?_type=Observation',
  'Patient/fuzz-1/$everything?_count=5&_type=Observation&start=2020',
  'Patient/fuzz-1/$meta',
  'Patient/fuzz-1/$graphql?query=%7Bid%20name%7Bfamily%7D%7D',
  '$graphql?query=%7BPatientList(family:%22no%22)%7Bid%7D%7D',
  'Patient?_text=bruit&_content=h%C3%B4pital&_contained=both&_containedType=contained',
  'Observation/$lastn?subject=Patient/fuzz-1&max=2',
  'ValueSet?url:below=http://example.org&_tag=urn:x%7Cy&_profile=http://example.org/p&_security:not=z',
];

const types = [...resourceTypes(loadDefinitions())].sort();

/** Requests that the server takes, one after the other the ground of mutations. */
export function corpus(): FuzzRequest[] {
  const json = (method: string, url: string, body: object, headers: Record<string, string> = {}) =>
    request(method, url, JSON.stringify(body), { 'content-type': fhirJson, ...headers });
  const xml = (method: string, url: string, body: object, headers: Record<string, string> = {}) =>
    request(method, url, writeXml(body as Resource), {
      'content-type': fhirXml,
      accept: fhirXml,
      ...headers,
    });
  const form = 'application/x-www-form-urlencoded';
  return [
    ...readings.map((url) => request('GET', url)),
    ...readings.slice(0, 4).map((url) => request('HEAD', url)),
    ...[json, xml].flatMap((write) => [
      write('POST', 'Patient', patient),
      write('POST', 'Patient', patient, {
        'if-none-exist': 'identifier=urn:oid:1.2.3|42',
        prefer: 'return=minimal',
      }),
      write('PUT', 'Patient/fuzz-1', patient, { prefer: 'return=OperationOutcome' }),
      write('PUT', 'Patient/fuzz-1', patient, { 'if-match': 'W/"1"' }),
      write('PUT', 'Patient?identifier=urn:oid:1.2.3%7C42', patientWithout('id')),
      write('POST', 'Observation', observation),
      write('POST', '', bundle('transaction'), { prefer: 'return=representation' }),
      write('POST', '', bundle('batch')),
      write('PATCH', 'Patient/fuzz-1', fhirPathPatch),
      write('POST', 'Patient/$validate', patient),
      write('POST', 'Patient/$match', {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: patientWithout('id') },
          { name: 'count', valueInteger: 3 },
        ],
      }),
      write('POST', 'SearchParameter', searchParameter),
      write('POST', 'Patient/fuzz-1/$meta-add', {
        resourceType: 'Parameters',
        parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'y' }] } }],
      }),
    ]),
    ...types.filter((_, index) => index % 6 === 0).map((type) => json('POST', type, minimalResource(type))),
    request('PATCH', 'Patient/fuzz-1', JSON.stringify(jsonPatch), {
      'content-type': 'application/json-patch+json',
    }),
    request('PATCH', 'Patient/fuzz-1', xmlPatch, { 'content-type': 'application/xml-patch+xml' }),
    request('DELETE', 'Patient/fuzz-2'),
    request('DELETE', 'Observation?identifier=urn:x%7Cnone', undefined, { 'x-cascade': 'delete' }),
    request('POST', 'Patient/_search', 'family=noel&_count=3&birthdate=ge1970', { 'content-type': form }),
    request('POST', 'Observation/_search?code=8867-4', '_sort=-date&_include=Observation:subject', {
      'content-type': form,
    }),
    request('OPTIONS', 'Patient/fuzz-1', undefined, {
      origin: 'http://localhost:5173',
      'access-control-request-method': 'PUT',
    }),
  ];
}

function request(
  method: string,
  url: string,
  body?: string,
  headers: Record<string, string> = {},
): FuzzRequest {
  return { method, url, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) };
}
