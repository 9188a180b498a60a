import { dateRange } from '../fhir/date.ts';
import { fhirError } from '../fhir/error.ts';
import type { StoredVersion } from '../store/contract.ts';
import { cursorParameter, openPage, queryString, sealPage } from './page-link.ts';
import { visibleBody } from './presentation.ts';
import type { FhirRequest, FhirResponse, QueryParameter } from './request.ts';
import { bundleBody } from './searchset.ts';
import type { Spine } from './spine.ts';

const defaultCount = 20;
const largestCount = 1000;
const heard = ['_count', '_since', '_format'];

/**
 * history of one resource, newest version first (http.html#history), by pages; `_count` and `_since` are heard.
 * @throws FhirError 404 when the id was never used, 400 on a malformed parameter
 */
export async function history(
  spine: Spine,
  request: FhirRequest,
  type: string,
  id: string,
): Promise<FhirResponse> {
  const store = spine.stores.forTenant(request.tenant);
  const current = await store.read(type, id);
  if (current === undefined) throw fhirError(404, 'not-found', `${type}/${id} is not known`);

  const path = `${type}/${id}/_history`;
  const scope = `${request.tenant} ${path}`;
  const token = request.query.find(([name]) => name === cursorParameter)?.[1];
  const start = token === undefined ? undefined : openPage(spine.pagingSecret, token, scope);
  const query = (start?.query ?? request.query).filter(([name]) => heard.includes(name));
  const count = countOf(query);
  const since = sinceOf(query);
  const versions = await store.history(type, id, {
    count: count + 1,
    ...(since === undefined ? {} : { since }),
    ...(start?.cursor === undefined ? {} : { before: Number(start.cursor) }),
  });
  const page = versions.slice(0, count);
  const last = page.at(-1);

  const url = (parameters: readonly QueryParameter[]) => `${spine.baseUrl}/${path}${queryString(parameters)}`;
  const links = [
    {
      relation: 'self',
      url: url(token === undefined ? query : [[cursorParameter, token]]),
    },
  ];
  if (last !== undefined && versions.length > count) {
    const next = sealPage(spine.pagingSecret, { query, cursor: String(last.version) }, scope);
    links.push({ relation: 'next', url: url([[cursorParameter, next]]) });
  }
  // Versions count from 1 by one, so the current number is the total.
  const total = since === undefined ? { total: current.version } : {};
  // The version before the last one tells whether that one brought the resource back.
  const older =
    versions[count] ??
    (last !== undefined && last.version > 1
      ? await store.readVersion(type, id, last.version - 1)
      : undefined);
  const entries = page.map((version, index) => historyEntry(spine, version, page[index + 1] ?? older));
  return {
    status: 200,
    body: bundleBody({ type: 'history', links, ...total }, entries),
  };
}

/** @param before the version that this one replaced */
function historyEntry(spine: Spine, version: StoredVersion, before: StoredVersion | undefined): Buffer[] {
  const { type, id, method, deleted, lastUpdated } = version;
  const created = before === undefined || before.deleted;
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

function countOf(query: readonly QueryParameter[]): number {
  const text = query.find(([name]) => name === '_count')?.[1];
  if (text === undefined) return defaultCount;
  if (!/^\d+$/.test(text)) throw fhirError(400, 'value', '_count takes a whole number', '_count');
  return Math.min(Math.max(Number(text), 1), largestCount);
}

function sinceOf(query: readonly QueryParameter[]): number | undefined {
  const text = query.find(([name]) => name === '_since')?.[1];
  if (text === undefined) return undefined;
  const range = dateRange(text);
  if (range === undefined) throw fhirError(400, 'value', '_since takes a date or an instant', '_since');
  return range.low;
}
