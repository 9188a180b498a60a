import { ownSearchParameters } from './fhir/artefacts.ts';
import type { R4Definitions } from './fhir/definitions/model.ts';
import type { Logger } from './operability/logging.ts';
import { createExtractor } from './search/extract.ts';
import { createSearchParameters } from './search/parameters.ts';
import { SearchParameterRegistry } from './search-parameters/registry.ts';
import type { Indexing } from './store/indexing.ts';

interface Parts {
  definitions: R4Definitions;
  /** Absolute URL of the FHIR base. */
  baseUrl: string;
  indexing: Indexing;
  log: Logger;
}

/** The search parameters of R4 and of this server, with those that were added to the database. */
export function openSearchParameters({
  definitions,
  baseUrl,
  indexing,
  log,
}: Parts): SearchParameterRegistry {
  const own = ownSearchParameters();
  const builtIn = createSearchParameters(definitions, own);
  const options = { definitions, baseUrls: [baseUrl] };
  const registry = new SearchParameterRegistry({
    ...options,
    builtIn,
    builtInDefinitions: [...definitions.searchParameters, ...own],
    extract: createExtractor({ ...options, parameters: builtIn }),
    indexing,
    onSkipped: (url, reason) => log.warn('search parameter skipped', { url, reason }),
  });
  indexing.attach(registry);
  return registry;
}
