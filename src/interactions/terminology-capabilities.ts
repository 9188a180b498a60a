import type { TerminologyCapabilities } from 'fhir/r4.d.ts';
import { jsonBody } from './presentation.ts';
import type { FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';

/**
 * The terminologies of this server (http.html#capabilities, `mode=terminology`): the code systems whose codes it knows
 * by heart, those of the required bindings of R4, and which operations of a terminology service are there.
 * @param since the instant from which this statement holds, the start of the server
 */
export function terminologyCapabilities(spine: Spine, since: Date): () => FhirResponse {
  return () => ({ status: 200, body: jsonBody(statement(spine, since)) });
}

function statement(spine: Spine, since: Date): TerminologyCapabilities {
  const offers = (type: string, code: string) =>
    spine.operations.forType(type).some((operation) => operation.code === code);
  return {
    resourceType: 'TerminologyCapabilities',
    status: 'active',
    date: since.toISOString(),
    kind: 'instance',
    software: spine.software,
    implementation: { description: 'Passerelle, FHIR for French healthcare', url: spine.baseUrl },
    codeSystem: knownSystems(spine).map((uri) => ({ uri, subsumption: offers('CodeSystem', 'subsumes') })),
    ...(offers('ValueSet', 'expand') ? { expansion: {} } : {}),
    ...(offers('ValueSet', 'validate-code') ? { validateCode: { translations: false } } : {}),
  };
}

function knownSystems({ definitions }: Spine): string[] {
  const systems = Object.values(definitions.valueSets).flatMap(({ systems }) =>
    Object.entries(systems).flatMap(([system, codes]) => (codes === null ? [] : [system])),
  );
  return [...new Set(systems)].sort();
}
