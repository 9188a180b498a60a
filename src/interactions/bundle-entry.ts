import { STATUS_CODES } from 'node:http';
import { FhirError, fhirError } from '../fhir/error.ts';
import { messageLanguage, outcomeFor } from '../fhir/messages/language.ts';
import type { Resource } from '../fhir/resource.ts';
import { isObject } from '../validation/objects.ts';
import { parseQuery } from './condition.ts';
import { jsonBody } from './presentation.ts';
import type { ConditionalHeaders, FhirRequest, FhirResponse } from './request.ts';
import { bundleBody } from './searchset.ts';

/** An entry of a batch or transaction, as the request that it stands for. */
export interface BundleEntry {
  /** Position in the bundle. */
  index: number;
  fullUrl?: string;
  request: FhirRequest;
}

/** The order in which the entries of a bundle are processed (http.html#trules). */
export const processingOrder = ['DELETE', 'POST', 'PUT', 'PATCH', 'GET', 'HEAD'] as const;

/**
 * Reads the entries of a batch or transaction bundle.
 * @param refused is told of an entry that cannot be understood, which is then left out; without it that entry
 *   refuses the whole bundle
 * @param limit the most entries that it may have
 * @throws FhirError 413 on more entries, 400 on what is no list of entries, and on an entry without a request that can be understood
 */
export function bundleEntries(
  request: FhirRequest,
  limit: number,
  refused?: (index: number, error: FhirError) => void,
): BundleEntry[] {
  const { entry: entries = [] } = (request.body ?? {}) as { entry?: unknown };
  if (!Array.isArray(entries)) throw fhirError(400, 'structure', 'entry must be an array', 'Bundle.entry');
  if (entries.length > limit) {
    const diagnostics = `A bundle takes at most ${limit} entries: send it in several`;
    throw fhirError(413, 'too-long', diagnostics, 'Bundle.entry');
  }
  return entries.flatMap((entry, index) => {
    try {
      return [readEntry(entry, index, request)];
    } catch (error) {
      if (refused === undefined || !(error instanceof FhirError)) throw error;
      refused(index, error);
      return [];
    }
  });
}

function readEntry(entry: unknown, index: number, outer: FhirRequest): BundleEntry {
  const at = `Bundle.entry[${index}]`;
  if (!isObject(entry)) throw fhirError(400, 'structure', 'An entry must be an object', at);
  const { fullUrl, request, resource } = entry;
  if (!isObject(request)) throw fhirError(400, 'required', 'The entry needs a request', `${at}.request`);
  const method = processingOrder.find((known) => known === request['method']);
  if (method === undefined) {
    throw fhirError(
      400,
      'value',
      `The method must be one of ${processingOrder.join(', ')}`,
      `${at}.request.method`,
    );
  }
  if (typeof request['url'] !== 'string' || request['url'] === '')
    throw fhirError(400, 'required', 'The request needs a url', `${at}.request.url`);
  if (fullUrl !== undefined && typeof fullUrl !== 'string') {
    throw fhirError(400, 'structure', 'fullUrl must be a string', `${at}.fullUrl`);
  }
  if (resource !== undefined && (!isObject(resource) || typeof resource['resourceType'] !== 'string')) {
    throw fhirError(400, 'structure', 'The resource must be an object with a resourceType', `${at}.resource`);
  }
  return {
    index,
    ...(fullUrl === undefined ? {} : { fullUrl }),
    request: {
      access: outer.access,
      url: request['url'],
      baseUrl: outer.baseUrl,
      method,
      ...target(request['url'], outer.baseUrl, `${at}.request.url`),
      headers: headers(request, outer, at),
      ...(resource === undefined ? {} : { body: resource as Resource }),
    },
  };
}

/** Path and query of an entry's URL, relative or below this server's base. */
function target(url: string, baseUrl: string, at: string): Pick<FhirRequest, 'path' | 'query'> {
  const isBelowBase = url.startsWith(baseUrl) && /^[/?]|^$/.test(url.slice(baseUrl.length));
  const relative = (isBelowBase ? url.slice(baseUrl.length) : url).replace(/^\//, '');
  if (/^[a-z][a-z0-9+.-]*:/i.test(relative)) {
    throw fhirError(400, 'value', 'The url must be relative, or below the base of this server', at);
  }
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  try {
    return {
      path: path === '' ? [] : path.split('/').map(decodeURIComponent),
      query: mark < 0 ? [] : parseQuery(relative.slice(mark + 1)),
    };
  } catch {
    throw fhirError(400, 'value', 'The url is not well encoded', at);
  }
}

/** The methods that a condition of an entry is for (bundle-definitions.html#Bundle.entry.request, http.html#cond-update). */
const conditions = {
  ifMatch: ['PUT', 'PATCH', 'DELETE'],
  ifNoneMatch: ['GET', 'HEAD', 'PUT'],
  ifModifiedSince: ['GET', 'HEAD'],
  ifNoneExist: ['POST'],
} as const satisfies Partial<Record<keyof ConditionalHeaders, FhirRequest['method'][]>>;

/**
 * The conditional headers of an entry; the preference of the bundle holds for all of them.
 * @throws FhirError 400 on a condition that the method does not have: without it, the entry would do something else
 */
function headers(request: Record<string, unknown>, outer: FhirRequest, at: string): ConditionalHeaders {
  const found: ConditionalHeaders = {
    prefer: outer.headers.prefer ?? 'return=minimal',
  };
  const { acceptLanguage } = outer.headers;
  if (acceptLanguage !== undefined) found.acceptLanguage = acceptLanguage;
  for (const [name, methods] of Object.entries(conditions) as [
    keyof typeof conditions,
    readonly string[],
  ][]) {
    const value = request[name];
    if (value === undefined) continue;
    if (typeof value !== 'string')
      throw fhirError(400, 'structure', `${name} must be a string`, `${at}.request.${name}`);
    if (!methods.includes(String(request['method']))) {
      const diagnostics = `${name} is for ${methods.join(', ')}`;
      throw fhirError(400, 'invalid', diagnostics, `${at}.request.${name}`);
    }
    found[name] = value;
  }
  return found;
}

/** The answer to one entry as bytes: the resource, if any, beside the response. */
export function responseEntry(answer: FhirResponse, outcome: boolean): Buffer[] {
  const { status, location, version, lastModified } = answer;
  const body = entryBody(answer);
  const response = {
    status: statusText(status),
    ...(location === undefined ? {} : { location }),
    ...(version === undefined ? {} : { etag: `W/"${version}"` }),
    ...(lastModified === undefined ? {} : { lastModified: new Date(lastModified).toISOString() }),
  };
  const text = JSON.stringify(response);
  if (body === undefined) return [Buffer.from(`{"response":${text}}`)];
  if (outcome) return [Buffer.from(`{"response":${text.slice(0, -1)},"outcome":`), body, Buffer.from('}}')];
  return [Buffer.from('{"resource":'), body, Buffer.from(`,"response":${text}}`)];
}

/** An entry holds resources alone: a body of another kind stands in it as a Binary. */
function entryBody({ body, headers }: FhirResponse): Buffer | undefined {
  const contentType = headers?.['Content-Type'];
  if (body === undefined || contentType === undefined) return body;
  return jsonBody({ resourceType: 'Binary', contentType, data: body.toString('base64') });
}

/** The refusal of one entry of a batch. */
export function errorEntry(error: FhirError, { headers }: FhirRequest): Buffer[] {
  const response = {
    status: statusText(error.status),
    outcome: outcomeFor(headers.acceptLanguage, error.issues).outcome,
  };
  return [jsonBody({ response })];
}

/** The whole answer to a batch or transaction. */
export function responseBundle(
  { headers }: FhirRequest,
  type: 'batch-response' | 'transaction-response',
  entries: Buffer[][],
): FhirResponse {
  const language = messageLanguage(headers.acceptLanguage);
  return { status: 200, headers: { 'Content-Language': language }, body: bundleBody({ type }, entries) };
}

/** True where the body of a write's answer is an OperationOutcome, by `Prefer`. */
export function answersOutcome(request: FhirRequest): boolean {
  return request.method !== 'GET' && /\breturn=OperationOutcome\b/.test(request.headers.prefer ?? '');
}

function statusText(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}
