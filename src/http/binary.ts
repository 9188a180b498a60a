import { FhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import type { FhirRequest, FhirResponse } from '../interactions/request.ts';
import { bodyKind, type Format } from './negotiation.ts';
import { foreignContentPolicy } from './security-headers.ts';
import { weightedList, withoutParameters } from './weighted-list.ts';

/** Media types that can be meant for nothing but a resource. */
const fhirOnly = /^application\/(?:fhir\+(?:json|xml)|(?:json|xml)\+fhir)$/;
/** Media types of resources that other content has too. */
const fhirToo = /^(?:application|text)\/(?:json|xml)$/;
/** What may stand in a header: a media type with its parameters. */
const printable = /^[\x21-\x7e]+\/[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/**
 * Whether a read is for the content of a Binary, not for the resource around it (binary.html#rest): so it is unless the
 * caller names a format of resources.
 */
export function asksForContent(
  method: string | undefined,
  { path, query }: Pick<FhirRequest, 'path' | 'query'>,
  accept: string | undefined,
): boolean {
  if (path[0] !== 'Binary' || (method !== 'GET' && method !== 'HEAD') || query.length > 0) return false;
  const isRead = path.length === 2 || (path.length === 4 && path[2] === '_history');
  if (!isRead || isReserved(path[1])) return false;
  const names = weightedList(accept ?? '*/*')
    .filter(({ weight }) => weight > 0)
    .map(({ name }) => name);
  if (names.some((name) => fhirOnly.test(name))) return false;
  return names.includes('*/*') || !names.some((name) => fhirToo.test(name));
}

function isReserved(segment: string | undefined): boolean {
  return segment !== undefined && /^[$_]/.test(segment);
}

/** The answer to a read of a Binary as its content, in the media type that the resource states. */
export function contentAnswer(answer: FhirResponse): FhirResponse {
  if (answer.body === undefined) return answer;
  const { contentType, data, securityContext } = parseJson(answer.body) as BinaryElements;
  if (data === undefined) return answer;
  const context = securityContext?.reference;
  const headers = {
    'Content-Type': printable.test(contentType) ? contentType : 'application/octet-stream',
    'Content-Security-Policy': foreignContentPolicy,
    ...(context !== undefined && printable.test(context) ? { 'X-Security-Context': context } : {}),
  };
  return { ...answer, headers: { ...answer.headers, ...headers }, body: Buffer.from(data, 'base64') };
}

interface BinaryElements {
  contentType: string;
  data?: string;
  securityContext?: { reference?: string };
}

/** A body as it comes. */
interface Content {
  bytes: Buffer;
  /** As the request names it. */
  contentType: string;
  /** The header `X-Security-Context`. */
  securityContext?: string;
}

/**
 * What is written to an address of Binary: the resource where the body is one, else a resource made of the body as
 * content (binary.html#rest).
 * @param read the body as a resource of a format
 * @throws FhirError 400, 415 on what can be nothing but a resource, and is none
 */
export async function binaryResource(
  { path }: FhirRequest,
  { bytes, contentType, securityContext }: Content,
  read: (format: Format) => unknown,
): Promise<Resource> {
  const type = withoutParameters(contentType);
  if (fhirOnly.test(type) || fhirToo.test(type)) {
    try {
      const found = (await read(bodyKind(contentType, 'resource') as Format)) as Resource | null;
      if (found?.resourceType === 'Binary') return found;
    } catch (error) {
      if (fhirOnly.test(type) || !(error instanceof FhirError)) throw error;
    }
  }
  return {
    resourceType: 'Binary',
    ...(path[1] === undefined ? {} : { id: path[1] }),
    contentType,
    ...(securityContext === undefined ? {} : { securityContext: { reference: securityContext } }),
    data: bytes.toString('base64'),
  };
}

/** Whether the body of a request may be the content of a Binary: that of a create or an update. */
export function takesContent({ method, path }: FhirRequest): boolean {
  if (path[0] !== 'Binary') return false;
  return path.length === 1 ? method !== 'PATCH' : method === 'PUT' && path.length === 2;
}
