import { ownSearchParameters } from './fhir/artefacts.ts';
import type { R4Definitions } from './fhir/definitions/model.ts';
import type { Logger } from './operability/logging.ts';
import { createExtractor } from './search/extract.ts';
import { createSearchParameters } from './search/parameters.ts';
import { textPartOf } from './search/text-parts.ts';
import { SearchParameterRegistry } from './search-parameters/registry.ts';
import type { Indexing } from './store/indexing.ts';

interface Parts {
  definitions: R4Definitions;
  /** Absolute URL of the FHIR base. */
  baseUrl: string;
  indexing: Indexing;
  /** Resources can be searched by the words of their texts. */
  hasWords: boolean;
  log: Logger;
}

/** The search parameters of R4 and of this server, with those that were added to the database. */
export function openSearchParameters({
  definitions,
  baseUrl,
  indexing,
  hasWords,
  log,
}: Parts): SearchParameterRegistry {
  const own = ownSearchParameters();
  const builtIn = createSearchParameters(hasWords ? definitions : withoutWords(definitions), own);
  const options = { definitions, baseUrls: [baseUrl] };
  return new SearchParameterRegistry({
    ...options,
    builtIn,
    builtInDefinitions: [...definitions.searchParameters, ...own],
    extract: createExtractor({ ...options, parameters: builtIn }),
    indexing,
    onSkipped: (url, reason) => log.warn('search parameter skipped', { url, reason }),
  });
}

/** What is not offered is not in the CapabilityStatement either. */
function withoutWords(definitions: R4Definitions): R4Definitions {
  const searchParameters = definitions.searchParameters.filter(({ code }) => textPartOf(code) === undefined);
  return { ...definitions, searchParameters };
}
