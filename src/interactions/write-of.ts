import type { Action } from './access.ts';
import { checkAppendOnly } from './append-only.ts';
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
  /** @throws FhirError 405 where the type takes no such write, 403 where the caller has no right to it, 400 and others on a request that cannot be understood */
  read(): Write;
}

/** The write that a request asks for (http.html#summary), `undefined` when it asks for something else. */
export function writeOf(spine: Spine, request: FhirRequest): FoundWrite | undefined {
  const { method, path } = request;
  const [type, id] = path;
  if (type === undefined || path.length > 2 || !spine.resourceTypes.has(type)) return undefined;
  /** Whoever names a resource by a condition searches for it. */
  const checked = (action: Action, read: () => Write, searches: boolean) => () => {
    checkAppendOnly(spine, request, type, action);
    const { rights } = request.access;
    rights?.check(action, type, id !== undefined);
    if (searches) rights?.check('s', type, false);
    return read();
  };
  if (id === undefined) {
    if (method === 'POST') {
      const searches = request.headers.ifNoneExist !== undefined;
      return { code: 'create', read: checked('c', () => create(spine, request, type), searches) };
    }
    if (!isConditional(request)) return undefined;
    switch (method) {
      case 'PUT':
        return { code: 'update', read: checked('u', () => conditionalUpdate(spine, request, type), true) };
      case 'PATCH':
        return { code: 'patch', read: checked('u', () => conditionalPatch(spine, request, type), true) };
      case 'DELETE':
        return { code: 'delete', read: checked('d', () => conditionalRemove(spine, request, type), true) };
      default:
        return undefined;
    }
  }
  if (/^[_$]/.test(id)) return undefined;
  switch (method) {
    case 'PUT':
      return { code: 'update', read: checked('u', () => update(spine, request, type, id), false) };
    case 'PATCH':
      return { code: 'patch', read: checked('u', () => patch(spine, request, type, id), false) };
    case 'DELETE':
      return { code: 'delete', read: checked('d', () => remove(spine, request, type, id), false) };
    default:
      return undefined;
  }
}
