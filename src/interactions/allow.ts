import { fhirError } from '../fhir/error.ts';
import type { FhirRequest } from './request.ts';

/** @throws FhirError 405 with the methods that are offered; HEAD goes with GET */
export function allow(request: FhirRequest, methods: Partial<Record<FhirRequest['method'], true>>): void {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (methods[method]) return;
  const names = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
  throw fhirError(405, 'not-supported', `This address takes ${names.join(', ')}`, undefined, {
    Allow: names.join(', '),
  });
}
