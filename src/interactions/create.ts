import type { ResourceStore } from '../store/contract.ts';
import { parseCondition, searchCriteria } from './condition.ts';
import { newId } from './identifiers.ts';
import { preparePutOf, resourceOf } from './preparation.ts';
import { writeResponse } from './presentation.ts';
import type { FhirRequest } from './request.ts';
import type { Spine } from './spine.ts';
import { onlyMatch } from './url-condition.ts';
import type { Target, Write } from './write.ts';

/**
 * create, conditional with `If-None-Exist` (http.html#create, #ccreate).
 * @throws FhirError 400; when found, 412 when several resources match; when planned, 422
 */
export function create(spine: Spine, request: FhirRequest, type: string): Write {
  const resource = resourceOf(request, type);
  const id = newId(Date.now());
  const { ifNoneExist } = request.headers;
  const at = 'http.if-none-exist';
  const criteria = ifNoneExist === undefined ? undefined : searchCriteria(ifNoneExist, type, spine.baseUrl);
  const condition = criteria === undefined ? undefined : parseCondition(type, criteria, at);
  return {
    request,
    ...(condition === undefined ? {} : { conditionKey: condition.key }),
    async find(store: ResourceStore, stale): Promise<Target> {
      const existing = condition && (await onlyMatch(spine, request, store, condition, at));
      if (existing !== undefined) {
        const answer = writeResponse(spine, request, 200, existing);
        return {
          key: existing,
          version: existing.version,
          writes: false,
          plan: () => ({ changes: [], answer }),
        };
      }
      return {
        key: { type, id },
        version: 1,
        writes: true,
        resource,
        async plan(rewritten = resource, means) {
          const input = { resource: rewritten, id, current: undefined, method: 'POST' as const };
          const { change, version, warnings } = await preparePutOf(spine, request, {
            ...input,
            now: Date.now(),
            by: request.access,
            means,
          });
          if (condition !== undefined) {
            change.claim = { key: condition.key, ...(stale === undefined ? {} : { stale }) };
          }
          const answer = writeResponse(spine, request, 201, version, warnings);
          return { changes: [change], answer, resource: rewritten };
        },
      };
    },
  };
}
