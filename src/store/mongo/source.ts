import { ObjectId } from 'mongodb';
import type { Criterion, IndexRead } from './criterion.ts';
import { allOf, type Filter } from './filters.ts';
import type { Layout } from './layout.ts';
import type { Reads } from './reads.ts';

/** One type of one tenant. */
export interface SearchedType {
  tenant: string;
  type: string;
}

/** Where the matches of a criterion are read: the index is chosen here, never by the database. */
export interface Source {
  /** The whole condition, the tenant included, but for the candidates. */
  condition: Filter;
  hint: string;
  /** The creation keys, in order, of all documents that can match, when they are few. */
  candidates?: readonly ObjectId[];
}

/** The condition of a source, on some of its candidates or on all. */
export function sourceFilter({ condition, candidates }: Source, some = candidates): Filter {
  return some === undefined ? condition : allOf([{ _id: { $in: some } }, condition]);
}

/** What a search does with a source: reads it in the order of creation, in any order, or sorts it. */
export type Order = 'creation' | 'any' | 'sorted';

/** Ids that a first and a second look at a criterion read at most. */
const lookSizes = [256, 8192] as const;

/** Criteria of a conjunction that are looked at. */
const mostLooks = 6;

/** Chooses the index that a search reads. */
export class Sources {
  readonly #reads: Reads;
  readonly #layout: Layout;

  constructor(reads: Reads, layout: Layout) {
    this.#reads = reads;
    this.#layout = layout;
  }

  /**
   * The narrowest source: few candidates by their creation keys, otherwise the documents of one key or all of the
   * type, each in the order of creation. Where any order will do, it may be the documents of one read.
   */
  async of(searched: SearchedType, criterion: Criterion, order: Order): Promise<Source> {
    const ways = await this.#usable(searched, criterion);
    const single = ways.flatMap((way) => (way.length === 1 ? way : []));
    const along = single.find(({ inOrder }) => inOrder || (order === 'any' && ways.length === 1));
    const isKnown = along !== undefined && ways.length === 1 && order !== 'sorted';
    const candidates = isKnown ? undefined : await this.#candidates(searched, ways);
    const base = { tenant: searched.tenant, live: true };
    if (candidates !== undefined) {
      return { condition: allOf([base, criterion.filter]), hint: '_id_', candidates };
    }
    if (along === undefined) return { condition: allOf([base, criterion.filter]), hint: 'created' };
    const filters =
      along.filter === criterion.filter ? [base, along.filter] : [base, along.filter, criterion.filter];
    return { condition: allOf(filters), hint: along.index };
  }

  async #usable(searched: SearchedType, { ways }: Criterion): Promise<readonly (readonly IndexRead[])[]> {
    const ready = (await this.#layout.indexesOf(searched.type)) ?? new Set();
    return ways.filter((way) => way.every(({ index }) => ready.has(index)));
  }

  /** The candidates of the narrowest way, in order; `undefined` when all are wide. */
  async #candidates(
    searched: SearchedType,
    ways: readonly (readonly IndexRead[])[],
  ): Promise<ObjectId[] | undefined> {
    if (ways.length === 0) return undefined;
    // One way alone has no narrower one to be compared with.
    for (const size of ways.length === 1 ? lookSizes.slice(-1) : lookSizes) {
      const looks = await Promise.all(ways.slice(0, mostLooks).map((way) => this.#look(searched, way, size)));
      const narrow = looks.filter((ids) => ids !== undefined).sort((a, b) => a.length - b.length)[0];
      if (narrow !== undefined) return narrow.sort().map((id) => new ObjectId(id));
    }
    return undefined;
  }

  /** All ids of a way, `undefined` when there are more. Ids end the indexes: no document is read. */
  async #look(
    { tenant, type }: SearchedType,
    way: readonly IndexRead[],
    size: number,
  ): Promise<string[] | undefined> {
    const ids = new Set<string>();
    for (const { filter, index } of way) {
      const found = await this.#reads.find(type, allOf([{ tenant }, filter]), {
        projection: { _id: 1 },
        hint: index,
        limit: size + 1,
      });
      for (const { _id } of found) ids.add(_id.toHexString());
      if (ids.size > size) return undefined;
    }
    return [...ids];
  }
}
