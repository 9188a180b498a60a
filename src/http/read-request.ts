import type { IncomingMessage } from 'node:http';
import { fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { readXml } from '../fhir/xml/read.ts';
import type { ConditionalHeaders, FhirRequest, QueryParameter } from '../interactions/request.ts';
import { readBody } from './body.ts';
import { bodyKind } from './negotiation.ts';

/** The methods of the FHIR API (http.html), HEAD and OPTIONS beside them. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Path and query of a URL below the base. */
export interface Target {
  path: string[];
  query: QueryParameter[];
}

/** @throws FhirError 400 on a malformed percent encoding */
export function readTarget(url: string): Target {
  const mark = url.indexOf('?');
  const pathname = mark < 0 ? url : url.slice(0, mark);
  try {
    const path = pathname.split('/').filter((segment) => segment !== '');
    return {
      path: pathname.includes('%') ? path.map(decodeURIComponent) : path,
      query: mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))],
    };
  } catch {
    throw fhirError(400, 'value', 'The URL is not well encoded');
  }
}

/**
 * The method of an interaction; HEAD is answered as GET, without the body.
 * @throws FhirError 405 on a method that FHIR does not have
 */
export function readMethod(method: string | undefined): FhirRequest['method'] {
  const known = methods.find((each) => each === method);
  if (known === undefined || known === 'OPTIONS') {
    throw fhirError(405, 'not-supported', 'This method is not offered', undefined, {
      Allow: methods.join(', '),
    });
  }
  return known === 'HEAD' ? 'GET' : known;
}

/** The headers that change what an interaction does. */
export function conditionalHeaders({ headers }: IncomingMessage): ConditionalHeaders {
  const found: ConditionalHeaders = {};
  const ifNoneExist = headers['if-none-exist'];
  if (headers['if-match'] !== undefined) found.ifMatch = headers['if-match'];
  if (headers['if-none-match'] !== undefined) found.ifNoneMatch = headers['if-none-match'];
  if (headers['if-modified-since'] !== undefined) found.ifModifiedSince = headers['if-modified-since'];
  if (typeof ifNoneExist === 'string') found.ifNoneExist = ifNoneExist;
  if (typeof headers['prefer'] === 'string') found.prefer = headers['prefer'];
  if (typeof headers['x-cascade'] === 'string') found.cascade = headers['x-cascade'];
  return found;
}

/**
 * The request with what its body holds: a resource, the parameters of a form, or a patch.
 * @param limit largest length of the body in bytes
 * @throws FhirError 413, 415, or 400 on a malformed body
 */
export async function withBody(
  found: FhirRequest,
  request: IncomingMessage,
  limit: number,
): Promise<FhirRequest> {
  const bytes = await readBody(request, limit);
  if (bytes.length === 0) return found;
  const isSearch = found.path.at(-1) === '_search';
  const expects = isSearch ? 'form' : found.method === 'PATCH' ? 'patch' : 'resource';
  switch (bodyKind(request.headers['content-type'], expects)) {
    case 'form':
      return { ...found, query: [...found.query, ...new URLSearchParams(bytes.toString('utf8'))] };
    case 'json-patch':
      return { ...found, jsonPatch: parseJson(bytes) };
    case 'xml-patch':
      return { ...found, xmlPatch: bytes.toString('utf8') };
    case 'xml':
      return { ...found, body: readXml(bytes) };
    case 'json':
      return { ...found, body: readJsonResource(bytes) };
  }
}

function readJsonResource(bytes: Buffer): Resource {
  const body = parseJson(bytes);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw fhirError(400, 'structure', 'The body must be a JSON object');
  }
  if (typeof (body as Resource).resourceType !== 'string') {
    throw fhirError(400, 'required', 'The resource needs a resourceType', 'resourceType');
  }
  return body as Resource;
}
