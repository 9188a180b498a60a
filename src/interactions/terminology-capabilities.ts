import type { TerminologyCapabilities } from 'fhir/r4.d.ts';
import { grammarUrls } from '../terminology/grammar-systems.ts';
import { jsonBody } from './presentation.ts';
import type { FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * The terminologies of this server (http.html#capabilities, `mode=terminology`): the code systems of the required
 * bindings of R4, those whose codes follow a rule, and how the operations of a terminology service work. Code systems of
 * packages and of tenants come and go, and are found by search.
 * @param since the instant from which this statement holds, the start of the server
 */
export function terminologyCapabilities(spine: Spine, since: Date): () => FhirResponse {
  return () => ({ status: 200, body: jsonBody(statement(spine, since)) });
}

const expansionParameters = [
  'filter',
  'offset',
  'count',
  'includeDesignations',
  'designation',
  'includeDefinition',
  'activeOnly',
  'excludeNested',
  'excludeNotForUI',
  'displayLanguage',
  'exclude-system',
  'system-version',
  'check-system-version',
  'force-system-version',
];

function statement(spine: Spine, since: Date): TerminologyCapabilities {
  return {
    resourceType: 'TerminologyCapabilities',
    status: 'active',
    date: since.toISOString(),
    kind: 'instance',
    software: spine.software,
    implementation: { description: 'Passerelle, FHIR for French healthcare', url: spine.baseUrl },
    codeSystem: [
      ...knownSystems(spine).map((uri) => ({ uri, subsumption: true })),
      ...grammarUrls.map((uri) => ({ uri, subsumption: false })),
    ],
    expansion: {
      hierarchical: true,
      paging: true,
      incomplete: false,
      parameter: expansionParameters.map((name) => ({ name })),
      textFilter:
        'Every word of the filter is in the code, the display or a designation, whatever its case and accents',
    },
    codeSearch: 'explicit',
    validateCode: { translations: false },
    translation: { needsMap: false },
  };
}

function knownSystems({ definitions }: Spine): string[] {
  const systems = Object.values(definitions.valueSets).flatMap(({ systems }) =>
    Object.entries(systems).flatMap(([system, codes]) => (codes === null ? [] : [system])),
  );
  return [...new Set(systems)].filter((system) => !grammarUrls.includes(system)).sort();
}
