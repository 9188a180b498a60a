import type { CodeSystem, ValueSet, ValueSetComposeInclude } from 'fhir/r4.d.ts';
import { codeHierarchies } from '../fhir/definitions/code-hierarchies.ts';
import { ValueSetExpander } from '../fhir/definitions/expand-value-sets.ts';
import type { ExpandedValueSet } from '../fhir/definitions/model.ts';
import { parseJson } from '../fhir/json.ts';
import { parseReference, withoutVersion } from '../fhir/reference.ts';
import type { CodeHierarchy } from '../search/code-hierarchy.ts';
import type { SearchParameters } from '../search/parameters.ts';
import type { ResourceStore } from '../store/contract.ts';
import type { QueryParameter } from './request.ts';

/** CodeSystem and ValueSet resources that one search may look up. */
const mostResources = 20;

/** True when a modifier of the search may need terminology. */
export function asksForTerminology(query: readonly QueryParameter[]): boolean {
  return query.some(([name]) => /:(?:above|below|(?:not-)?in)$/.test(name));
}

/**
 * The parameters of a search with what its modifiers need of the terminology that is stored: the hierarchies of
 * CodeSystem resources for `:above` and `:below`, the codes of ValueSet resources for `:in` and `:not-in`. What is
 * built in goes before; of several resources of one URL the last that was written counts.
 */
export async function withStoredTerminology(
  parameters: SearchParameters,
  store: ResourceStore,
  query: readonly QueryParameter[],
  baseUrl: string,
): Promise<SearchParameters> {
  const systems = valuesOf(query, /:(?:above|below)$/)
    .flatMap((value) => (value.includes('|') ? [value.slice(0, value.indexOf('|'))] : []))
    .filter((system) => system !== '' && parameters.hierarchy(system) === undefined);
  const urls = valuesOf(query, /:(?:not-)?in$/).filter((url) => parameters.valueSet(url) === undefined);
  if (systems.length + urls.length === 0) return parameters;
  const terminology = new StoredTerminology(store, baseUrl);
  const hierarchies = new Map<string, CodeHierarchy | undefined>();
  for (const system of systems) hierarchies.set(system, await terminology.hierarchy(system));
  const valueSets = new Map<string, ExpandedValueSet | undefined>();
  for (const url of urls) valueSets.set(url, await terminology.expansion(url));
  return {
    ...parameters,
    hierarchy: (system) => parameters.hierarchy(system) ?? hierarchies.get(system),
    valueSet: (url) => parameters.valueSet(url) ?? valueSets.get(url),
  };
}

/** The alternatives of the criteria whose name ends in one of these modifiers. */
function valuesOf(query: readonly QueryParameter[], modifier: RegExp): string[] {
  return query.filter(([name]) => modifier.test(name)).flatMap(([, value]) => value.split(','));
}

class StoredTerminology {
  readonly #store: ResourceStore;
  readonly #baseUrl: string;
  #found = 0;

  constructor(store: ResourceStore, baseUrl: string) {
    this.#store = store;
    this.#baseUrl = baseUrl;
  }

  async hierarchy(system: string): Promise<CodeHierarchy | undefined> {
    const codeSystem = await this.#byUrl<CodeSystem>('CodeSystem', system);
    return codeSystem && codeHierarchies([codeSystem])[system];
  }

  /** The codes of a ValueSet by its canonical URL or its address; `undefined` when it does not list them itself. */
  async expansion(canonical: string): Promise<ExpandedValueSet | undefined> {
    const target = parseReference(canonical, [this.#baseUrl]);
    const isOurs = target?.kind === 'local' && target.type === 'ValueSet';
    const version = isOurs ? await this.#store.read('ValueSet', target.id) : undefined;
    const first =
      version === undefined || version.deleted
        ? await this.#byUrl<ValueSet>('ValueSet', canonical)
        : (parseJson(version.body) as unknown as ValueSet);
    if (first === undefined) return undefined;
    const { url = canonical } = first;
    const all = new Map<string, ValueSet>();
    const isWhole = await this.#collect({ ...first, url }, [url], all);
    return isWhole ? new ValueSetExpander([...all.values()]).expand(url) : undefined;
  }

  /**
   * Collects a ValueSet and those that it imports; false when one of them is not there, does not list its codes, or
   * imports itself.
   * @param path the URLs of the ValueSets that lead here, its own the last
   */
  async #collect(valueSet: ValueSet, path: readonly string[], all: Map<string, ValueSet>): Promise<boolean> {
    if (!listsItsCodes(valueSet)) return false;
    all.set(path.at(-1) as string, valueSet);
    for (const url of importsOf(valueSet)) {
      if (path.includes(url)) return false;
      if (all.has(url)) continue;
      const imported = await this.#byUrl<ValueSet>('ValueSet', url);
      if (imported === undefined || !(await this.#collect(imported, [...path, url], all))) return false;
    }
    return true;
  }

  async #byUrl<R>(type: string, canonical: string): Promise<R | undefined> {
    this.#found += 1;
    if (this.#found > mostResources) return undefined;
    const { matches } = await this.#store.search({
      type,
      expression: { kind: 'uri', parameter: 'url', value: withoutVersion(canonical) },
      sort: [{ parameter: '_lastUpdated', family: 'lastUpdated', descending: true }],
      count: 1,
    });
    return matches[0] && (parseJson(matches[0].body) as R);
  }
}

function importsOf({ compose }: ValueSet): string[] {
  const rules = [...(compose?.include ?? []), ...(compose?.exclude ?? [])];
  return rules.flatMap(({ valueSet = [] }) => valueSet.map(withoutVersion));
}

/** No filter is applied, and nothing is taken away from a system whose codes are not listed. */
function listsItsCodes({ compose }: ValueSet): boolean {
  const { include = [], exclude = [] } = compose ?? {};
  const rules: ValueSetComposeInclude[] = [...include, ...exclude];
  if (include.length === 0 || rules.some(({ filter }) => filter !== undefined)) return false;
  return exclude.length === 0 || rules.every(({ concept }) => concept !== undefined);
}
