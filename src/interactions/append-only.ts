import { fhirError } from '../fhir/error.ts';
import type { Action } from './access.ts';
import type { FhirRequest } from './request.ts';
import type { Spine } from './spine.ts';

/** The type whose resources nobody changes or deletes: they tell who did what. */
export const appendOnlyType = 'AuditEvent';

/** The methods that write resources of a type, as far as any request may. */
export function writeMethods(
  { policy }: Pick<Spine, 'policy'>,
  type: string,
): Partial<Record<'POST' | 'PUT' | 'PATCH' | 'DELETE', true>> {
  if (type !== appendOnlyType) return { POST: true, PUT: true, PATCH: true, DELETE: true };
  return policy.foreignAuditEvents === 'accept' ? { POST: true } : {};
}

/** @throws FhirError 405 on a write of a type that takes none of this kind */
export function checkAppendOnly(
  spine: Pick<Spine, 'policy'>,
  { method }: Pick<FhirRequest, 'method'>,
  type: string,
  action: Action,
): void {
  const methods = writeMethods(spine, type);
  if (action === 'c' ? methods.POST && method === 'POST' : methods.PUT) return;
  const allowed = ['GET', 'HEAD', ...Object.keys(methods)].join(', ');
  throw fhirError(405, 'not-supported', `${type} resources cannot be changed or deleted`, undefined, {
    Allow: allowed,
  });
}
