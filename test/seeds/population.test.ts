import type { Bundle, FhirResource, Patient } from 'fhir/r4.d.ts';
import { demoBundle } from '../../seeds/demo/index.ts';
import { type PopulationOptions, population } from '../../seeds/population/index.ts';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { createValidator } from '../../src/validation/validator.ts';
import { findingOf, frenchValidation } from '../profiles/findings.ts';
import {
  birthCogOf,
  givenNameListOf,
  matriculesOf,
  patientsOf,
  referencesIn,
  reliabilityCodesOf,
  resourcesOf,
  statusOf,
} from './bundles.ts';
import { keyOf } from './keys.ts';

const validate = frenchValidation(loadConformance());

function make(options: PopulationOptions): FhirResource[] {
  return [...population(options)].flatMap(resourcesOf);
}

function share(patients: readonly Patient[], holds: (patient: Patient) => boolean): number {
  return patients.filter(holds).length / patients.length;
}

const large = patientsOf(make({ patients: 20_000, seed: 7 }));

describe('the stream', () => {
  test('gives transactions of up to 50 patients, and all of them', () => {
    const bundles = [...population({ patients: 120 })];
    expect(bundles.map(({ type, entry }) => [type, entry?.length])).toEqual([
      ['transaction', 50],
      ['transaction', 50],
      ['transaction', 20],
    ]);
  });

  test('makes a bundle only when asked for it', () => {
    const endless = population({ patients: Number.MAX_SAFE_INTEGER });
    const first: Bundle | undefined = endless.next().value ?? undefined;
    expect(first?.entry).toHaveLength(50);
  });

  test('no patient, no bundle', () => {
    expect([...population({ patients: 0 })]).toEqual([]);
  });

  test.each([
    [{ patients: -1 }],
    [{ patients: 1.5 }],
    [{ patients: 1, firstIndex: -1 }],
    [{ patients: Number.NaN }],
  ])('refuses %p', (options) => {
    expect(() => [...population(options)]).toThrow(RangeError);
  });
});

describe('determinism', () => {
  test('one seed, one population; another seed, another', () => {
    const once = make({ patients: 60, seed: 3, clinical: true });
    expect(make({ patients: 60, seed: 3, clinical: true })).toEqual(once);
    expect(make({ patients: 60, seed: 4, clinical: true })).not.toEqual(once);
  });

  test('a population goes on where it ended', () => {
    const whole = make({ patients: 3_000, seed: 7 });
    const halves = [
      ...make({ patients: 1_700, seed: 7 }),
      ...make({ patients: 1_300, seed: 7, firstIndex: 1_700 }),
    ];
    expect(halves).toEqual(whole);
  });

  test('care leaves the persons as they are', () => {
    expect(patientsOf(make({ patients: 80, clinical: true }))).toEqual(make({ patients: 80 }));
  });
});

describe('identities', () => {
  const matricules = large.flatMap((patient) => matriculesOf(patient));

  test('ids, IPP and matricules are unique, also beside the demo patients', () => {
    const all = [...large, ...patientsOf(resourcesOf(demoBundle()))];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const values = all.flatMap(({ identifier = [] }) =>
      identifier.map(({ system, value }) => `${system}|${value}`),
    );
    expect(new Set(values).size).toBe(values.length);
  });

  test('matricules are under the test OID, with the key of their number', () => {
    for (const { system, value = '' } of matricules) {
      expect(system).toBe('urn:oid:1.2.250.1.213.1.4.10');
      expect(value).toMatch(/^[12]\d{2}(0[1-9]|1[0-2])(\d{2}|2[AB])\d{3}(?!000)\d{5}$/);
      expect(value.slice(13)).toBe(keyOf(value.slice(0, 13)));
    }
    expect(matricules.some(({ value = '' }) => /^.{5}2[AB]/.test(value))).toBe(true);
  });

  test('a matricule agrees with sex, birth date and birth place, and goes with RECUP and QUAL alone', () => {
    for (const patient of large) {
      const [identifier] = matriculesOf(patient);
      expect(identifier !== undefined).toBe(['RECUP', 'QUAL'].includes(statusOf(patient) ?? ''));
      if (identifier === undefined) continue;
      const { birthDate = '', gender } = patient;
      const cog = birthCogOf(patient) ?? '';
      const place = birthDate < '1976' ? cog.replace(/^2[AB]/, '20') : cog;
      const expected = `${gender === 'male' ? 1 : 2}${birthDate.slice(2, 4)}${birthDate.slice(5, 7)}${place}`;
      expect(identifier.value?.slice(0, 10)).toBe(expected);
    }
  });

  test('douteux and fictif are provisional', () => {
    const marked = large.filter((patient) =>
      reliabilityCodesOf(patient).some((code) => code === 'DOUT' || code === 'FICT'),
    );
    expect(marked.length).toBeGreaterThan(0);
    expect(marked.every((patient) => statusOf(patient) === 'PROV')).toBe(true);
  });

  test('no INSi query comes before the birth or after the census', () => {
    for (const { birthDate = '', extension = [] } of large) {
      for (const { valueDate } of extension.flatMap((each) => each.extension ?? [])) {
        if (valueDate === undefined) continue;
        expect(valueDate > birthDate && valueDate <= '2026-01-01').toBe(true);
      }
    }
  });
});

describe('shares', () => {
  test.each([
    ['QUAL', 0.7],
    ['PROV', 0.17],
    ['RECUP', 0.08],
    ['VALI', 0.05],
  ])('status %s', (status, expected) => {
    expect(Math.abs(share(large, (patient) => statusOf(patient) === status) - expected)).toBeLessThan(0.015);
  });

  test('women are a little more than half, and most of the oldest', () => {
    expect(Math.abs(share(large, ({ gender }) => gender === 'female') - 0.515)).toBeLessThan(0.015);
    const oldest = large.filter(({ birthDate = '' }) => birthDate < '1936');
    expect(share(oldest, ({ gender }) => gender === 'female')).toBeGreaterThan(0.6);
  });

  test('ages follow the pyramid: about a quarter under 20, a fifth from 65, nobody unborn or over 100', () => {
    expect(Math.abs(share(large, ({ birthDate = '' }) => birthDate >= '2006') - 0.23)).toBeLessThan(0.02);
    expect(Math.abs(share(large, ({ birthDate = '' }) => birthDate < '1961') - 0.22)).toBeLessThan(0.02);
    for (const { birthDate = '' } of large)
      expect(birthDate >= '1926-01-01' && birthDate < '2026-01-01').toBe(true);
  });

  test('births abroad, overseas and in Corsica', () => {
    const cogs = large.map((patient) => birthCogOf(patient) ?? '');
    const rate = (pattern: RegExp) => cogs.filter((cog) => pattern.test(cog)).length / cogs.length;
    expect(Math.abs(rate(/^99/) - 0.13)).toBeLessThan(0.01);
    expect(rate(/^97/)).toBeGreaterThan(0.02);
    expect(rate(/^2[AB]/)).toBeGreaterThan(0.003);
    expect(new Set(cogs).size).toBeGreaterThan(120);
  });

  test('names of the generations differ', () => {
    const rateOf = (name: string, from: string, to: string) =>
      share(
        large.filter(({ birthDate = '' }) => birthDate >= from && birthDate < to),
        (patient) => patient.name?.[0]?.given?.[0] === name,
      );
    expect(rateOf('JEAN-PIERRE', '1940', '1950')).toBeGreaterThan(5 * rateOf('JEAN-PIERRE', '1990', '2026'));
    expect(rateOf('GABRIEL', '2005', '2026')).toBeGreaterThan(5 * rateOf('GABRIEL', '1926', '1980'));
  });

  test('a used name is that of women of full age, more often of the older', () => {
    const named = large.filter(({ name = [] }) => name.length > 1);
    expect(named.every(({ gender, birthDate = '' }) => gender === 'female' && birthDate < '2006')).toBe(true);
    const used = (from: string, to: string) =>
      share(
        large.filter(
          ({ gender, birthDate = '' }) => gender === 'female' && birthDate >= from && birthDate < to,
        ),
        ({ name = [] }) => name[1]?.use === 'usual',
      );
    expect(used('1926', '1950')).toBeGreaterThan(0.7);
    expect(used('1980', '1995')).toBeLessThan(0.4);
  });
});

describe('conformance', () => {
  const sample = make({ patients: 300, seed: 11, clinical: true });

  test('no structural error by R4', () => {
    const validator = createValidator(loadDefinitions());
    for (const resource of sample) {
      const issues = validator.validate(resource as unknown as Resource);
      expect({ id: resource.id, issues }).toEqual({
        id: resource.id,
        issues: [],
      });
    }
  });

  test('FR Core profiles hold', () => {
    for (const resource of sample) {
      const findings = validate(resource as unknown as Resource).map(findingOf);
      // FR Core has the matricules of the tests in no value set of types, and warns of them.
      const others = findings.filter((finding) => !/^warning Patient\.identifier\[\d\]\.type$/.test(finding));
      expect({ id: resource.id, others }).toEqual({ id: resource.id, others: [] });
    }
  });

  test('the list of birth given names begins with the first', () => {
    for (const patient of patientsOf(sample)) {
      const [first = ''] = patient.name?.find(({ use }) => use === 'official')?.given ?? [];
      expect(givenNameListOf(patient)?.startsWith(first)).toBe(true);
    }
  });

  test('each visit has two observations of the same patient, after the birth', () => {
    const births = new Map(patientsOf(sample).map(({ id, birthDate = '' }) => [`Patient/${id}`, birthDate]));
    const known = new Set(sample.map(({ resourceType, id }) => `${resourceType}/${id}`));
    for (const resource of sample) {
      for (const reference of referencesIn(resource)) expect(known.has(reference)).toBe(true);
      if (resource.resourceType !== 'Observation') continue;
      const birthDate = births.get(resource.subject?.reference ?? '');
      expect((resource.effectiveDateTime ?? '') >= (birthDate ?? 'unknown')).toBe(true);
      expect(resource.valueQuantity?.value).toBeGreaterThan(0);
    }
    expect(sample).toHaveLength(300 * 4);
  });
});
