import { create } from './create.ts';
import { conditionalRemove, remove } from './delete.ts';
import { conditionalPatch, patch } from './patch.ts';
import type { FhirRequest } from './request.ts';
import type { Spine } from './spine.ts';
import { conditionalUpdate, update } from './update.ts';
import { isConditional } from './url-condition.ts';
import type { Write } from './write.ts';

/** A write that a request asks for by its method and path, not read yet. */
interface FoundWrite {
  code: 'create' | 'update' | 'patch' | 'delete';
  /** @throws FhirError 400 and others on a request that cannot be understood */
  read(): Write;
}

/** The write that a request asks for (http.html#summary), `undefined` when it asks for something else. */
export function writeOf(spine: Spine, request: FhirRequest): FoundWrite | undefined {
  const { method, path } = request;
  const [type, id] = path;
  if (type === undefined || path.length > 2 || !spine.resourceTypes.has(type)) return undefined;
  if (id === undefined) {
    if (method === 'POST') return { code: 'create', read: () => create(spine, request, type) };
    if (!isConditional(request)) return undefined;
    switch (method) {
      case 'PUT':
        return { code: 'update', read: () => conditionalUpdate(spine, request, type) };
      case 'PATCH':
        return { code: 'patch', read: () => conditionalPatch(spine, request, type) };
      case 'DELETE':
        return { code: 'delete', read: () => conditionalRemove(spine, request, type) };
      default:
        return undefined;
    }
  }
  if (/^[_$]/.test(id)) return undefined;
  switch (method) {
    case 'PUT':
      return { code: 'update', read: () => update(spine, request, type, id) };
    case 'PATCH':
      return { code: 'patch', read: () => patch(spine, request, type, id) };
    case 'DELETE':
      return { code: 'delete', read: () => remove(spine, request, type, id) };
    default:
      return undefined;
  }
}
