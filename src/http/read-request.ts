import type { IncomingMessage } from 'node:http';
import { fhirError } from '../fhir/error.ts';
import { parseJsonInSteps, parseJsonKeepingText } from '../fhir/json.ts';
import type { Source } from '../fhir/locations/positions.ts';
import type { Resource } from '../fhir/resource.ts';
import { readXml, readXmlInSteps } from '../fhir/xml/read.ts';
import { largeBody, pacer } from '../interactions/pacer.ts';
import type { ConditionalHeaders, FhirRequest, QueryParameter } from '../interactions/request.ts';
import { binaryResource, takesContent } from './binary.ts';
import { readBody } from './body.ts';
import { gathered } from './gathered.ts';
import { bodyKind, type ExpectedBody, type Format } from './negotiation.ts';

/** The methods of the FHIR API (http.html), HEAD and OPTIONS beside them. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** How much a request may hold. */
export interface RequestLimits {
  /** Length of the URL. */
  urlBytes: number;
  /** Length of the body, before and after decompression. */
  bodyBytes: number;
  /** Levels of a JSON or XML body. */
  nestingLevels: number;
}

/** Path and query of a URL below the base. */
export interface Target {
  path: string[];
  query: QueryParameter[];
}

/**
 * @param longest the most bytes of a URL
 * @throws FhirError 414 on a longer one, 400 on a malformed percent encoding
 */
export function readTarget(url: string, longest: number): Target {
  if (url.length > longest) {
    const diagnostics = `The URL is longer than ${longest} bytes; send a long search by POST to _search`;
    throw fhirError(414, 'too-long', diagnostics, 'http.url');
  }
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

/** The three forms of a date (RFC 9110, 5.6.7); a condition of another form does not count (13.1.3). */
const httpDate = /^[A-Z][a-z]{2,8}, .+ GMT$|^[A-Z][a-z]{2} [A-Z][a-z]{2} .+ \d{4}$/;

/** The headers that change what an interaction does. */
export function conditionalHeaders({ headers }: IncomingMessage): ConditionalHeaders {
  const found: ConditionalHeaders = {};
  const ifNoneExist = headers['if-none-exist'];
  if (headers['if-match'] !== undefined) found.ifMatch = headers['if-match'];
  if (headers['if-none-match'] !== undefined) found.ifNoneMatch = headers['if-none-match'];
  const since = headers['if-modified-since'];
  if (since !== undefined && httpDate.test(since)) found.ifModifiedSince = since;
  if (typeof ifNoneExist === 'string') found.ifNoneExist = ifNoneExist;
  if (typeof headers['prefer'] === 'string') found.prefer = headers['prefer'];
  if (headers['accept-language'] !== undefined) found.acceptLanguage = headers['accept-language'];
  if (typeof headers['x-cascade'] === 'string') found.cascade = headers['x-cascade'];
  return found;
}

/**
 * The request with what its body holds: a resource, the content of a Binary, the parameters of a form, a patch or a query.
 * @param onLargeBody called with the length of a large one, and waited for, before anything is made of it
 * @throws FhirError 413, 415, or 400 on a malformed body
 */
export async function withBody(
  found: FhirRequest,
  request: IncomingMessage,
  limits: RequestLimits,
  onLargeBody: (bytes: number) => Promise<void>,
): Promise<FhirRequest> {
  const bytes = await readBody(request, limits.bodyBytes);
  if (bytes.length === 0) return found;
  await (bytes.length >= largeBody ? onLargeBody(bytes.length) : gathered());
  const contentType = request.headers['content-type'];
  const read = (format: Format) => readFormat(bytes, format, { maxDepth: limits.nestingLevels });
  const resource = async (format: Format) => (await read(format)).value;
  if (contentType !== undefined && takesContent(found)) {
    const securityContext = request.headers['x-security-context'];
    const content = {
      bytes,
      contentType,
      ...(typeof securityContext === 'string' ? { securityContext } : {}),
    };
    return { ...found, body: await binaryResource(found, content, resource) };
  }
  const expects = expectedBody(found);
  const kind = bodyKind(contentType, expects);
  switch (kind) {
    case 'form':
      return { ...found, query: [...found.query, ...new URLSearchParams(bytes.toString('utf8'))] };
    case 'json-patch':
      return { ...found, jsonPatch: await resource('json') };
    case 'xml-patch':
      return { ...found, xmlPatch: bytes.toString('utf8') };
    case 'graphql':
      return { ...found, graphql: bytes.toString('utf8') };
    default: {
      const { value: body, compact } = await read(kind);
      return expects === 'query' && !isResource(body)
        ? { ...found, graphql: body }
        : { ...found, body: checkedResource(body), source: { bytes, format: kind, compact } };
    }
  }
}

/** A body of one of the formats of resources; what JSON holds is not checked yet. */
async function readFormat(
  bytes: Buffer,
  format: Format,
  depth: { maxDepth: number },
): Promise<{ value: unknown; compact?: Source['compact'] }> {
  const isLarge = bytes.length >= largeBody;
  if (format === 'xml')
    return { value: isLarge ? await readXmlInSteps(bytes, pacer(), depth) : readXml(bytes, depth) };
  if (isLarge) return { value: await parseJsonInSteps(bytes, pacer(), depth) };
  return parseJsonKeepingText(bytes, depth);
}

function expectedBody({ path, method }: FhirRequest): ExpectedBody {
  const last = path.at(-1);
  if (last === '_search') return 'form';
  if (last === '$graphql') return 'query';
  return method === 'PATCH' ? 'patch' : 'resource';
}

function checkedResource(body: unknown): Resource {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw fhirError(400, 'structure', 'The body must be a JSON object');
  }
  if (!isResource(body)) {
    throw fhirError(400, 'required', 'The resource needs a resourceType', 'resourceType');
  }
  return body;
}

function isResource(body: unknown): body is Resource {
  return typeof (body as Resource | null)?.resourceType === 'string';
}
