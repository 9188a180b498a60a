import type { CodeSystem, ConceptMap, ValueSet } from 'fhir/r4.d.ts';
import { splitCanonical } from '../../fhir/canonical.ts';
import { fhirError } from '../../fhir/error.ts';
import { parseJsonInSteps } from '../../fhir/json.ts';
import { parseReference } from '../../fhir/reference.ts';
import type { Expression } from '../../search/expression.ts';
import type { ResourceStore, StoredVersion } from '../../store/contract.ts';
import { searchPages } from '../../store/search-pages.ts';
import { CodeSystemIndexBuilder, indexSteps } from '../../terminology/code-system-builder.ts';
import type { CodeSystemIndex } from '../../terminology/code-system-index.ts';
import { holdsConcepts } from '../../terminology/content.ts';
import { paced, pacer } from '../pacer.ts';
import type { IndexCache } from './index-cache.ts';

/** Resources that one request may look up, at most. */
const mostLookUps = 200;
/** Concept maps that are tried where none is named. */
const mostMaps = 20;
/** Parts of a code system that are read at once. */
const partsPerPage = 2;
/** Bytes from which a resource is parsed with pauses. */
const largeResource = 524_288;
/** Time to count the parts of a code system, in milliseconds. */
const countBudget = 1000;

/**
 * The terminology resources that are stored, as the caller of one request may see them. Of several resources of one
 * canonical URL and version the last that was written counts.
 */
export class StoredTerminology {
  readonly #store: ResourceStore;
  readonly #tenant: string;
  readonly #baseUrl: string;
  readonly #indexes: IndexCache;
  #lookUps = 0;

  constructor(parts: { store: ResourceStore; tenant: string; baseUrl: string; indexes: IndexCache }) {
    this.#store = parts.store;
    this.#tenant = parts.tenant;
    this.#baseUrl = parts.baseUrl;
    this.#indexes = parts.indexes;
  }

  /** By a canonical URL, or by the address of the resource on this server. */
  valueSet(canonical: string): Promise<ValueSet | undefined> {
    return this.#find('ValueSet', canonical);
  }

  /** As `valueSet`. */
  conceptMap(canonical: string): Promise<ConceptMap | undefined> {
    return this.#find('ConceptMap', canonical);
  }

  /** The maps that translate from a code system, or to it, the last written first. */
  async conceptMaps(parameter: 'source-system' | 'target-system', system: string): Promise<ConceptMap[]> {
    const { matches } = await this.#store.search({
      type: 'ConceptMap',
      expression: { kind: 'uri', parameter, value: system },
      sort: lastWritten,
      count: mostMaps,
    });
    return Promise.all(matches.map((version) => parsed<ConceptMap>(version)));
  }

  /**
   * A code system whose concepts are stored: in one resource, or in many, each with `content` fragment, of one URL and
   * version, which are all of it when they hold as many concepts as their `count` says.
   */
  async codeSystem(system: string, version: string | undefined): Promise<CodeSystemIndex | undefined> {
    const last = await this.#last('CodeSystem', system, version);
    if (last === undefined) return undefined;
    const identity = `${last.id} ${last.version} ${last.lastUpdated}`;
    let whole: CodeSystem | undefined;
    const held = await this.#indexes.versionOf(`${this.#tenant} ${identity}`, async () => {
      whole = await parsed<CodeSystem>(last);
      return whole.version;
    });
    const parts = canonicalIs(system, held);
    const count = await this.#store.count('CodeSystem', parts, countBudget);
    const key = JSON.stringify([this.#tenant, system, version]);
    return this.#indexes.get(key, `${identity} ${count}`, async () =>
      this.#index(whole ?? (await parsed<CodeSystem>(last)), parts),
    );
  }

  async #index(last: CodeSystem, parts: Expression): Promise<CodeSystemIndex | undefined> {
    // One for all: each part alone is done before it is time to pause.
    const pause = pacer();
    const { concept = [], ...header } = last;
    const builder = new CodeSystemIndexBuilder(header);
    if (header.content !== 'fragment') {
      if (!holdsConcepts({ ...header, concept })) return undefined;
      await paced(builder.add(concept), pause);
      return paced(builder.finish(), pause);
    }
    const query = { type: 'CodeSystem', expression: parts, sort: [], count: partsPerPage };
    for await (const versions of searchPages(this.#store, query)) {
      for (const version of versions) {
        await pause();
        const part = await parsed<CodeSystem>(version);
        if (part.content === 'fragment') await paced(builder.add(part.concept ?? []), pause);
      }
    }
    return paced(builder.finish(), pause);
  }

  async #find<R>(type: string, canonical: string): Promise<R | undefined> {
    const target = parseReference(canonical, [this.#baseUrl]);
    if (target?.kind === 'local' && target.type === type) {
      const version = await this.#store.read(type, target.id);
      if (version !== undefined && !version.deleted) return parsed<R>(version);
    }
    const { url, version } = splitCanonical(canonical);
    const found = await this.#last(type, url, version);
    return found && parsed<R>(found);
  }

  /** One of the version; where there is none, one of another version (references.html#canonical). */
  async #last(type: string, url: string, version: string | undefined): Promise<StoredVersion | undefined> {
    const found = await this.#lastWritten(type, url, version);
    return found === undefined && version !== undefined ? this.#lastWritten(type, url, undefined) : found;
  }

  async #lastWritten(
    type: string,
    url: string,
    version: string | undefined,
  ): Promise<StoredVersion | undefined> {
    this.#lookUps += 1;
    if (this.#lookUps > mostLookUps) {
      throw fhirError(
        422,
        'too-costly',
        `More than ${mostLookUps} terminology resources would have to be found`,
      );
    }
    const { matches } = await this.#store.search({
      type,
      expression: canonicalIs(url, version),
      sort: lastWritten,
      count: 1,
    });
    return matches[0];
  }
}

/** The order in which what was written last comes first. */
export const lastWritten = [{ parameter: '_lastUpdated', family: 'lastUpdated' as const, descending: true }];

function canonicalIs(url: string, version: string | undefined): Expression {
  const byUrl: Expression = { kind: 'uri', parameter: 'url', value: url };
  if (version === undefined) return byUrl;
  return { kind: 'and', operands: [byUrl, { kind: 'token', parameter: 'version', code: version }] };
}

/**
 * The resource of a version. Only decimals need the parser that keeps them as they are written: the other one takes a
 * tenth of the time.
 */
export async function parsed<R>({ body }: StoredVersion): Promise<R> {
  if (body.length < largeResource && !body.includes('"valueDecimal"'))
    return JSON.parse(body.toString('utf8')) as R;
  return (await parseJsonInSteps(body, pacer())) as R;
}

/** The index of a code system that is at hand, made with pauses; undefined when it has no concepts. */
export async function indexedInSteps(codeSystem: CodeSystem): Promise<CodeSystemIndex | undefined> {
  return holdsConcepts(codeSystem) ? paced(indexSteps(codeSystem)) : undefined;
}
