import { FhirError } from '../fhir/error.ts';
import type { Interactions } from '../interactions/interaction.ts';
import type { FhirRequest } from '../interactions/request.ts';

const asked = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * The methods that an address takes (RFC 9110, 9.3.7), found by looking each one up without running it.
 * @throws FhirError 404 where there is nothing
 */
export function allowedMethods(interactions: Interactions, request: Omit<FhirRequest, 'method'>): string {
  const allowed = asked.filter((method) => isAllowed(interactions, { ...request, method }));
  return allowed
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .concat('OPTIONS')
    .join(', ');
}

function isAllowed(interactions: Interactions, request: FhirRequest): boolean {
  try {
    interactions(request);
    return true;
  } catch (error) {
    if (!(error instanceof FhirError) || error.status === 404) throw error;
    // Another refusal than of the method is about a body or header, which this question does not have.
    return error.status !== 405;
  }
}
