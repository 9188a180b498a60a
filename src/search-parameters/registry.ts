import { createHash } from 'node:crypto';
import type { SearchParameter as SearchParameterResource } from 'fhir/r4.d.ts';
import { resourceTypes } from '../fhir/definitions/load.ts';
import type { SearchParameterDefinition } from '../fhir/definitions/model.ts';
import { searchParameterDefinition } from '../fhir/definitions/search-parameter.ts';
import { FhirError, fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import { definitionProblem } from '../fhir/packages/package-layer.ts';
import type { Resource } from '../fhir/resource.ts';
import { type Extractor, extendExtractor, type Program, type ProgramOptions } from '../search/extract.ts';
import type { IndexValues } from '../search/index-values.ts';
import { type SearchParameters, typesOf } from '../search/parameters.ts';
import type { SearchParameter } from '../search/search-parameter.ts';
import type { IndexedParameters, Indexer, Indexing } from '../store/indexing.ts';
import { type CompiledParameter, compileDefinition, type DefinitionsByUrl } from './compile-definition.ts';
import { type Known, type Standing, standingOf } from './standing.ts';

export interface RegistryOptions extends ProgramOptions {
  /** The parameters that are always there, and what takes their values. */
  builtIn: SearchParameters;
  builtInDefinitions: readonly SearchParameterDefinition[];
  extract: Extractor;
  indexing: Indexing;
  /** Told of a parameter that the database has and this program cannot take. */
  onSkipped(url: string, reason: string): void;
}

/** Seconds after which a search whose index is being built may be tried again. */
const retryAfter = '5';

interface Progress {
  done: number;
  total: number;
}

/** The added parameters of one generation. */
interface Current extends IndexedParameters {
  byUrl: DefinitionsByUrl;
  byType: ReadonlyMap<string, ReadonlyMap<string, Added>>;
  /** The parameters of the types that have complete added ones, in the order of the codes. */
  lists: ReadonlyMap<string, readonly SearchParameter[]>;
  extract: Extractor;
  /** What can be searched by, to tell when it changes. */
  offered: string;
}

interface Added {
  parameter: SearchParameter;
  complete: boolean;
}

/**
 * The search parameters of a running process: those that are built in, and those that packages and SearchParameter
 * resources add. What was added is shared by all processes of a database through its store; here it is one reference,
 * replaced as a whole.
 */
export class SearchParameterRegistry implements Indexer {
  readonly #options: RegistryOptions;
  readonly #builtInByUrl: DefinitionsByUrl;
  #packaged: readonly CompiledParameter[] = [];
  #current: Current;
  #revision = 0;
  /** What was told of parameters that cannot be taken, by URL. */
  readonly #skipped = new Map<string, string>();
  #progress: Progress = { done: 0, total: 0 };
  /** Called after each commit of SearchParameter resources. */
  #onChange: ((tenant: string) => Promise<void>) | undefined;
  #onRefresh: (() => void) | undefined;

  /** The parameters that can be searched by. `get` throws FhirError 503 for one whose index is not whole yet. */
  readonly parameters: SearchParameters;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#builtInByUrl = byUrl(options.builtInDefinitions);
    this.#current = this.#taken(options.indexing.parameters());
    const registry = this;
    this.parameters = {
      get: (type, code) => options.builtIn.get(type, code) ?? this.#added(type, code),
      list: (type) => this.#current.lists.get(type) ?? options.builtIn.list(type),
      valueSet: (url) => options.builtIn.valueSet(url),
      relatedCodes: (system, code, direction) => options.builtIn.relatedCodes(system, code, direction),
      get revision() {
        return registry.#revision;
      },
    };
  }

  /** The index values of a resource by all parameters, those included whose index is being built. */
  readonly extractResource = (resource: Resource): IndexValues => this.#current.extract(resource);

  extract(body: string): IndexValues {
    return this.extractResource(parseJson(body) as Resource);
  }

  /** The added parameters as they are in use here. */
  get indexed(): IndexedParameters {
    return this.#current;
  }

  /** Changes when a search parameter does. */
  fingerprint(): string {
    const { definitions, builtIn } = this.#options;
    const lists = [...resourceTypes(definitions)].map((type) => builtIn.list(type));
    const parameters = JSON.stringify([this.#current.generation, lists]);
    return createHash('sha256').update(parameters).digest('hex');
  }

  refresh(): void {
    const { offered } = this.#current;
    const state = this.#options.indexing.parameters();
    if (isSame(state, this.#current)) return;
    this.#current = this.#taken(state);
    if (this.#current.offered !== offered) this.#revision += 1;
    this.#onRefresh?.();
  }

  /** How far the index of the parameters that are not complete is, for those who search by them. */
  showProgress(progress: Progress): void {
    this.#progress = progress;
  }

  /** The resource types that have any of these parameters. */
  typesOf(definitions: readonly SearchParameterDefinition[]): string[] {
    const bases = definitions.flatMap(({ base }) => base);
    return typesOf(this.#options.definitions, bases);
  }

  onChange(publish: (tenant: string) => Promise<void>): void {
    this.#onChange = publish;
  }

  /** @param listener called when the parameters of the database have changed, whichever process changed them */
  onRefresh(listener: () => void): void {
    this.#onRefresh = listener;
  }

  committed(tenant: string, types: ReadonlySet<string>): Promise<void> | undefined {
    return types.has('SearchParameter') ? this.#onChange?.(tenant) : undefined;
  }

  /**
   * Judges an active SearchParameter resource.
   * @throws FhirError 422 naming the element for which this server cannot take it
   */
  readonly judge = (resource: SearchParameterResource): Standing => {
    return standingOf(resource, this.#known(this.#packaged, this.#current.byUrl), this.#options);
  };

  /**
   * The parameters that these resources add, those of packages before those of the store; one that cannot be taken is
   * skipped.
   */
  select(
    packaged: readonly SearchParameterResource[],
    stored: readonly SearchParameterResource[],
  ): readonly CompiledParameter[] {
    const usable = packaged.filter((resource) => this.#isUsable(resource));
    const definitions = [...usable, ...stored].map(searchParameterDefinition);
    const all = new Map([...byUrl(definitions), ...this.#builtInByUrl]);
    this.#packaged = this.#chosen(usable, [], all);
    return [...this.#packaged, ...this.#chosen(stored, this.#packaged, all)];
  }

  /** Nobody has validated what packages have. */
  #isUsable(resource: SearchParameterResource): boolean {
    const problem = definitionProblem(resource);
    if (problem !== undefined) this.#skip(String(resource.url), fhirError(422, 'structure', problem));
    return problem === undefined;
  }

  #chosen(
    resources: readonly SearchParameterResource[],
    fixed: readonly CompiledParameter[],
    all: DefinitionsByUrl,
  ): CompiledParameter[] {
    const chosen: CompiledParameter[] = [];
    for (const resource of resources) {
      try {
        const standing = standingOf(resource, this.#known([...fixed, ...chosen], all), this.#options);
        if (standing.kind === 'added') chosen.push(standing.compiled);
      } catch (error) {
        this.#skip(resource.url, error);
      }
    }
    return chosen;
  }

  #known(fixed: readonly CompiledParameter[], all: DefinitionsByUrl): Known {
    const { builtIn } = this.#options;
    return {
      fixed: (url) =>
        this.#builtInByUrl.get(url) ?? fixed.find(({ definition }) => definition.url === url)?.definition,
      holderOf: (type, code) =>
        builtIn.get(type, code)?.url ??
        fixed.find(({ definition, programs }) => definition.code === code && programs.has(type))?.definition
          .url,
      byUrl: all,
    };
  }

  /** What the database has, made ready for use. */
  #taken({ generation, parameters }: IndexedParameters): Current {
    const { builtIn, extract } = this.#options;
    const all = new Map([...byUrl(parameters.map(({ definition }) => definition)), ...this.#builtInByUrl]);
    const byType = new Map<string, Map<string, Added>>();
    const programs = new Map<string, Program[]>();
    for (const { definition, complete } of parameters) {
      try {
        const compiled = compileDefinition(definition, all, this.#options);
        for (const [type, own] of compiled.programs) {
          // A later program may have a parameter of this code itself.
          if (builtIn.get(type, definition.code) !== undefined) continue;
          const added = byType.get(type) ?? new Map<string, Added>();
          byType.set(type, added.set(definition.code, { parameter: compiled.parameter, complete }));
          programs.set(type, [...(programs.get(type) ?? []), ...own]);
        }
      } catch (error) {
        this.#skip(definition.url, error);
      }
    }
    const lists = new Map(
      [...byType].map(([type, added]) => {
        const complete = [...added.values()].flatMap((each) => (each.complete ? [each.parameter] : []));
        return [type, [...builtIn.list(type), ...complete].sort((a, b) => (a.code < b.code ? -1 : 1))];
      }),
    );
    return {
      generation,
      parameters,
      byUrl: all,
      byType,
      lists,
      extract: extendExtractor(extract, programs, generation),
      offered: JSON.stringify(parameters.filter(({ complete }) => complete)),
    };
  }

  #added(type: string, code: string): SearchParameter | undefined {
    const added = this.#current.byType.get(type)?.get(code);
    if (added === undefined || added.complete) return added?.parameter;
    const { done, total } = this.#progress;
    const share = total === 0 ? '' : `, ${Math.floor((done / total) * 100)} % is done`;
    const diagnostics = `The index of the search parameter ${code} is being built${share}: it cannot be searched by yet`;
    throw fhirError(503, 'transient', diagnostics, code, { 'Retry-After': retryAfter });
  }

  #skip(url: string, error: unknown): void {
    if (!(error instanceof FhirError)) throw error;
    const reason = error.message;
    if (this.#skipped.get(url) === reason) return;
    this.#skipped.set(url, reason);
    this.#options.onSkipped(url, reason);
  }
}

/** Within a generation parameters become complete, and nothing else changes. */
function isSame(one: IndexedParameters, other: IndexedParameters): boolean {
  const complete = (state: IndexedParameters) => state.parameters.filter((each) => each.complete).length;
  return one.generation === other.generation && complete(one) === complete(other);
}

function byUrl(definitions: readonly SearchParameterDefinition[]): Map<string, SearchParameterDefinition> {
  return new Map(definitions.map((definition) => [definition.url, definition]));
}
