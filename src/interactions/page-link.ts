import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fhirError } from '../fhir/error.ts';
import type { QueryParameter } from './request.ts';

/** The query parameter of a page link; it stands alone, for its token holds the whole search. */
export const cursorParameter = '_cursor';

/** Where a page starts: the parameters of the search, and the cursor of the store, absent for the first page. */
export interface PageStart {
  query: readonly QueryParameter[];
  cursor?: string;
  /** The cursors of the pages before this one, the oldest first; the first page's is empty. */
  trail?: readonly string[];
}

/** Pages that `previous` leads back over, one after the other: a link must not grow without end. */
const longestTrail = 24;

const ivLength = 12;
const tagLength = 16;

/** Query string of a list of parameters with its question mark, or an empty text. */
export function queryString(parameters: readonly QueryParameter[]): string {
  if (parameters.length === 0) return '';
  const search = new URLSearchParams();
  for (const [name, value] of parameters) search.append(name, value);
  return `?${search}`;
}

/**
 * The token of a page link, encrypted (AES-256-GCM): a search may hold identity data, and links end in logs.
 * @param secret 32 bytes
 * @param scope tenant and path, to which the token is bound
 */
export function sealPage(secret: Buffer, start: PageStart, scope: string): string {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(scope));
  const text = cipher.update(JSON.stringify(start), 'utf8');
  return Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** @throws FhirError 400 when the token is not one that `sealPage` made for this scope */
export function openPage(secret: Buffer, token: string, scope: string): PageStart {
  try {
    const bytes = Buffer.from(token, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, ivLength))
      .setAAD(Buffer.from(scope))
      .setAuthTag(bytes.subarray(-tagLength));
    const text = decipher.update(bytes.subarray(ivLength, -tagLength));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString()) as PageStart;
  } catch {
    throw fhirError(
      400,
      'value',
      'The page link was altered; follow links as the server gave them',
      cursorParameter,
    );
  }
}

/** Where the page is among the others of its search or history. */
interface PagePlace {
  /** The parameters that the links keep. */
  query: readonly QueryParameter[];
  /** What the page was opened with; absent when it was asked for without a link. */
  start?: PageStart | undefined;
  /** Where the next page starts, absent on the last one. */
  next?: string | undefined;
}

/** The links `first`, `previous` and `next` of a page, as far as there are such pages. */
export function pageLinks(
  { query, start, next }: PagePlace,
  linkTo: (start: PageStart) => string,
): { relation: string; url: string }[] {
  const trail = start?.trail ?? [];
  const before = trail.at(-1);
  const links: { relation: string; url: string }[] = [];
  if (start !== undefined) links.push({ relation: 'first', url: linkTo({ query }) });
  if (before !== undefined) {
    const cursor = before === '' ? {} : { cursor: before };
    links.push({ relation: 'previous', url: linkTo({ query, ...cursor, trail: trail.slice(0, -1) }) });
  }
  if (next !== undefined) {
    const further = [...trail, start?.cursor ?? ''].slice(-longestTrail);
    links.push({ relation: 'next', url: linkTo({ query, cursor: next, trail: further }) });
  }
  return links;
}
