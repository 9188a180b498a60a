import { fhirError } from '../fhir/error.ts';
import { outcomeFor } from '../fhir/messages/language.ts';
import type { StoredVersion } from '../store/contract.ts';
import { withReferrers } from './cascade.ts';
import { matchesOf } from './condition.ts';
import { checkWritePreconditions, preferences } from './preconditions.ts';
import { prepareDelete } from './preparation.ts';
import { jsonBody } from './presentation.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';
import { onlyMatch, urlCondition } from './url-condition.ts';
import type { Plan, Target, Write } from './write.ts';

/** How many resources one conditional delete may delete. */
const mostMatches = 1000;

/**
 * delete: 204 whether or not the resource was there (http.html#delete).
 * @throws FhirError when found, 412
 */
export function remove(spine: Spine, request: FhirRequest, type: string, id: string): Write {
  return {
    request,
    async find(store): Promise<Target> {
      const current = await store.read(type, id);
      checkWritePreconditions(request.headers, current);
      const key = { type, id };
      if (current === undefined || current.deleted) {
        const answer = deleted(request, `${type}/${id} is deleted`, current?.version);
        return { key, version: current?.version ?? 0, writes: true, plan: () => ({ changes: [], answer }) };
      }
      const victims = await withReferrers(spine, store, request, [current]);
      return {
        key,
        version: current.version + 1,
        writes: true,
        plan: () => deletion(request, victims, current.version + 1),
      };
    },
  };
}

/**
 * conditional delete (http.html#3.1.0.7.1): the one match, or every match where the server is set to it.
 * @throws FhirError 412 on a condition without criterion; when found, 412 when several resources match and one
 *   alone may be deleted, or more than may be deleted at once
 */
export function conditionalRemove(spine: Spine, request: FhirRequest, type: string): Write {
  const condition = urlCondition(request, type);
  return {
    request,
    conditionKey: condition.key,
    async find(store): Promise<Target> {
      if (spine.policy.conditionalDelete === 'single') {
        const match = await onlyMatch(spine, request, store, condition, 'http.url');
        if (request.headers.ifMatch !== undefined) checkWritePreconditions(request.headers, match);
        const victims = await withReferrers(spine, store, request, match === undefined ? [] : [match]);
        return {
          ...(match === undefined ? {} : { key: match }),
          version: (match?.version ?? 0) + 1,
          writes: true,
          plan: () => deletion(request, victims, match && match.version + 1),
        };
      }
      const matches = await matchesOf(spine, request.access, store, condition, mostMatches + 1);
      if (matches.length > mostMatches) {
        throw fhirError(412, 'too-costly', `More than ${mostMatches} resources match`, 'http.url');
      }
      const victims = await withReferrers(spine, store, request, matches);
      return { version: 0, writes: true, plan: () => deletion(request, victims, undefined) };
    },
  };
}

function deletion(
  request: FhirRequest,
  victims: readonly StoredVersion[],
  version: number | undefined,
): Plan {
  const now = Date.now();
  const text =
    victims.length === 1 ? `${victims[0]!.type}/${victims[0]!.id} is` : `${victims.length} resources are`;
  const changes = victims.map((victim) => prepareDelete(victim, now));
  const answer = deleted(request, `${text} deleted`, version);
  // The resource that was asked for comes before those that go with it.
  const [first] = changes;
  if (version !== undefined && first !== undefined) answer.lastModified = first.lastUpdated;
  return { changes, answer };
}

function deleted(request: FhirRequest, diagnostics: string, version: number | undefined): FhirResponse {
  const tag = version === undefined ? {} : { version };
  if (preferences(request.headers.prefer).return !== 'OperationOutcome') return { status: 204, ...tag };
  const issues = [{ severity: 'information', code: 'deleted', diagnostics } as const];
  const { outcome, headers } = outcomeFor(request.headers.acceptLanguage, issues);
  return { status: 200, ...tag, headers, body: jsonBody(outcome) };
}
