import fc from 'fast-check';
import type { Resource } from '../../src/fhir/resource.ts';
import { definitions, finds, parameters, parse } from '../support/search.ts';

const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';

function coded(...codes: string[]) {
  return { coding: codes.map((code) => ({ system: loinc, code })) };
}

const pressure: Resource = {
  resourceType: 'Observation',
  code: coded('85354-9'),
  component: [
    { code: coded('8480-6'), valueQuantity: { value: 120, unit: 'mmHg', system: ucum, code: 'mm[Hg]' } },
    { code: coded('8462-4'), valueQuantity: { value: 80, unit: 'mmHg', system: ucum, code: 'mm[Hg]' } },
  ],
};

const weight: Resource = {
  resourceType: 'Observation',
  code: { coding: [{ system: loinc, code: '29463-7' }, { code: 'local' }] },
  valueQuantity: { value: 72.5, unit: 'kg', system: ucum, code: 'kg' },
};

const sequence: Resource = {
  resourceType: 'MolecularSequence',
  coordinateSystem: 1,
  referenceSeq: {
    chromosome: { coding: [{ system: 'http://chromosome', code: '1' }] },
    referenceSeqId: { coding: [{ code: 'NC_1' }] },
    windowStart: 100,
    windowEnd: 500,
  },
  variant: [{ start: 128, end: 130 }, { start: 300, end: 340 }, { start: 900 }],
};

describe('composite parameters of three components', () => {
  test.each<[string, boolean]>([
    ['chromosome-variant-coordinate=1$gt123$lt345', true],
    ['chromosome-variant-coordinate=1$128$130', true],
    ['chromosome-variant-coordinate=1$128$340', false],
    ['chromosome-variant-coordinate=1$lt345$gt123', true],
    ['chromosome-variant-coordinate=1$ge128$le128', false],
    ['chromosome-variant-coordinate=1$ne128$le340', true],
    ['chromosome-variant-coordinate=1$900$gt1', false],
    ['chromosome-variant-coordinate=2$gt123$lt345', false],
    ['chromosome-variant-coordinate=2$gt123$lt345,1$300$340', true],
    ['chromosome-variant-coordinate=http://chromosome|1$300$340', true],
    ['chromosome-variant-coordinate=|1$300$340', false],
    ['chromosome-window-coordinate=1$100$500', true],
    ['chromosome-window-coordinate=1$128$130', false],
    ['chromosome-window-coordinate=1$le128$ge130', true],
    ['referenceseqid-window-coordinate=NC_1$le128$ge130', true],
    ['referenceseqid-variant-coordinate=NC_1$128$130', true],
    ['referenceseqid-variant-coordinate=NC_2$128$130', false],
  ])('MolecularSequence?%s: %s', (query, expected) => {
    expect(finds(`MolecularSequence?${query}`, sequence)).toBe(expected);
  });
});

describe(':missing', () => {
  const near = { resourceType: 'Location', position: { latitude: 1, longitude: 2 } };
  test.each<[string, Resource, boolean]>([
    ['Observation?component-code-value-quantity:missing=false', pressure, true],
    ['Observation?component-code-value-quantity:missing=true', pressure, false],
    ['Observation?code-value-quantity:missing=true', pressure, true],
    ['Observation?combo-code-value-quantity:missing=true', pressure, false],
    ['Observation?combo-code-value-quantity:missing=false', weight, true],
    [
      'Observation?combo-code-value-quantity:missing=true',
      { resourceType: 'Observation', code: coded('x') },
      true,
    ],
    ['MolecularSequence?chromosome-variant-coordinate:missing=false', sequence, true],
    [
      'MolecularSequence?chromosome-variant-coordinate:missing=true',
      { resourceType: 'MolecularSequence', variant: [{ start: 1, end: 2 }] },
      true,
    ],
    ['Location?near:missing=true', near, false],
    ['Location?near:missing=false', near, true],
    ['Location?near:missing=true', { resourceType: 'Location' }, true],
  ])('%s on %#', (query, resource, expected) => {
    expect(finds(query, resource)).toBe(expected);
  });
});

describe('composite parameters', () => {
  test.each<[string, Resource, boolean]>([
    ['component-code-value-quantity=8480-6$120', pressure, true],
    ['component-code-value-quantity=8480-6$80', pressure, false],
    ['component-code-value-quantity=http://loinc.org|8462-4$lt90', pressure, true],
    ['component-code-value-quantity=http://other.org|8462-4$lt90', pressure, false],
    ['component-code-value-quantity=|8462-4$lt90', pressure, false],
    ['combo-code-value-quantity=8480-6$gt100||mmHg', pressure, true],
    ['combo-code-value-quantity=8480-6$gt130,8462-4$gt70', pressure, true],
    ['code-value-quantity=8480-6$120', pressure, false],
    ['code-value-quantity=29463-7$72.5', weight, true],
    ['code-value-quantity=29463-7$72500|http://unitsofmeasure.org|g', weight, true],
    ['code-value-quantity=29463-7$72|http://unitsofmeasure.org|g', weight, false],
    ['code-value-quantity=local$ge72', weight, true],
    ['code-value-quantity=|local$ge72', weight, true],
    ['code-value-quantity=|29463-7$ge72', weight, false],
    ['combo-code-value-quantity=29463-7$72.5', weight, true],
  ])('Observation?%s on %#: %s', (query, resource, expected) => {
    expect(finds(`Observation?${query}`, resource)).toBe(expected);
  });

  test('second components of each kind', () => {
    const observation = { resourceType: 'Observation', code: coded('c') };
    const text: Resource = { ...observation, valueString: 'Éosinophiles' };
    expect(finds('Observation?code-value-string=c$eosino', text)).toBe(true);
    expect(finds('Observation?code-value-string=c$x', text)).toBe(false);
    const concept: Resource = { ...observation, valueCodeableConcept: coded('A+') };
    expect(finds('Observation?code-value-concept=c$http://loinc.org|A%2B', concept)).toBe(true);
    expect(finds('Observation?combo-code-value-concept=c$A-', concept)).toBe(false);
    for (const value of [
      { valueDateTime: '2024-02-03' },
      { valuePeriod: { start: '2024-02-01', end: '2024-02-05' } },
    ]) {
      const dated: Resource = { ...observation, ...value };
      expect(finds('Observation?code-value-date=c$2024-02', dated)).toBe(true);
      expect(finds('Observation?code-value-date=c$gt2024-03', dated)).toBe(false);
    }
    const replacing: Resource = {
      resourceType: 'DocumentReference',
      relatesTo: [
        { code: 'replaces', target: { reference: 'DocumentReference/old' } },
        { code: 'signs', target: { reference: 'DocumentReference/letter' } },
      ],
    };
    expect(finds('DocumentReference?relationship=replaces$DocumentReference/old', replacing)).toBe(true);
    expect(finds('DocumentReference?relationship=replaces$DocumentReference/letter', replacing)).toBe(false);
    const group: Resource = {
      resourceType: 'Group',
      characteristic: [{ code: coded('smoker'), valueBoolean: true }],
    };
    expect(finds('Group?characteristic-value=smoker$true', group)).toBe(true);
    expect(finds('Group?characteristic-value=smoker$false', group)).toBe(false);
  });

  test('codes and systems with separators stay themselves', () => {
    const odd: Resource = {
      resourceType: 'Observation',
      code: { coding: [{ code: 'a$b|c,d' }] },
      valueString: 'x',
    };
    expect(finds('Observation?code-value-string=a\\$b\\|c\\,d$x', odd)).toBe(true);
    expect(finds('Observation?code-value-string=a\\$b$x', odd)).toBe(false);
  });

  test('both components are met by the same element, as in a plain model', () => {
    const code = fc.constantFrom('a', 'b', 'c');
    const number = fc.integer({ min: 0, max: 3 });
    const components = fc.array(fc.tuple(code, number), { maxLength: 4 });
    fc.assert(
      fc.property(components, code, number, (pairs, soughtCode, soughtNumber) => {
        const observation: Resource = {
          resourceType: 'Observation',
          component: pairs.map(([own, value]) => ({ code: coded(own), valueQuantity: { value } })),
        };
        const url = `Observation?component-code-value-quantity=${soughtCode}$${soughtNumber}`;
        const expected = pairs.some(([own, value]) => own === soughtCode && value === soughtNumber);
        expect(finds(url, observation)).toBe(expected);
      }),
    );
  });

  test('every composite parameter is indexed', () => {
    const composites = definitions.searchParameters.filter(({ type }) => type === 'composite');
    expect(composites.length).toBeGreaterThan(20);
    expect(composites.filter(({ base, code }) => !parameters.get(base[0] ?? '', code)?.components)).toEqual(
      [],
    );
  });
});

describe('a token and a quantity that a composite has together', () => {
  const code = fc.constantFrom('a', 'b');
  const system = fc.constantFrom(undefined, 's', 't');
  const coding = fc
    .record({ code, system })
    .map((one) => (one.system === undefined ? { code: one.code } : one));
  const amount = fc.integer({ min: 0, max: 4 });
  const unit = fc.constantFrom({}, { unit: 'mg' }, { system: ucum, code: 'mg' }, { system: ucum, code: 'g' });
  const value = fc.oneof(
    fc.tuple(amount, unit).map(([number, of]) => ({ valueQuantity: { value: number, ...of } })),
    fc
      .tuple(fc.array(amount, { minLength: 1 }), unit)
      .map(([points, of]) => ({ valueSampledData: { origin: { value: 0, ...of }, data: points.join(' ') } })),
    fc.constantFrom({ valueString: '1' }, {}),
  );
  const observation = fc.tuple(fc.array(coding, { maxLength: 3 }), value).map(
    ([codings, element]): Resource => ({
      resourceType: 'Observation',
      code: { coding: codings },
      ...element,
    }),
  );
  const askedCode = fc
    .array(fc.tuple(fc.constantFrom('', '|', 's|', 't|'), code), { minLength: 1, maxLength: 2 })
    .map((codes) => codes.map((one) => one.join('')).join());
  const askedValue = fc
    .array(
      fc
        .tuple(
          fc.constantFrom('', 'gt', 'le', 'ne', 'ap'),
          amount,
          fc.constantFrom('', '||mg', `|${ucum}|mg`, `|${ucum}|g`),
        )
        .map((one) => one.join('')),
      { minLength: 1, maxLength: 2 },
    )
    .map((values) => values.join());

  test('are found as each of them is found', () => {
    fc.assert(
      fc.property(observation, askedCode, askedValue, (resource, codes, values) => {
        const [one, other] = [
          `code=${encodeURIComponent(codes)}`,
          `value-quantity=${encodeURIComponent(values)}`,
        ];
        const expected = finds(`Observation?${one}`, resource) && finds(`Observation?${other}`, resource);
        expect(finds(`Observation?${one}&${other}`, resource)).toBe(expected);
        expect(finds(`Observation?${other}&${one}&${other}`, resource)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['one of them alone', 'value-quantity=1', 'value-quantity'],
    ['a code that is not there', 'code:not=a&value-quantity=1', 'value-quantity'],
    ['a system without a code', 'code=s|&value-quantity=1', 'value-quantity'],
    ['a value that is missing', 'code=a&value-quantity:missing=true', 'value-quantity'],
    ['the value of a component', 'code=a&component-value-quantity=1', 'component-value-quantity'],
    ['many alternatives', `code=${'abcde'.split('')}&value-quantity=1,2,3,4`, 'value-quantity'],
  ])('%s stays as it is', (_, query, parameter) => {
    const { expression } = parse(`Observation?${query}`);
    expect(JSON.stringify(expression)).toContain(`"parameter":"${parameter}"`);
    expect(JSON.stringify(expression)).not.toContain('code-value-quantity');
  });

  test('is that of code and value-quantity of Observation alone', () => {
    const pairs = Object.keys(definitions.types).flatMap((type) =>
      parameters.list(type).flatMap(({ code, pair }) => (pair === undefined ? [] : [[type, code, pair]])),
    );
    expect(pairs).toEqual([
      [
        'Observation',
        'code-value-quantity',
        { key: 'code', value: 'value-quantity', rest: ['value.ofType(SampledData)'] },
      ],
    ]);
  });

  test('the composite itself finds no sampled data', () => {
    const sampled: Resource = {
      resourceType: 'Observation',
      code: coded('1'),
      valueSampledData: { origin: { value: 0 }, data: '1' },
    };
    expect(finds('Observation?code=1&value-quantity=1', sampled)).toBe(true);
    expect(finds('Observation?code-value-quantity=1$1', sampled)).toBe(false);
    expect(finds('Observation?code-value-quantity:missing=true', sampled)).toBe(true);
  });
});
