import fc from 'fast-check';
import type { Resource } from '../../src/fhir/resource.ts';
import { evaluate } from '../support/evaluate.ts';
import { candidate, parseQuery } from '../support/search.ts';

function finds(resource: Resource, ...query: [string, string][]): boolean {
  return evaluate(parseQuery(resource.resourceType, query).expression, candidate(resource));
}

function escaped(text: string): string {
  return text.replace(/[\\,|$]/g, '\\$&');
}

const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => value.trim() !== '');
const awkward = fc
  .array(fc.constantFrom('\\', ',', '|', '$', 'a', ' ', 'é'), { minLength: 1, maxLength: 12 })
  .map((characters) => characters.join(''));

test('any escaped value finds its own text exactly, and no other', () => {
  fc.assert(
    fc.property(fc.oneof(awkward, text), fc.oneof(awkward, text), (family, other) => {
      const patient: Resource = { resourceType: 'Patient', name: [{ family }] };
      expect(finds(patient, ['family:exact', escaped(family)])).toBe(true);
      expect(finds(patient, ['family:exact', escaped(other)])).toBe(family === other);
    }),
  );
});

test('any escaped identifier finds its own system and value', () => {
  fc.assert(
    fc.property(awkward, awkward, awkward, (system, value, other) => {
      const patient: Resource = { resourceType: 'Patient', identifier: [{ system, value }] };
      expect(finds(patient, ['identifier', `${escaped(system)}|${escaped(value)}`])).toBe(true);
      expect(finds(patient, ['identifier', escaped(value)])).toBe(true);
      expect(finds(patient, ['identifier', `${escaped(other)}|${escaped(value)}`])).toBe(other === system);
    }),
  );
});

test('comma-separated values are alternatives and repeated parameters conditions', () => {
  const code = fc.constantFrom('a', 'b', 'c', 'd');
  fc.assert(
    fc.property(
      fc.array(code),
      fc.array(fc.array(code, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      (own, asked) => {
        const patient: Resource = { resourceType: 'Patient', identifier: own.map((value) => ({ value })) };
        const query = asked.map((codes): [string, string] => ['identifier', codes.join(',')]);
        expect(finds(patient, ...query)).toBe(
          asked.every((codes) => codes.some((wanted) => own.includes(wanted))),
        );
      },
    ),
  );
});

/** What counts in a string, character by character: letters in their base form, and digits. */
function counted(characters: readonly string[]): string {
  const base: Record<string, string> = { à: 'a', Â: 'a', É: 'e', ê: 'e', ç: 'c', C: 'c', œ: 'oe', D: 'd' };
  return characters.map((one) => base[one] ?? (/[a-z0-9]/.test(one) ? one : '')).join('');
}

describe('a string is compared without case, accents, punctuation and white space (search.html#string)', () => {
  const written = fc.array(
    fc.constantFrom(
      ...['a', 'à', 'Â', 'e', 'É', 'ê', 'ç', 'C', 'œ', 'D', '1', "'", '’', '-', '‑', '.', ' ', '\t'],
    ),
    { minLength: 1, maxLength: 8 },
  );
  const either = fc.tuple(written, written, fc.nat(7), fc.boolean()).map(([stored, other, start, own]) => ({
    stored,
    asked: own ? stored.slice(start % stored.length) : other,
  }));

  test.each([
    ['family', (stored: string, asked: string) => stored.startsWith(asked)],
    ['family:contains', (stored: string, asked: string) => stored.includes(asked)],
  ])('%s', (name, finding) => {
    fc.assert(
      fc.property(either, ({ stored, asked }) => {
        fc.pre(asked.join('').trim() !== '');
        const patient: Resource = { resourceType: 'Patient', name: [{ family: stored.join('') }] };
        const [own, wanted] = [counted(stored), counted(asked)];
        expect(finds(patient, [name, escaped(asked.join(''))])).toBe(wanted !== '' && finding(own, wanted));
      }),
      { numRuns: 500 },
    );
  });
});

test('days compare as their texts do', () => {
  const day = fc
    .date({ min: new Date('1990-01-01'), max: new Date('1992-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const length = fc.constantFrom(4, 7, 10);
  const oracle: Record<string, (stored: string, asked: string) => boolean> = {
    eq: (stored, asked) => stored.startsWith(asked),
    ne: (stored, asked) => !stored.startsWith(asked),
    gt: (stored, asked) => stored.slice(0, asked.length) > asked,
    lt: (stored, asked) => stored < asked,
    ge: (stored, asked) => stored.slice(0, asked.length) >= asked,
    le: (stored, asked) => stored.slice(0, asked.length) <= asked,
    sa: (stored, asked) => stored.slice(0, asked.length) > asked,
    eb: (stored, asked) => stored < asked,
  };
  fc.assert(
    fc.property(
      day,
      day,
      length,
      fc.constantFrom(...Object.keys(oracle)),
      (birthDate, other, digits, prefix) => {
        const asked = other.slice(0, digits);
        const expected = oracle[prefix]?.(birthDate, asked);
        expect(finds({ resourceType: 'Patient', birthDate }, ['birthdate', `${prefix}${asked}`])).toBe(
          expected,
        );
      },
    ),
  );
});

test('ne is the opposite of eq, and each of ge and le is eq or its strict form, on one value', () => {
  const bound = fc.constantFrom('2023', '2024-01', '2024-01-15', '2024-02', '2024-02-10T10:00:00Z', '2025');
  const asked = fc.constantFrom('2023', '2024', '2024-01', '2024-02-10', '2024-02-10T10:00:00Z');
  fc.assert(
    fc.property(fc.option(bound), fc.option(bound), asked, (start, end, value) => {
      const period = { ...(start === null ? {} : { start }), ...(end === null ? {} : { end }) };
      const encounter: Resource = { resourceType: 'Encounter', period };
      fc.pre(!finds(encounter, ['date:missing', 'true']));
      const is = (prefix: string) => finds(encounter, ['date', `${prefix}${value}`]);
      expect(is('ne')).toBe(!is('eq'));
      expect(is('ge')).toBe(is('gt') || is('eq'));
      expect(is('le')).toBe(is('lt') || is('eq'));
      expect(is('sa') && !is('gt')).toBe(false);
      expect(is('eb') && !is('lt')).toBe(false);
    }),
  );
});

test('numbers compare in hundredths', () => {
  const hundredths = fc.integer({ min: -500, max: 500 });
  fc.assert(
    fc.property(hundredths, fc.integer({ min: -50, max: 50 }), (stored, tenths) => {
      const prediction = [{ probabilityDecimal: stored / 100 }];
      const risk: Resource = { resourceType: 'RiskAssessment', prediction };
      const is = (prefix: string) => finds(risk, ['probability', `${prefix}${(tenths / 10).toFixed(1)}`]);
      const isWithin = stored >= tenths * 10 - 5 && stored < tenths * 10 + 5;
      expect(is('eq')).toBe(isWithin);
      expect(is('ne')).toBe(!isWithin);
      expect(is('gt')).toBe(stored > tenths * 10);
      expect(is('lt')).toBe(stored < tenths * 10);
      expect(is('ge')).toBe(stored >= tenths * 10);
      expect(is('le')).toBe(stored <= tenths * 10);
      expect(is('sa')).toBe(is('gt'));
      expect(is('eb')).toBe(is('lt'));
      expect(is('ap') || !is('eq')).toBe(true);
    }),
  );
});
