import { referenceTo } from '../fhir/reference.ts';
import type { Action } from '../interactions/access.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import { isEverything, isNothing } from './filters.ts';
import type { Grants } from './grants.ts';
import type { Judge } from './judge.ts';

/** Which versions an actor may see, of those that a store holds. */
export class Visibility {
  readonly #store: ResourceStore;
  readonly #grants: Grants;
  readonly #judge: Judge;
  readonly #actions: readonly Action[];

  /** @param actions a resource that may be acted on in one of these ways is seen */
  constructor(store: ResourceStore, grants: Grants, judge: Judge, actions: readonly Action[]) {
    this.#store = store;
    this.#grants = grants;
    this.#judge = judge;
    this.#actions = actions;
  }

  /** True when nothing of the type is seen. */
  hides(type: string): boolean {
    return isNothing(this.#grants.filterOfAny(type, this.#actions));
  }

  /** True when all of the type is seen, so that no version has to be judged. */
  shows(type: string): boolean {
    return isEverything(this.#grants.filterOfAny(type, this.#actions));
  }

  /** A current version. A deletion is seen by those who saw what was deleted. */
  async sees(version: StoredVersion): Promise<boolean> {
    const { type, id } = version;
    if (this.shows(type)) return true;
    if (this.hides(type)) return false;
    if (!version.deleted) return this.seesBody(version);
    const before = await this.#store.readVersion(type, id, version.version - 1);
    return before !== undefined && !before.deleted && this.seesBody(before);
  }

  /** What has a body, by that alone. */
  seesBody(version: { type: string; id: string; lastUpdated: number; body: Buffer }): boolean {
    const filter = this.#grants.filterOfAny(version.type, this.#actions);
    return isEverything(filter) || (!isNothing(filter) && this.#judge(filter, version));
  }

  async seesCurrent({ type, id }: ResourceKey): Promise<boolean> {
    if (this.shows(type)) return true;
    if (this.hides(type)) return false;
    const current = await this.#store.read(type, id);
    return current !== undefined && this.sees(current);
  }

  /**
   * Of the versions of any resources those that are seen: by themselves, for a resource may have been about somebody
   * else before, and as the resource is now, for it may have been closed since.
   */
  async seen<V extends StoredVersion>(versions: readonly V[]): Promise<V[]> {
    const current = new Map<string, boolean>();
    const kept: V[] = [];
    for (const version of versions) {
      if (!(await this.sees(version))) continue;
      const name = referenceTo(version);
      const isSeen = current.get(name) ?? (await this.seesCurrent(version));
      current.set(name, isSeen);
      if (isSeen) kept.push(version);
    }
    return kept;
  }
}
