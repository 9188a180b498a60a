import { randomBytes } from 'node:crypto';
import { openPage, type PageStart, pageGone, pageLife, sealPage } from './page-link.ts';
import type { Spine } from './spine.ts';

/** The longest token that goes into a link. A search by POST may be longer than any URL that a server takes. */
const longestToken = 6_000;

/** What the token of a link holds when the server keeps the page: the key that it is kept under. */
const keyParameter = '_kept';

/** The token of a page link as `sealPage` makes it; a long one is kept by the server, and this one leads to it. */
export async function pageToken(spine: Spine, start: PageStart, scope: string): Promise<string> {
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
