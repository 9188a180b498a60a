import type { Observation, Patient, Resource } from 'fhir/r4.d.ts';
import { type FhirHttp, matchIds } from './fhir-http.ts';

export const patient = (elements: Partial<Patient> = {}): Patient => ({
  resourceType: 'Patient',
  ...elements,
});

/** An Observation about the subject of this reference. */
export function observation(reference: string, elements: Partial<Observation> = {}): Observation {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference },
    ...elements,
  };
}

/** A bundle entry that creates a resource. */
export const post = <T extends { resourceType: string }>(
  resource: T,
  fullUrl?: string,
  request: object = {},
) => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
});

/** Puts new resources one after the other under their ids. */
export async function putAll(http: FhirHttp, resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
}

/** Expects the matches of a search by their ids, sorted and divided by spaces. */
export async function expectMatches(http: FhirHttp, search: string, ids: string): Promise<void> {
  const answer = await http.get(search);
  expect(answer.status).toBe(200);
  expect(matchIds(answer).sort().join(' ')).toBe(ids);
}
