import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type FhirError, fhirError } from '../fhir/error.ts';
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

/** Hours that a page link is valid at least. */
const linkHours = 24;

/** How long a link that was made for a page is given again, in milliseconds. */
export const linkReuse = 60_000;

/** How long after it was made a page link is taken, in milliseconds: it may be given at the end of its reuse. */
export const pageLife = linkHours * 3_600_000 + linkReuse;

const ivLength = 12;
const tagLength = 16;

/** Random bytes drawn for many tokens at once, which takes hardly longer than for one. */
let drawn = Buffer.alloc(0);

function newIv(): Buffer {
  if (drawn.length < ivLength) drawn = randomBytes(256 * ivLength);
  const iv = drawn.subarray(0, ivLength);
  drawn = drawn.subarray(ivLength);
  return iv;
}

/** Made once for each secret: to make a key takes longer than to encrypt a token with it. */
const keys = new WeakMap<Buffer, KeyObject>();

function keyOf(secret: Buffer): KeyObject {
  const key = keys.get(secret) ?? createSecretKey(secret);
  keys.set(secret, key);
  return key;
}

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
 * @param scope tenant, caller and path, to which the token is bound
 * @param now when the link is made, in milliseconds since 1970 UTC
 */
export function sealPage(secret: Buffer, start: PageStart, scope: string, now: number = Date.now()): string {
  const iv = newIv();
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv).setAAD(Buffer.from(scope));
  const text = cipher.update(JSON.stringify({ ...start, made: now }), 'utf8');
  return Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/**
 * @param now the present, in milliseconds since 1970 UTC
 * @throws FhirError 400 when the token is not one that `sealPage` made for this scope, 410 when its life is over
 */
export function openPage(secret: Buffer, token: string, scope: string, now: number = Date.now()): PageStart {
  const { made = 0, ...start } = unsealed(secret, token, scope);
  if (now - made > pageLife) throw pageGone();
  return start;
}

/** The refusal of a page link that has had its time. */
export function pageGone(): FhirError {
  const diagnostics = `The page link is older than ${linkHours} hours and no longer valid: search again`;
  return fhirError(410, 'not-found', diagnostics, cursorParameter);
}

/** What a token holds; those of earlier programs do not say when they were made. */
interface SealedPage extends PageStart {
  made?: number;
}

function unsealed(secret: Buffer, token: string, scope: string): SealedPage {
  try {
    const bytes = Buffer.from(token, 'base64url');
    const options = { authTagLength: tagLength };
    const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, ivLength), options)
      .setAAD(Buffer.from(scope))
      .setAuthTag(bytes.subarray(-tagLength));
    const text = decipher.update(bytes.subarray(ivLength, -tagLength));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString()) as SealedPage;
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

/** A page that another links to. */
interface LinkedPage {
  relation: 'first' | 'previous' | 'next';
  start: PageStart;
}

/** The pages `first`, `previous` and `next` of a page, as far as there are such pages. */
export function linkedPages({ query, start, next }: PagePlace): LinkedPage[] {
  const trail = start?.trail ?? [];
  const before = trail.at(-1);
  const pages: LinkedPage[] = [];
  if (start !== undefined) pages.push({ relation: 'first', start: { query } });
  if (before !== undefined) {
    const cursor = before === '' ? {} : { cursor: before };
    pages.push({ relation: 'previous', start: { query, ...cursor, trail: trail.slice(0, -1) } });
  }
  if (next !== undefined) {
    const further = [...trail, start?.cursor ?? ''].slice(-longestTrail);
    pages.push({ relation: 'next', start: { query, cursor: next, trail: further } });
  }
  return pages;
}
