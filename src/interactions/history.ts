import { dateRange } from '../fhir/date.ts';
import { fhirError } from '../fhir/error.ts';
import type { ChangedVersion, Period } from '../store/contract.ts';
import { linkScope } from './access.ts';
import { defaultCount, withLoweredCount } from './limits.ts';
import { cursorParameter, linkedPages, openPage, queryString, sealPage } from './page-link.ts';
import { preferences } from './preconditions.ts';
import { visibleBody } from './presentation.ts';
import { representationNames, representationParameters } from './representation.ts';
import type { FhirRequest, FhirResponse, QueryParameter } from './request.ts';
import { bundleBody } from './searchset.ts';
import type { Spine } from './spine.ts';

const heard = ['_count', '_since', '_at', '_sort'];

/** What a history asks its store for. */
interface Window {
  count: number;
  oldestFirst?: true;
  since?: number;
  at?: Period;
  cursor?: string;
}

interface HistoryPage {
  versions: ChangedVersion[];
  next?: string;
  total?: number;
}

/**
 * history of one resource, newest version first (http.html#history), by pages; `_count`, `_since`, `_at` and, to turn
 * the order round, `_sort=_lastUpdated` are heard.
 * @throws FhirError 404 when the id was never used, 400 on a malformed parameter, and on an unknown one with
 *   `Prefer: handling=strict`
 */
export async function history(
  spine: Spine,
  request: FhirRequest,
  type: string,
  id: string,
): Promise<FhirResponse> {
  const { store } = request.access;
  const current = await store.read(type, id);
  if (current === undefined) throw fhirError(404, 'not-found', `${type}/${id} is not known`);
  return answer(
    spine,
    request,
    `${type}/${id}/_history`,
    async ({ count: asked, cursor, oldestFirst, ...window }) => {
      // Versions count from 1 by one, so the current number is the total; but of those that a limited caller may see.
      const isKnown = request.access.rights === undefined && Object.keys(window).length === 0;
      if (isKnown && asked === 0) return { versions: [], total: current.version };
      const { count, ...use } = countOrMost(spine, asked);
      const order = oldestFirst ? { oldestFirst } : {};
      const from = cursor === undefined ? {} : { [oldestFirst ? 'after' : 'before']: Number(cursor) };
      const found = await store.history(type, id, { ...window, ...use, ...order, ...from, count: count + 1 });
      const page = found.slice(0, count);
      const last = page.at(-1);
      const versions: ChangedVersion[] = [];
      for (const version of page) {
        const replaced =
          found.find((other) => other.version === version.version - 1) ??
          (version.version === 1 ? undefined : await store.readVersion(type, id, version.version - 1));
        versions.push({ ...version, created: replaced === undefined || replaced.deleted });
      }
      return {
        versions,
        ...(last !== undefined && found.length > count ? { next: String(last.version) } : {}),
        ...(isKnown ? { total: current.version } : {}),
      };
    },
  );
}

/** A page of nothing asks for the number alone (as search.html#count): it is told when a page may hold so many. */
function countOrMost({ limits }: Spine, count: number): { count: number; isCounted?: true } {
  return count === 0 ? { count: limits.pageResources, isCounted: true } : { count };
}

/** history of all resources of a type, deleted ones included; as `history` otherwise. */
export function typeHistory(spine: Spine, request: FhirRequest, type: string): Promise<FhirResponse> {
  const { store } = request.access;
  return answer(spine, request, `${type}/_history`, (window) =>
    store.changes({ ...window, ...countOrMost(spine, window.count), type }),
  );
}

/** history of all resources; as `typeHistory` otherwise. */
export function systemHistory(spine: Spine, request: FhirRequest): Promise<FhirResponse> {
  const { store } = request.access;
  return answer(spine, request, '_history', (window) =>
    store.changes({ ...window, ...countOrMost(spine, window.count) }),
  );
}

/** One page as a Bundle with its links; `path` is the address below the base. */
async function answer(
  spine: Spine,
  request: FhirRequest,
  path: string,
  read: (window: Window) => Promise<HistoryPage>,
): Promise<FhirResponse> {
  const scope = linkScope(request.access, path);
  const token = request.query.find(([name]) => name === cursorParameter)?.[1];
  const start = token === undefined ? undefined : openPage(spine.pagingSecret, token, scope);
  const given = start?.query ?? request.query;
  const asked = given.filter(([name]) => heard.includes(name));
  if (preferences(request.headers.prefer).strict) checkHeard(given);
  const query = withLoweredCount(asked, spine.limits);
  const cursor = start?.cursor === undefined ? {} : { cursor: start.cursor };
  const window = windowOf(query);
  const found = await read({ ...window, ...cursor });
  const isWhole = start?.cursor === undefined && found.next === undefined;
  const total = found.total ?? (isWhole ? found.versions.length : undefined);
  const { versions, next } = window.count === 0 ? { versions: [], next: undefined } : found;

  const shown = representationParameters(request.query);
  const url = (parameters: readonly QueryParameter[]) =>
    `${spine.baseUrl}/${path}${queryString([...parameters, ...shown])}`;
  const links = [
    { relation: 'self', url: url(token === undefined ? query : [[cursorParameter, token]]) },
    ...linkedPages({ query, start, next }).map((page) => ({
      relation: page.relation,
      url: url([[cursorParameter, sealPage(spine.pagingSecret, page.start, scope)]]),
    })),
  ];
  const head = { type: 'history' as const, links, ...(total === undefined ? {} : { total }) };
  return {
    status: 200,
    body: bundleBody(
      head,
      versions.map((version) => historyEntry(spine, version)),
    ),
  };
}

/** @throws FhirError 400 on a parameter that a history does not have */
function checkHeard(query: readonly QueryParameter[]): void {
  const known = [...heard, ...representationNames];
  const unknown = query.find(([name]) => !known.includes(name))?.[0];
  if (unknown === undefined) return;
  const diagnostics = `Unknown or unsupported parameter of a history: ${unknown}. Supported: ${known.join(', ')}`;
  throw fhirError(400, 'not-supported', diagnostics, unknown);
}

function historyEntry(spine: Spine, version: ChangedVersion): Buffer[] {
  const { type, id, method, deleted, created, lastUpdated } = version;
  const request = { method, url: method === 'POST' ? type : `${type}/${id}` };
  const response = {
    status: deleted ? '204' : created ? '201' : '200',
    etag: `W/"${version.version}"`,
    lastModified: new Date(lastUpdated).toISOString(),
  };
  const tail = `"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
  const head = `{"fullUrl":"${spine.baseUrl}/${type}/${id}",`;
  if (deleted) return [Buffer.from(head + tail)];
  return [Buffer.from(`${head}"resource":`), visibleBody(spine, version), Buffer.from(`,${tail}`)];
}

function windowOf(query: readonly QueryParameter[]): Window {
  const since = periodOf(query, '_since')?.low;
  const at = periodOf(query, '_at');
  return {
    count: countOf(query),
    ...(isOldestFirst(query) ? { oldestFirst: true } : {}),
    ...(since === undefined ? {} : { since }),
    ...(at === undefined ? {} : { at }),
  };
}

function countOf(query: readonly QueryParameter[]): number {
  const text = query.find(([name]) => name === '_count')?.[1];
  if (text === undefined) return defaultCount;
  if (!/^\d+$/.test(text)) throw fhirError(400, 'value', '_count takes a whole number', '_count');
  return Number(text);
}

function isOldestFirst(query: readonly QueryParameter[]): boolean {
  const key = query.find(([name]) => name === '_sort')?.[1] ?? '-_lastUpdated';
  if (key !== '_lastUpdated' && key !== '-_lastUpdated') {
    throw fhirError(400, 'not-supported', 'A history takes _sort=_lastUpdated or -_lastUpdated', '_sort');
  }
  return key === '_lastUpdated';
}

function periodOf(query: readonly QueryParameter[], parameter: string): Period | undefined {
  const text = query.find(([name]) => name === parameter)?.[1];
  if (text === undefined) return undefined;
  // In a query string an unescaped `+` of a zone has become a space.
  const range = dateRange(text.replace(' ', '+'));
  if (range === undefined) {
    throw fhirError(400, 'value', `${parameter} takes a date or an instant`, parameter);
  }
  return range;
}
