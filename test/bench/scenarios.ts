import { type KnownPatient, newPatients } from './load.ts';
import type { MeasureName } from './options.ts';

export interface BenchRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** Path with query, from the root of the server. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** One kind of request that is measured against the raw server. */
export interface Scenario {
  name: MeasureName;
  title: string;
  /** A few thousand requests, each about another resource, in random order. */
  requests(): BenchRequest[];
}

const variety = 4000;
const jsonType = { 'Content-Type': 'application/fhir+json' };

/** @param largest patients of the largest size of the run: those created here come after them */
export function scenarios(patients: readonly KnownPatient[], largest: number): Scenario[] {
  const drawn = (of = patients) => shuffled(of).slice(0, variety);
  return [
    {
      name: 'read',
      title: 'read',
      requests: () => drawn().map(({ id }) => get(`Patient/${id}`)),
    },
    {
      name: 'identifier',
      title: 'search by identifier',
      requests: () =>
        drawn().map(({ identifier: { system, value } }) =>
          get('Patient', { identifier: `${system}|${value}` }),
        ),
    },
    {
      name: 'prefix',
      title: 'search by name prefix (page of 20)',
      requests: () => drawn().map(({ family }) => get('Patient', { name: family.slice(0, 4) })),
    },
    {
      name: 'birthdate',
      title: 'search by name and birth date',
      requests: () =>
        drawn().map(({ family, birthDate }) => get('Patient', { family, birthdate: birthDate })),
    },
    {
      name: 'reference',
      title: 'search by reference and date',
      requests: () =>
        drawn(patients.filter(({ clinical }) => clinical)).map(({ id }) =>
          get('Observation', { subject: `Patient/${id}`, date: 'ge2001-01-01' }),
        ),
    },
    {
      name: 'update',
      title: 'update',
      requests: () =>
        drawn().map(({ id, text }) => ({
          method: 'PUT',
          path: `/fhir/Patient/${id}`,
          headers: jsonType,
          body: text,
        })),
    },
    {
      name: 'create',
      title: 'create',
      requests: () =>
        newPatients(largest, variety).map((body) => ({
          method: 'POST',
          path: '/fhir/Patient',
          headers: jsonType,
          body,
        })),
    },
  ];
}

function get(path: string, query: Record<string, string> = {}): BenchRequest {
  const search = new URLSearchParams(query);
  return { method: 'GET', path: `/fhir/${path}${search.size === 0 ? '' : `?${search}`}`, headers: {} };
}

/** Random order that is the same in every run. */
function shuffled<T>(values: readonly T[]): T[] {
  const copy = [...values];
  let state = 1;
  for (let last = copy.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [copy[last], copy[other]] = [copy[other]!, copy[last]!];
  }
  return copy;
}
