import type { ResourceStore, SearchQuery, StoredVersion } from './contract.ts';

/** The matches of a search page by page, to the last; `count` is that of a page. */
export async function* searchPages(
  store: ResourceStore,
  query: Omit<SearchQuery, 'cursor'>,
): AsyncGenerator<StoredVersion[], void, undefined> {
  for (let cursor: string | undefined; ; ) {
    const page = await store.search(cursor === undefined ? query : { ...query, cursor });
    yield page.matches;
    if (page.next === undefined) return;
    cursor = page.next;
  }
}
