import type { Indexing, ReindexOptions } from '../store/indexing.ts';
import type { SearchParameterRegistry } from './registry.ts';

/**
 * Computes the index values of all resources anew, by the search parameters that the database has, beside a running
 * server or without one; begins again when they change meanwhile. Answers how many resources were indexed.
 */
export async function reindexAll(
  registry: SearchParameterRegistry,
  indexing: Indexing,
  { containedOf, onProgress }: Required<Pick<ReindexOptions, 'containedOf' | 'onProgress'>>,
): Promise<number> {
  let all = 0;
  for (;;) {
    registry.refresh();
    const { generation, parameters } = registry.indexed;
    const { end, count } = await indexing.reindex((_type, body) => registry.extract(body), {
      fingerprint: registry.fingerprint(),
      generation,
      completes: parameters.map(({ definition }) => definition.url),
      containedOf,
      onProgress,
    });
    all += count;
    if (end === 'complete') return all;
  }
}
