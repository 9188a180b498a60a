import fc from 'fast-check';
import type { Resource } from '../../src/fhir/resource.ts';
import { canonicalUnit } from '../../src/search/ucum.ts';
import { finds } from '../support/search.ts';

const ucum = 'http://unitsofmeasure.org';

function measured(value: number, code: string, system = ucum): Resource {
  return { resourceType: 'Observation', valueQuantity: { value, system, code } };
}

test.each<[string, Resource, boolean]>([
  [`0.005|${ucum}|g`, measured(5, 'mg'), true],
  [`5|${ucum}|mg`, measured(0.005, 'g'), true],
  [`5.0|${ucum}|mg`, measured(0.00504, 'g'), true],
  [`5.0|${ucum}|mg`, measured(0.00506, 'g'), false],
  [`gt4.9|${ucum}|mmol/L`, measured(0.005, 'mol/L'), true],
  [`98.6|${ucum}|[degF]`, measured(37, 'Cel'), true],
  [`gt38|${ucum}|Cel`, measured(101, '[degF]'), true],
  [`gt39|${ucum}|Cel`, measured(101, '[degF]'), false],
  [`120|${ucum}|mm[Hg]`, measured(16, 'kPa'), true],
  [`5|${ucum}|mg`, measured(5, 'mL'), false],
  [`5|${ucum}|mg`, measured(5, 'mg', 'urn:other'), false],
  ['5||mg', measured(0.005, 'g'), false],
  ['5||mg', measured(5, 'mg'), true],
  ['5', measured(5, 'mg'), true],
  [`7|${ucum}|[pH]`, measured(7, '[pH]'), true],
  [`7|${ucum}|[IU]/L`, measured(7, '[IU]/L'), true],
  [`7|${ucum}|nonsense`, measured(7, 'nonsense'), true],
  [`7|${ucum}|nonsense`, measured(7, 'mg'), false],
])('value-quantity=%s', (value, resource, expected) => {
  expect(finds(`Observation?value-quantity=${encodeURIComponent(value)}`, resource)).toBe(expected);
});

test('ranges are compared in base units at both ends', () => {
  const condition: Resource = {
    resourceType: 'Condition',
    onsetRange: { low: { value: 1, system: ucum, code: 'a' }, high: { value: 2, system: ucum, code: 'a' } },
  };
  expect(finds(`Condition?onset-age=gt23|${ucum}|mo`, condition)).toBe(true);
  expect(finds(`Condition?onset-age=gt25|${ucum}|mo`, condition)).toBe(false);
});

test('a quantity is found by itself in any metric unit, and by no other', () => {
  const units = [
    ['mg', -3],
    ['g', 0],
    ['kg', 3],
    ['ug', -6],
  ] as const;
  const unit = fc.constantFrom(...units);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      unit,
      unit,
      fc.boolean(),
      (digits, [own, power], [asked, to], other) => {
        const exponent = power - to;
        const resource = measured(other ? digits + 1 : digits, own);
        // All digits are significant, so half a unit of the last one separates neighbours.
        const value = `${digits}e${exponent}`;
        expect(finds(`Observation?value-quantity=${value}|${ucum}|${asked}`, resource)).toBe(!other);
      },
    ),
  );
});

test('what has no linear way to base units has no canonical form', () => {
  for (const code of ['[IU]', '[pH]', 'nonsense', '', 'm'.repeat(100)])
    expect(canonicalUnit(code)).toBeUndefined();
  expect(canonicalUnit('kg/m2')?.unit).toBe('g.m-2');
  expect(canonicalUnit('%')?.unit).toBe('1');
  expect(canonicalUnit('Cel')?.convert(37)).toBe(310.15);
});

test('what is no unit leaves no trace on the console', () => {
  const { log } = console;
  const said: unknown[] = [];
  console.log = (text) => said.push(text);
  try {
    for (const code of ['m g', 'Dupont Zoé', 'kg\n', '()', '{x}3', 'khasOwnProperty']) canonicalUnit(code);
  } finally {
    console.log = log;
  }
  expect(said).toEqual([]);
});
