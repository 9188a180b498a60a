import type { SearchParameter } from 'fhir/r4.d.ts';
import { packageResources } from './fhir/packages/read-package.ts';
import { SearchParameterUpkeep } from './search-parameters/upkeep.ts';
import { type Core, defaultTenant } from './server-core.ts';

/**
 * Takes up the search parameters of the packages of the settings and of the SearchParameter resources of the store, and
 * builds their indexes behind the writes.
 * @throws Error naming a package that cannot be read
 */
export async function keepSearchParameters(core: Core): Promise<SearchParameterUpkeep> {
  const { settings, log, metrics, stores, searchParameters } = core;
  const paths = settings.FHIR_PACKAGES.split(',').map((path) => path.trim());
  const packaged = paths
    .filter((path) => path !== '')
    .flatMap((path) => packageResources<SearchParameter>(path, 'SearchParameter'))
    .filter(({ status }) => status === 'active');
  const upkeep = new SearchParameterUpkeep({
    registry: searchParameters,
    indexing: stores.indexing,
    stores,
    tenant: defaultTenant,
    packaged,
    onProgress(event, done, total) {
      metrics.searchIndex(done, total);
      if (event !== 'building') log.info(`search index ${event}`, { resources: total });
    },
    onFailure: (error) => log.error('search index failure', { stack: (error as Error).stack }),
  });
  await upkeep.start();
  return upkeep;
}
