import { fhirError } from '../fhir/error.ts';
import type { StoredVersion } from '../store/contract.ts';
import type { ConditionalHeaders } from './request.ts';

export type ReturnPreference = 'minimal' | 'representation' | 'OperationOutcome';

export interface Preferences {
  return?: ReturnPreference;
  /** `handling=strict`: a search parameter that is not known refuses the search. */
  strict: boolean;
  respondAsync: boolean;
}

/** Reads a `Prefer` header (RFC 7240, http.html#ops); what it does not know is ignored, as the RFC wants. */
export function preferences(prefer: string | undefined): Preferences {
  const found: Preferences = { strict: false, respondAsync: false };
  for (const part of (prefer ?? '').split(/[,;]/)) {
    const [name = '', value] = part.split('=');
    // RFC 7240, 2: names of preferences have no case.
    const preference = name.trim().toLowerCase();
    const text = value?.trim().replace(/^"(.*)"$/, '$1');
    if (
      preference === 'return' &&
      (text === 'minimal' || text === 'representation' || text === 'OperationOutcome')
    ) {
      found.return ??= text;
    } else if (preference === 'handling') {
      found.strict = text === 'strict';
    } else if (preference === 'respond-async') {
      found.respondAsync = true;
    }
  }
  return found;
}

/**
 * Version numbers of an `If-Match` or `If-None-Match` header, `'*'` for any version.
 * A tag that is not of this server's making matches nothing.
 */
function versionTags(header: string): '*' | string[] {
  if (header.trim() === '*') return '*';
  return header.split(',').map((tag) =>
    tag
      .trim()
      .replace(/^W\//i, '')
      .replace(/^"(.*)"$/, '$1'),
  );
}

/**
 * Checks `If-Match` and `If-None-Match` of a write against the current version (http.html#concurrency, RFC 9110, 13.1).
 * @throws FhirError 412 when a precondition does not hold, 400 on an empty header
 */
export function checkWritePreconditions(
  headers: ConditionalHeaders,
  current: StoredVersion | undefined,
): void {
  const alive = current !== undefined && !current.deleted;
  if (headers.ifMatch !== undefined) {
    if (headers.ifMatch.trim() === '') {
      throw fhirError(400, 'value', 'If-Match must hold a version tag, such as W/"3"', 'http.if-match');
    }
    const tags = versionTags(headers.ifMatch);
    if (!alive || (tags !== '*' && !tags.includes(String(current.version)))) {
      const found = alive ? `the current version is ${current.version}` : 'the resource does not exist';
      throw fhirError(412, 'conflict', `If-Match does not match: ${found}`, 'http.if-match');
    }
  }
  if (headers.ifNoneMatch !== undefined && alive) {
    const tags = versionTags(headers.ifNoneMatch);
    if (tags !== '*' && !tags.includes(String(current.version))) return;
    const diagnostics =
      tags === '*'
        ? 'If-None-Match: * holds only where the resource does not exist'
        : 'If-None-Match holds only for another version than the current one';
    throw fhirError(412, 'conflict', diagnostics, 'http.if-none-match');
  }
}

/** True when a conditional read may be answered 304 (http.html#cread). */
export function notModified(headers: ConditionalHeaders, version: StoredVersion): boolean {
  if (headers.ifNoneMatch !== undefined) {
    const tags = versionTags(headers.ifNoneMatch);
    return tags === '*' || tags.includes(String(version.version));
  }
  if (headers.ifModifiedSince === undefined) return false;
  const since = Date.parse(headers.ifModifiedSince);
  // HTTP dates have whole seconds.
  return !Number.isNaN(since) && Math.floor(version.lastUpdated / 1000) * 1000 <= since;
}
