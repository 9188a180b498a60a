import { setTimeout } from 'node:timers/promises';
import type { SearchParameter } from 'fhir/r4.d.ts';
import type { ResourceStores } from '../store/contract.ts';
import type { IndexedParameter, Indexing } from '../store/indexing.ts';
import type { SearchParameterRegistry } from './registry.ts';
import { activeSearchParameters } from './stored-parameters.ts';

export interface UpkeepOptions {
  registry: SearchParameterRegistry;
  indexing: Indexing;
  stores: ResourceStores;
  /** The tenant whose SearchParameter resources count. */
  tenant: string;
  /** The SearchParameter resources of packages, as they are now. */
  packaged(): readonly SearchParameter[];
  /** Told when an index is built, and how far it is. */
  onProgress(event: 'begun' | 'building' | 'complete', done: number, total: number): void;
  onFailure(error: unknown): void;
}

/** How long the work on an index rests after a failure of the store, in milliseconds. */
const restAfterFailure = 5_000;

/**
 * Keeps what the database is indexed by in step with packages and SearchParameter resources, and builds the index of
 * those that are new behind the writes of callers. The server of a database does this, and no other of its processes.
 */
export class SearchParameterUpkeep {
  readonly #options: UpkeepOptions;
  readonly #stopping = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #building: Promise<void> = Promise.resolve();
  #isBuilding = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    options.registry.onChange((tenant) => (tenant === options.tenant ? this.#changed() : Promise.resolve()));
    // What another server begins to build this one finishes, should the other one end.
    options.registry.onRefresh(() => this.#beginBuilding());
  }

  /**
   * Takes up packages and resources as they are at the start of the server.
   * @throws Error when the store cannot be read or written
   */
  start(): Promise<void> {
    return this.#publishNext();
  }

  /** Takes up the packages once they are others. */
  packagesChanged(): Promise<void> {
    return this.#changed();
  }

  /** Ends the work on an index; the next start goes on where it was. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#last;
    await this.#building;
  }

  /** After a change that has been made: a failure here is no failure of it. */
  #changed(): Promise<void> {
    return this.#publishNext().catch((error) => this.#options.onFailure(error));
  }

  /** All who wait for a publication that has not begun share it. */
  #publishNext(): Promise<void> {
    this.#next ??= this.#last.then(() => {
      this.#next = undefined;
      return this.#publish();
    });
    const next = this.#next;
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #publish(): Promise<void> {
    const { registry, indexing, stores, tenant, packaged } = this.#options;
    const stored = await activeSearchParameters(stores.forTenant(tenant));
    const selected = registry.select(packaged(), stored);
    for (;;) {
      const { generation, parameters } = indexing.parameters();
      const known = new Map(parameters.map((each) => [each.definition.url, each]));
      const wanted = selected.map(({ definition, signature }): IndexedParameter => {
        const before = known.get(definition.url);
        return { definition, signature, complete: before?.signature === signature && before.complete };
      });
      if (JSON.stringify(wanted) === JSON.stringify(parameters)) break;
      if (await indexing.replaceParameters(generation, wanted)) break;
    }
    registry.refresh();
    this.#beginBuilding();
  }

  #beginBuilding(): void {
    if (this.#isBuilding) return;
    this.#isBuilding = true;
    this.#building = this.#build();
  }

  /** Builds the index of the parameters that are not complete, until there is none. */
  async #build(): Promise<void> {
    const { registry, onFailure } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted && registry.indexed.parameters.some(({ complete }) => !complete)) {
      try {
        await this.#fill();
        registry.refresh();
      } catch (error) {
        onFailure(error);
        await setTimeout(restAfterFailure, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    this.#isBuilding = false;
  }

  async #fill(): Promise<void> {
    const { registry, indexing, onProgress } = this.#options;
    const { generation, parameters } = registry.indexed;
    const incomplete = parameters.filter(({ complete }) => !complete).map(({ definition }) => definition);
    const types = registry.typesOf(incomplete);
    let last = { done: 0, total: 0 };
    registry.showProgress(last);
    const { end } = await indexing.reindex((_type, body) => registry.extract(body), {
      fingerprint: `${generation} ${types.join()}`,
      generation,
      types,
      completes: incomplete.map(({ url }) => url),
      gentle: true,
      signal: this.#stopping.signal,
      onProgress: (done, total) => {
        // Until then another server may have been at it.
        if (last.total === 0) onProgress('begun', 0, total);
        last = { done, total };
        registry.showProgress(last);
        onProgress('building', done, total);
      },
    });
    if (end === 'complete') onProgress('complete', last.total, last.total);
  }
}
