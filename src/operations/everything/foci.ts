import { allOf } from '../../search/combine.ts';
import type { ResourceStore } from '../../store/contract.ts';

/** The resources, one after the other, of which everything is sent. */
export interface Foci {
  /**
   * The focus at a position, the first without one; undefined when there is none (any more).
   * `next` is the position of the one after it.
   */
  at(position?: string): Promise<Focus | undefined>;
}

export interface Focus {
  id: string;
  next?: string;
}

/** These resources, in their order. */
export function listedFoci(ids: readonly string[]): Foci {
  return {
    async at(position = '0') {
      const index = Number(position);
      const id = ids[index];
      if (id === undefined) return undefined;
      return { id, ...(index + 1 < ids.length ? { next: String(index + 1) } : {}) };
    },
  };
}

/** Every resource of a type, in the order of creation. */
export function allFoci(store: ResourceStore, type: string): Foci {
  return {
    async at(cursor) {
      const query = { type, expression: allOf([]), sort: [], count: 1 };
      const page = await store.search(cursor === undefined ? query : { ...query, cursor });
      const [match] = page.matches;
      if (match === undefined) return undefined;
      return { id: match.id, ...(page.next === undefined ? {} : { next: page.next }) };
    },
  };
}
