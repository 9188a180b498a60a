import { fhirError } from '../../fhir/error.ts';
import { containedParameters } from '../contained.ts';
import { cursorParameter, queryString } from '../page-link.ts';
import { preferences } from '../preconditions.ts';
import type { FhirRequest, QueryParameter } from '../request.ts';
import { ndjson } from './file.ts';
import type { Job } from './job.ts';

/** The format of the files; the names that R4 async.html wants to be understood. */
const outputFormats: readonly string[] = [ndjson, 'application/ndjson', 'ndjson'];

/** Matches of a page that is read for the files: with its includes it has to stay within the limits of a page. */
const pageCount = '100';

/** Parameters that say how an answer is split and written, which files are not. */
const ofPages = new Set(['_count', '_total', '_format', '_pretty', '_outputFormat', '_summary', '_elements']);

/** The parameters of the search that are applied when a file is written. */
const ofFiles = new Set(['_summary', '_elements']);

/**
 * True where `Prefer: respond-async` is followed: on what answers resources by pages. A number, a page of its own and
 * contained resources, which have no version, are answered at once, as RFC 7240 allows.
 */
export function respondsAsynchronously(
  { method, headers, query }: FhirRequest,
  { code, operation }: { code: string; operation?: string },
): boolean {
  if (!preferences(headers.prefer).respondAsync) return false;
  const isPaged = code.startsWith('search-') || (operation === 'everything' && method === 'GET');
  if (!isPaged) return false;
  return !query.some(
    ([name, value]) =>
      name === cursorParameter ||
      containedParameters.includes(name) ||
      (name === '_summary' && value === 'count') ||
      (name === '_count' && value === '0'),
  );
}

/**
 * The job that a request asks for.
 * @throws FhirError 400 on an `_outputFormat` that is not NDJSON
 */
export function jobOf(
  { access, path, query, baseUrl }: FhirRequest,
  { code, type }: { code: string; type?: string },
  now: number,
): Job {
  const format = query.find(([name]) => name === '_outputFormat')?.[1].replace(' ', '+');
  if (format !== undefined && !outputFormats.includes(format)) {
    throw fhirError(400, 'not-supported', `The files are in ${ndjson} alone`, '_outputFormat');
  }
  const isSearch = code.startsWith('search-');
  const paging: QueryParameter[] = isSearch ? [['_total', 'none']] : [];
  return {
    tenant: access.tenant,
    caller: access.caller,
    requestUrl: `${[baseUrl, ...path.map(encodeURIComponent)].join('/')}${queryString(query)}`,
    first: {
      path: searchedPath(path),
      query: [...query.filter(([name]) => !ofPages.has(name)), ['_count', pageCount], ...paging],
    },
    representation: query.filter(([name]) => ofFiles.has(name)),
    ...(isSearch && type !== undefined ? { type } : {}),
    transactionTime: new Date(now).toISOString(),
    touched: now,
    state: 'running',
    files: [],
  };
}

/** The address of a search by GET; a search of a whole compartment has another than by POST. */
function searchedPath(path: readonly string[]): readonly string[] {
  if (path.at(-1) !== '_search') return path;
  return path.length === 3 ? [...path.slice(0, -1), '*'] : path.slice(0, -1);
}
