import type { Source } from '../fhir/locations/positions.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Access } from './access.ts';

/** A FHIR interaction as `http/` or a bundle entry asks for it, free of any transport. */
export interface FhirRequest {
  /** What the caller reaches; the entries of a bundle have that of the bundle. */
  access: Access;
  /** The URL below the base as it was received, for the record. */
  url?: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Decoded path segments below the FHIR base: `['Patient', 'p1', '_history', '2']`. */
  path: readonly string[];
  /** Decoded query parameters in order; those of a form body come after those of the URL. */
  query: readonly QueryParameter[];
  headers: ConditionalHeaders;
  /** The parsed resource, where the interaction takes one. */
  body?: Resource;
  /** The parsed body of the media type application/json-patch+json, not checked yet. */
  jsonPatch?: unknown;
  /** The body of the media type application/xml-patch+xml, not read yet. */
  xmlPatch?: string;
  /** The body of a GraphQL query: its text, or the parsed JSON around it, not checked yet. */
  graphql?: unknown;
  /** The body as it was sent, for issues that tell places in it. */
  source?: Source;
  /** Absolute URL of the FHIR base without trailing slash. */
  baseUrl: string;
}

/**
 * What JSON.stringify makes of a resource, where that is known without making it: where the resource is the one that was
 * sent, as it was sent, and its text has no white space between values.
 */
export function sentTextOf({ body, source }: FhirRequest, resource: Resource): string | undefined {
  return resource === body ? source?.compact : undefined;
}

export type QueryParameter = readonly [name: string, value: string];

/** The request headers that change what an interaction does (http.html), as sent. */
export interface ConditionalHeaders {
  ifMatch?: string;
  ifNoneMatch?: string;
  ifModifiedSince?: string;
  ifNoneExist?: string;
  prefer?: string;
  /** `X-Cascade`: what a deletion does with the resources that refer to its own. */
  cascade?: string;
  /** `Accept-Language`, for texts of the answer. */
  acceptLanguage?: string;
}

/** The answer to an interaction; `http/` turns it into a response and a bundle into an entry. */
export interface FhirResponse {
  status: number;
  /** Serialised JSON, absent where the answer has no body. */
  body?: Buffer;
  /** Version number, sent as `ETag: W/"n"`. */
  version?: number;
  /** Milliseconds since 1970 UTC, sent as `Last-Modified`. */
  lastModified?: number;
  /** Absolute URL of what was created or written. */
  location?: string;
  /** Other headers, such as `Retry-After`. */
  headers?: Readonly<Record<string, string>>;
}
