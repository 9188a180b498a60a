import { randomBytes } from 'node:crypto';
import { linkReuse, openPage, type PageStart, pageGone, pageLife, sealPage } from './page-link.ts';
import type { Spine } from './spine.ts';

/** The longest token that goes into a link. A search by POST may be longer than any URL that a server takes. */
const longestToken = 6_000;

/** What the token of a link holds when the server keeps the page: the key that it is kept under. */
const keyParameter = '_kept';

/** Tokens that are given again, at most. */
const mostRecent = 1_000;

/** The longest token that is given again: many of them are held in memory. */
const longestRecent = 1_000;

/** The tokens that were made since an instant (milliseconds since 1970 UTC), by scope and page. */
interface RecentTokens {
  since: number;
  tokens: Map<string, string>;
}

const recentTokens = new WeakMap<Buffer, RecentTokens>();

/**
 * The token of a page link. Who asks for the same page again, as a list on a screen does over and over, gets the same
 * one for `linkReuse`: to encrypt it anew takes a tenth of the time of a page.
 */
export async function pageToken(spine: Spine, start: PageStart, scope: string): Promise<string> {
  const { tokens } = recentOf(spine.pagingSecret);
  const name = `${scope} ${JSON.stringify(start)}`;
  const recent = tokens.get(name);
  if (recent !== undefined) return recent;
  const token = await newToken(spine, start, scope);
  if (token.length <= longestRecent && tokens.size < mostRecent) tokens.set(name, token);
  return token;
}

function recentOf(secret: Buffer): RecentTokens {
  const now = Date.now();
  const known = recentTokens.get(secret);
  if (known !== undefined && now >= known.since && now - known.since < linkReuse) return known;
  const recent = { since: now, tokens: new Map<string, string>() };
  recentTokens.set(secret, recent);
  return recent;
}

/** A token as `sealPage` makes it; a long one is kept by the server, and this one leads to it. */
async function newToken(spine: Spine, start: PageStart, scope: string): Promise<string> {
  const token = sealPage(spine.pagingSecret, start, scope);
  if (token.length <= longestToken) return token;
  const key = randomBytes(16).toString('base64url');
  await spine.stores.expiring.put(storeKey(key), token, pageLife);
  return sealPage(spine.pagingSecret, { query: [[keyParameter, key]] }, scope);
}

/** @throws FhirError as `openPage` does */
export async function pageOf(spine: Spine, token: string, scope: string): Promise<PageStart> {
  const start = openPage(spine.pagingSecret, token, scope);
  const [name, key] = start.query[0] ?? [];
  if (name !== keyParameter || key === undefined) return start;
  const kept = await spine.stores.expiring.get(storeKey(key));
  if (kept === undefined) throw pageGone();
  return openPage(spine.pagingSecret, kept, scope);
}

function storeKey(key: string): string {
  return `page ${key}`;
}
