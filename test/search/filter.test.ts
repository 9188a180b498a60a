import fc from 'fast-check';
import { FhirError } from '../../src/fhir/error.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { evaluate } from '../support/evaluate.ts';
import { candidate, finds, parse, parseQuery } from '../support/search.ts';

const patient: Resource = {
  resourceType: 'Patient',
  id: 'p',
  name: [{ family: 'Dupont', given: ['Élodie'] }],
  birthDate: '1980-05-02',
  gender: 'female',
  identifier: [{ system: 'urn:x', value: 'a,b c' }],
  managingOrganization: { reference: 'Organization/o' },
};

const observation: Resource = {
  resourceType: 'Observation',
  id: 'w',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  valueQuantity: { value: 72.5, unit: 'kg' },
  subject: { reference: 'Patient/p' },
};

const valueSet: Resource = { resourceType: 'ValueSet', url: 'http://example.org/fhir/ValueSet/a' };
const organization: Resource = { resourceType: 'Organization', id: 'o', name: 'CHU' };

function meets(resource: Resource, filter: string, others: readonly Resource[] = []): boolean {
  const { expression } = parseQuery(resource.resourceType, [['_filter', filter]]);
  return evaluate(expression, candidate(resource), others.map(candidate));
}

test.each<[Resource, string, boolean]>([
  [patient, 'given eq "elodie"', true],
  [patient, 'given eq elo', false],
  [patient, 'given sw elo', true],
  [patient, 'given co "LOD"', true],
  [patient, 'name eq dupont', true],
  [patient, 'given ne elodie', false],
  [patient, 'birthdate ge 1980 and birthdate lt 1981', true],
  [patient, 'birthdate gt 1980-06', false],
  [patient, 'gender eq male or given eq elodie', true],
  [patient, 'gender eq male or gender eq female and birthdate lt 1970', false],
  [patient, '(gender eq male or gender eq female) and birthdate lt 1990', true],
  [patient, 'not (gender eq male)', true],
  [patient, 'not(gender eq female)', false],
  [patient, 'gender ne male', true],
  [patient, 'gender in http://hl7.org/fhir/ValueSet/administrative-gender', true],
  [patient, 'gender ni http://hl7.org/fhir/ValueSet/administrative-gender', false],
  [patient, 'gender pr true', true],
  [patient, 'email pr false', true],
  [patient, 'identifier eq "urn:x|a,b c"', true],
  [patient, '_id eq p', true],
  [patient, 'organization re Organization/o', true],
  [patient, 'organization ne Organization/o', false],
  [patient, 'organization.name eq chu', true],
  [patient, 'organization.name eq other', false],
  [patient, '_has:Observation:patient:code eq 29463-7', true],
  [observation, 'code eq http://loinc.org|29463-7 and value-quantity gt 70', true],
  [observation, 'value-quantity lt 70', false],
  [valueSet, 'url sb http://example.org/fhir', true],
  [valueSet, 'url ss http://example.org/fhir', false],
])('%#: %p', (resource, filter, expected) => {
  expect(meets(resource, filter, [patient, observation, organization])).toBe(expected);
});

test('goes along with other criteria', () => {
  expect(finds('Patient?_filter=gender eq female&family=dup', patient)).toBe(true);
  expect(finds('Patient?_filter=gender eq female&family=mar', patient)).toBe(false);
});

test.each([
  ['value', 'gender'],
  ['value', 'gender eq'],
  ['value', '(gender eq male'],
  ['value', 'gender eq male)'],
  ['value', 'gender eq male gender eq female'],
  ['value', 'given eq "open'],
  ['value', 'unknown eq 1'],
  ['value', 'birthdate eq yesterday'],
  ['value', 'gender pr maybe'],
  ['not-supported', 'gender co male'],
  ['not-supported', 'birthdate po 1980'],
  ['not-supported', 'family xx dup'],
  ['too-costly', Array(51).fill('gender eq male').join(' or ')],
  ['too-costly', `${'('.repeat(17)}gender eq male${')'.repeat(17)}`],
])('%s: %s is refused, lenient or not', (code, filter) => {
  for (const strict of [true, false]) {
    try {
      parseQuery('Patient', [['_filter', filter]], { strict });
    } catch (error) {
      expect(error).toBeInstanceOf(FhirError);
      expect((error as FhirError).status).toBe(400);
      expect((error as FhirError).issues[0]?.code).toBe(code);
      continue;
    }
    throw new Error('not refused');
  }
});

test('and, or and not mean what they mean in a plain model', () => {
  const codes = ['a', 'b', 'c'];
  interface Model {
    text: string;
    holds: (own: readonly string[]) => boolean;
  }
  const { filter } = fc.letrec<{ filter: Model }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...codes).map((code) => ({
        text: `identifier eq ${code}`,
        holds: (own: readonly string[]) => own.includes(code),
      })),
      fc.tuple(tie('filter'), tie('filter'), fc.boolean()).map(([a, b, both]) => ({
        text: `(${a.text}) ${both ? 'and' : 'or'} (${b.text})`,
        holds: (own: readonly string[]) =>
          both ? a.holds(own) && b.holds(own) : a.holds(own) || b.holds(own),
      })),
      tie('filter').map((a) => ({
        text: `not (${a.text})`,
        holds: (own: readonly string[]) => !a.holds(own),
      })),
    ),
  }));
  fc.assert(
    fc.property(filter, fc.subarray(codes), ({ text, holds }, own) => {
      const resource: Resource = { resourceType: 'Patient', identifier: own.map((value) => ({ value })) };
      expect(meets(resource, text)).toBe(holds(own));
    }),
  );
});

test('a quoted text keeps what looks like syntax', () => {
  const odd: Resource = { resourceType: 'Patient', name: [{ family: 'and (or) "x" \\ not' }] };
  expect(meets(odd, 'family eq "and (or) \\"x\\" \\\\ not"')).toBe(true);
  expect(parse('Patient?_filter=family eq "a b"').applied).toHaveLength(1);
});
