import { SearchParameterUpkeep } from './search-parameters/upkeep.ts';
import { type Core, defaultTenant } from './server-core.ts';

/**
 * Takes up the search parameters of the packages and of the SearchParameter resources of the store, and builds their
 * indexes behind the writes.
 */
export async function keepSearchParameters(core: Core): Promise<SearchParameterUpkeep> {
  const { packages, log, metrics, stores, searchParameters } = core;
  const upkeep = new SearchParameterUpkeep({
    registry: searchParameters,
    indexing: stores.indexing,
    stores,
    tenant: defaultTenant,
    packaged: () => packages.loaded.searchParameters,
    onProgress(event, done, total) {
      metrics.searchIndex(done, total);
      if (event !== 'building') log.info(`search index ${event}`, { resources: total });
    },
    onFailure: (error) => log.error('search index failure', { stack: (error as Error).stack }),
  });
  await upkeep.start();
  packages.onChange(() => upkeep.packagesChanged());
  return upkeep;
}
