import fc from 'fast-check';
import {
  namedScopes,
  type Permission,
  parseScope,
  parseScopes,
  permissions,
  type ResourceScope,
  scopeText,
} from '../../src/access/scopes.ts';

/** The letters of a resource scope. */
function letters(text: string): string | undefined {
  const scope = parseScope(text);
  return scope?.kind === 'resource' ? [...scope.permissions].join('') : undefined;
}

describe('scopes of SMART App Launch 1', () => {
  test.each([
    ['patient/Observation.read', 'rs'],
    ['user/Observation.write', 'cud'],
    ['system/*.*', 'cruds'],
    ['patient/*.read', 'rs'],
  ])('%s grants %s', (text, expected) => expect(letters(text)).toBe(expected));

  test('take no search parameters', () => {
    expect(parseScope('patient/Observation.read?category=laboratory')).toBeUndefined();
    expect(parseScope('patient/Observation.*?category=laboratory')).toBeUndefined();
  });
});

describe('scopes of SMART App Launch 2', () => {
  test.each(['c', 'r', 'u', 'd', 's', 'rs', 'cud', 'cruds', 'cs'])('takes the letters %s', (text) =>
    expect(letters(`user/Patient.${text}`)).toBe(text),
  );

  test.each([
    'patient/Observation.sr',
    'patient/Observation.rr',
    'patient/Observation.',
    'patient/Observation',
    'patient/Observation.x',
    'patient/observation.rs',
    'Patient/Observation.rs',
    'patient/Observation.rs?',
    'patient/Observation.rs?category',
    'patient/Observation.rs?=x',
    'patient/Observation.RS',
    'patient/Observation.rs x',
    'patient//Observation.rs',
    'launch/practitioner',
    'OpenID',
    '',
  ])('%j is no scope', (text) => expect(parseScope(text)).toBeUndefined());

  test('keep their search parameters, decoded and in order, with several values', () => {
    const system = 'http://terminology.hl7.org/CodeSystem/observation-category';
    const scope = parseScope(
      `patient/Observation.rs?category=${encodeURIComponent(system)}|laboratory,vital-signs&status=final&status=amended`,
    );
    expect(scope).toMatchObject({
      level: 'patient',
      type: 'Observation',
      query: [
        ['category', `${system}|laboratory,vital-signs`],
        ['status', 'final'],
        ['status', 'amended'],
      ],
    });
  });

  test('a category may be written without percent encoding', () => {
    const scope = parseScope('patient/Observation.rs?category=http://example.org/c|laboratory');
    expect(scope).toMatchObject({ query: [['category', 'http://example.org/c|laboratory']] });
  });
});

test.each(namedScopes)('%s is a scope that names no data', (name) => {
  expect(parseScope(name)).toEqual({ kind: 'named', name, text: name });
});

test('of a list what is no scope is left out, and what comes twice comes once', () => {
  const scopes = parseScopes(' openid  patient/*.rs bogus patient/*.rs launch/patient\topenid');
  expect(scopes.map(({ text }) => text)).toEqual(['openid', 'patient/*.rs']);
});

const resourceScope = fc.record({
  level: fc.constantFrom('patient', 'user', 'system') as fc.Arbitrary<ResourceScope['level']>,
  type: fc.constantFrom('*', 'Patient', 'Observation', 'MedicationRequest'),
  permissions: fc
    .subarray([...permissions], { minLength: 1 })
    .map((granted): ReadonlySet<Permission> => new Set(granted)),
  query: fc.array(
    fc.tuple(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.string({ minLength: 1, unit: 'grapheme' })),
    {
      maxLength: 3,
    },
  ),
});

test('what is written is read again, and stands in a list of scopes', () => {
  fc.assert(
    fc.property(resourceScope, (given) => {
      const text = scopeText(given);
      expect(parseScope(text)).toEqual({ kind: 'resource', ...given, text });
      expect(parseScopes(`openid ${text} launch`)[1]).toMatchObject({ text });
    }),
  );
});

test('no text makes the reader fail', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const scope = parseScope(`patient/Observation.rs?${text}`);
      if (scope?.kind === 'resource') expect(scope.query.length).toBeGreaterThan(0);
    }),
  );
});
