import { isId, parseReference, referencedType } from '../../src/fhir/reference.ts';

const baseUrls = ['https://here.test/fhir', 'https://here.test/t/a/fhir'];

test.each([
  ['Patient/p1', { kind: 'local', type: 'Patient', id: 'p1' }],
  ['Patient/p1/_history/3', { kind: 'local', type: 'Patient', id: 'p1', version: '3' }],
  ['https://here.test/fhir/Patient/p1', { kind: 'local', type: 'Patient', id: 'p1' }],
  [
    'https://here.test/t/a/fhir/Patient/p1/_history/2',
    { kind: 'local', type: 'Patient', id: 'p1', version: '2' },
  ],
  ['https://here.test/fhirish/Patient/p1', { kind: 'absolute', url: 'https://here.test/fhirish/Patient/p1' }],
  ['https://here.test/fhir/a/Patient/p1', { kind: 'absolute', url: 'https://here.test/fhir/a/Patient/p1' }],
  [
    'http://elsewhere.test/fhir/Patient/p1',
    { kind: 'absolute', url: 'http://elsewhere.test/fhir/Patient/p1' },
  ],
  ['#p1', { kind: 'fragment', id: 'p1' }],
  ['#', { kind: 'fragment', id: '' }],
  ['urn:uuid:3d1f', { kind: 'urn', urn: 'urn:uuid:3d1f' }],
  ['URN:oid:1.2', { kind: 'urn', urn: 'URN:oid:1.2' }],
])('%s', (text, parsed) => {
  expect(parseReference(text, baseUrls)).toEqual(parsed);
});

test.each([
  '',
  'p1',
  'patient/p1',
  'Patient/',
  'Patient/a b',
  '/Patient/p1',
  `Patient/${'x'.repeat(65)}`,
  'Patient?a=b',
])('%j is no reference', (text) => {
  expect(parseReference(text, baseUrls)).toBeUndefined();
});

test.each([
  ['Patient/p1', 'Patient'],
  ['http://elsewhere.test/fhir/Patient/p1/_history/2', 'Patient'],
  ['urn:uuid:1', undefined],
  ['#p1', undefined],
  ['http://elsewhere.test/fhir/Patient', undefined],
])('the type that %s names', (text, type) => {
  expect(referencedType(text)).toBe(type);
});

test('an id has 1 to 64 characters of its alphabet', () => {
  expect(['a', 'A-1.b', 'x'.repeat(64)].map(isId)).toEqual([true, true, true]);
  expect(['', 'a_b', 'é', 'x'.repeat(65), 'a\n'].map(isId)).toEqual([false, false, false, false, false]);
});
