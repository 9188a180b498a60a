import type { KnownPatient } from '../load.ts';
import type { BenchRequest } from '../scenarios.ts';
import type { SearchData } from './data.ts';
import { closely, drawMeasurement, measuredFrom, measuredTo, observationsOf } from './observations.ts';
import { type Random, randomAt } from './random.ts';

/** The searches of the table, in its order. */
export const searchNames = [
  'identifier',
  'prefix',
  'family-birthdate',
  'subject',
  'code',
  'code-value',
  'subject-code-date',
  'date-sorted',
  'include',
  'revinclude',
  'chain-identifier',
  'chain-family',
  'has',
  'everything',
] as const;

export type SearchName = (typeof searchNames)[number];

/** One kind of search. */
interface SearchScenario {
  name: SearchName;
  title: string;
  /** One search of the kind, about another patient, code or month each time. */
  draw(random: Random, data: SearchData): string;
}

const variety = 2000;
const day = 86_400_000;

const scenarios: readonly SearchScenario[] = [
  {
    name: 'identifier',
    title: 'identifier',
    draw: (random, { patients }) =>
      search('Patient', { identifier: tokenOf(one(random, patients).identifier) }),
  },
  {
    name: 'prefix',
    title: 'name prefix (page of 20)',
    draw: (random, { patients }) => search('Patient', { name: one(random, patients).family.slice(0, 4) }),
  },
  {
    name: 'family-birthdate',
    title: 'family and birthdate',
    draw(random, { patients }) {
      const { family, birthDate } = one(random, patients);
      return search('Patient', { family, birthdate: birthDate });
    },
  },
  {
    name: 'subject',
    title: 'subject (page of 50)',
    draw: (random, { followed }) =>
      search('Observation', { subject: followedBy(random, followed), _count: '50' }),
  },
  {
    name: 'code',
    title: 'code (page of 20)',
    draw: (random) => search('Observation', { code: loinc(drawMeasurement(random)) }),
  },
  {
    name: 'code-value',
    title: 'code and value-quantity (page of 20)',
    draw(random) {
      const measurement = drawMeasurement(random);
      const value = (measurement.mean + (random() * 2 - 1) * measurement.deviation).toPrecision(2);
      return search('Observation', {
        code: loinc(measurement),
        'value-quantity': `gt${value}|http://unitsofmeasure.org|${measurement.unit}`,
      });
    },
  },
  {
    name: 'subject-code-date',
    title: 'subject, code and date, sorted',
    draw(random, { patients }) {
      const position = Math.floor((random() * patients.length) / closely) * closely;
      const { id } = patients[position]!;
      const { code, effectiveDateTime = '' } = one(random, observationsOf(id, position));
      return search('Observation', {
        subject: `Patient/${id}`,
        code: `http://loinc.org|${code.coding?.[0]?.code}`,
        date: `ge${effectiveDateTime.slice(0, 4)}-01-01`,
        _sort: '-date',
      });
    },
  },
  {
    name: 'date-sorted',
    title: 'month, sorted by date (page of 20)',
    draw(random) {
      const from = measuredFrom + Math.floor((random() * (measuredTo - measuredFrom)) / day - 31) * day;
      const query = `date=ge${isoDay(from)}&date=lt${isoDay(from + 31 * day)}&_sort=-date`;
      return `/fhir/Observation?${query}`;
    },
  },
  {
    name: 'include',
    title: 'code with its subjects included (page of 20)',
    draw: (random) =>
      search('Observation', { code: loinc(drawMeasurement(random)), _include: 'Observation:subject' }),
  },
  {
    name: 'revinclude',
    title: 'family with its observations included (page of 10)',
    draw: (random, { patients }) =>
      search('Patient', {
        family: one(random, patients).family,
        _count: '10',
        _revinclude: 'Observation:subject',
      }),
  },
  {
    name: 'chain-identifier',
    title: 'chain to the identifier of the patient',
    draw: (random, { patients }) =>
      search('Observation', { 'patient.identifier': tokenOf(one(random, patients).identifier) }),
  },
  {
    name: 'chain-family',
    title: 'chain to the family of the subject (page of 20)',
    draw: (random, { patients }) => search('Observation', { 'subject.family': one(random, patients).family }),
  },
  {
    name: 'has',
    title: '_has of a code (page of 20)',
    draw: (random) => search('Patient', { '_has:Observation:subject:code': loinc(drawMeasurement(random)) }),
  },
  {
    name: 'everything',
    title: 'Patient/$everything',
    draw: (random, { patients }) => `/fhir/Patient/${one(random, patients).id}/$everything`,
  },
];

/** A kind of search with some thousands of requests, the same in every run. */
export interface SearchLoad {
  name: SearchName;
  title: string;
  requests: BenchRequest[];
}

export function searchLoads(data: SearchData): SearchLoad[] {
  return scenarios.map(({ name, title, draw }, at) => {
    const random = randomAt(1_000_000_000 + at);
    const requests = Array.from({ length: variety }, () => get(draw(random, data)));
    return { name, title, requests };
  });
}

/** Searches of all kinds with as many reads and updates as the searches of four kinds, in random order. */
export function mixedLoad(data: SearchData): BenchRequest[] {
  const random = randomAt(2_000_000_000);
  return Array.from({ length: variety }, () => {
    const patient = one(random, data.patients);
    const kind = scenarios[Math.floor(random() * (scenarios.length + 4))];
    if (kind !== undefined) return get(kind.draw(random, data));
    if (random() < 0.5) return get(`/fhir/Patient/${patient.id}`);
    const headers = { 'Content-Type': 'application/fhir+json' };
    return { method: 'PUT', path: `/fhir/Patient/${patient.id}`, headers, body: patient.text };
  });
}

function get(path: string): BenchRequest {
  return { method: 'GET', path, headers: {} };
}

function search(type: string, query: Record<string, string>): string {
  return `/fhir/${type}?${new URLSearchParams(query)}`;
}

function one<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

function followedBy(random: Random, followed: readonly KnownPatient[]): string {
  return `Patient/${one(random, followed).id}`;
}

function tokenOf({ system, value }: KnownPatient['identifier']): string {
  return `${system}|${value}`;
}

function loinc({ code }: { code: string }): string {
  return `http://loinc.org|${code}`;
}

function isoDay(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
