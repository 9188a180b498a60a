import { readdirSync, readFileSync } from 'node:fs';
import type { SearchParameter } from 'fhir/r4.d.ts';
import type { SearchParameterDefinition } from './definitions/model.ts';
import { searchParameterDefinition } from './definitions/search-parameter.ts';

/** Folder of the artefacts of this server, one folder a resource type. */
const folder = new URL('../../profiles/', import.meta.url);

/** The search parameters that this server adds to those of R4. */
export function ownSearchParameters(): SearchParameterDefinition[] {
  return readArtefacts<SearchParameter>('SearchParameter').map(searchParameterDefinition);
}

function readArtefacts<T>(type: string): T[] {
  const directory = new URL(`${type}/`, folder);
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as T);
}
