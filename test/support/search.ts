import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { FhirError } from '../../src/fhir/error.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { createExtractor } from '../../src/search/extract.ts';
import { createSearchParameters } from '../../src/search/parameters.ts';
import { parseSearch, type SearchRequest } from '../../src/search/parse.ts';
import { type Candidate, evaluate } from './evaluate.ts';

export const definitions = loadDefinitions();
export const parameters = createSearchParameters(definitions);
export const baseUrls = ['https://here.test/fhir'];
export const extract = createExtractor({ definitions, parameters, baseUrls });

/** 1 January 2024, 00:00 UTC. */
export const now = Date.UTC(2024, 0, 1);

/** Parses a search written as in a URL, `Patient?name=x`; strict unless said otherwise. */
export function parse(url: string, options: { strict?: boolean; reserved?: string[] } = {}): SearchRequest {
  const [type = '', query = ''] = url.split('?');
  return parseQuery(type, [...new URLSearchParams(query)], options);
}

/** Parses a search of decoded parameters. */
export function parseQuery(
  type: string,
  query: readonly (readonly [string, string])[],
  { strict = true, reserved = [] }: { strict?: boolean; reserved?: string[] } = {},
): SearchRequest {
  return parseSearch({
    type,
    query,
    parameters,
    baseUrls,
    strict,
    reserved,
    now,
  });
}

/** Whether a search finds a resource, by extraction and evaluation of the tree in memory. */
export function finds(url: string, resource: Resource, others: readonly Resource[] = []): boolean {
  return evaluate(parse(url).expression, candidate(resource), others.map(candidate));
}

export function candidate(resource: Resource): Candidate {
  const lastUpdated = Date.parse(resource.meta?.lastUpdated ?? '2024-01-01T00:00:00Z');
  return {
    type: resource.resourceType,
    id: resource.id ?? 'x',
    lastUpdated,
    values: extract(resource),
  };
}

/** What the first issue of a refused search says; undefined when it is not refused. */
export function refusal(url: string, options: { strict?: boolean } = {}) {
  try {
    parse(url, options);
  } catch (error) {
    if (error instanceof FhirError) {
      const [issue] = error.issues;
      return {
        status: error.status,
        code: issue?.code,
        expression: issue?.expression,
        text: issue?.diagnostics ?? '',
      };
    }
    throw error;
  }
  return undefined;
}

/** A Patient to be found by its elements. */
export const searchedPatient: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  identifier: [{ system: 'urn:oid:1.2', value: '42' }, { value: '7' }],
  active: true,
  gender: 'female',
  name: [{ family: 'Dupont, née Éluard', given: ['Zoé'] }],
  birthDate: '1969-03-12',
  managingOrganization: { reference: 'Organization/o1' },
  meta: { tag: [{ system: 't', code: 'x' }], profile: ['http://x.test/p|1'], source: 'http://x.test/s' },
};
