import { ownSearchParameters } from '../../src/fhir/artefacts.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { createExtractor } from '../../src/search/extract.ts';
import { createSearchParameters } from '../../src/search/parameters.ts';

const definitions = loadDefinitions();

/** Takes the index values of a resource as the server does. */
export const extractor = createExtractor({
  definitions,
  baseUrls: ['https://ehr.example.fr/fhir'],
  parameters: createSearchParameters(definitions, ownSearchParameters()),
});
