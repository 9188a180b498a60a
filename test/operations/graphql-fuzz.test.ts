import fc from 'fast-check';
import { serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

beforeAll(async () => {
  await http.put('Patient/p', {
    resourceType: 'Patient',
    id: 'p',
    active: true,
    name: [{ use: 'official', family: 'A', given: ['B', 'C'] }, { family: 'D' }],
    contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }],
    managingOrganization: { reference: '#o' },
  });
  await http.put('Observation/o', {
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p' },
  });
});

const parts = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    '$',
    '@',
    '...',
    '!',
    '=',
    '"',
    '""',
    '\\',
    '#',
    '|',
    ',',
    '\u0000',
    '😀',
  ],
  ...[
    'name',
    'family',
    'given',
    'id',
    'resource',
    'contained',
    'managingOrganization',
    '__typename',
    '_name',
  ],
  ...['PatientList', 'PatientConnection', 'ObservationList', 'edges', 'count', 'next', 'cursor', 'Patient'],
  ...[
    '_reference',
    'subject',
    'fhirpath',
    '_count',
    '_offset',
    '_sort',
    '_id',
    '_filter',
    '_has',
    'optional',
  ],
  ...[
    'first',
    'singleton',
    'flatten',
    'slice',
    'path',
    'skip',
    'include',
    'if',
    'on',
    'query',
    'fragment',
    'null',
  ],
  ...[
    'true',
    '-1',
    '0',
    '1e99',
    '99999999999999999999',
    '"$index"',
    '"family.exists()"',
    '"a.b("',
    '"__proto__"',
  ],
  ...['__proto__', 'constructor', 'toString', 'type', '{ id }', '@flatten { id }', '(id: p)', 'x:'],
];

const wellFormed = [
  '{ name(use: official, _count: 1) @flatten @slice(path: "use") { given @first family @singleton } }',
  '{ managingOrganization { resource(optional: true, type: Organization) { name ... on Patient { id } } } }',
  '{ PatientConnection(_count: 1, name: "a") { count next edges { mode resource { id name { family } } } } }',
  'query q($a: Int = 1) { ObservationList(_reference: subject, _count: $a) { ...F } } fragment F on Observation { id }',
];

const mutated = fc
  .tuple(
    fc.constantFrom(...wellFormed),
    fc.array(fc.tuple(fc.nat(120), fc.nat(12), fc.constantFrom(...parts)), { minLength: 1, maxLength: 4 }),
  )
  .map(([query, changes]) =>
    changes.reduce((text, [at, cut, part]) => `${text.slice(0, at)} ${part} ${text.slice(at + cut)}`, query),
  );
const random = fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((found) => found.join(' '));

test('no query makes the server fail: each has data, or errors of the caller', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(mutated, random).map((query) => query.toWellFormed()),
      fc.constantFrom('', 'Patient/p/'),
      async (query, path) => {
        const answer = await http.post(`${path}$graphql`, { query }, { 'Content-Type': 'application/json' });
        const { data, errors } = answer.json<{ data: unknown; errors?: { message: string }[] }>();
        expect([query, answer.status >= 500]).toEqual([query, false]);
        expect([query, data === null, answer.status === 200]).toEqual([
          query,
          errors !== undefined,
          errors === undefined,
        ]);
      },
    ),
    { numRuns: 1000 },
  );
});
