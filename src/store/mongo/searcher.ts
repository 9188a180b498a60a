import { type Document, ObjectId, type WithId } from 'mongodb';
import type { Expression, SortKey } from '../../search/expression.ts';
import type { SearchPage, SearchQuery } from '../contract.ts';
import type { Bodies } from './bodies.ts';
import { compile } from './compile.ts';
import { lowestKey } from './creation-key.ts';
import type { Criterion } from './criterion.ts';
import { within } from './deadline.ts';
import { type CurrentDocument, type SortValue, storedVersion, versionProjection } from './documents.ts';
import { isTimeout } from './errors.ts';
import { allOf, type Filter, isNothing } from './filters.ts';
import type { Layout } from './layout.ts';
import type { Links } from './links.ts';
import { cursorOf, fingerprintOf, type Position, positionOf, sortFields } from './order.ts';
import type { Reads } from './reads.ts';
import { sortedParts, sortStages } from './sorting.ts';
import { type SearchedType, type Source, type Sources, sourceFilter } from './source.ts';

/** A match and its place in the order of the search; without a document when it was deleted meanwhile. */
interface Match {
  document: CurrentDocument | undefined;
  place: Pick<Position, 'key' | 'values'>;
}

/** How many more candidates are read at once when those before them were not enough. */
const growth = 4;

const noPage: SearchPage = { matches: [] };

/** Runs searches on the current resources of one type. */
export class Searcher {
  readonly #reads: Reads;
  readonly #layout: Layout;
  readonly #sources: Sources;
  readonly #links: Links;
  readonly #bodies: Bodies;

  constructor(reads: Reads, layout: Layout, sources: Sources, links: Links, bodies: Bodies) {
    this.#reads = reads;
    this.#layout = layout;
    this.#sources = sources;
    this.#links = links;
    this.#bodies = bodies;
  }

  /** @throws FhirError 400 for a cursor of another search, and for a chain over too many resources */
  async search(tenant: string, query: SearchQuery): Promise<SearchPage> {
    const { type, expression, sort, count, cursor } = query;
    const position = cursor === undefined ? undefined : positionOf(cursor, query);
    const criterion = await this.#criterion({ tenant, type }, expression);
    if (criterion === undefined || count <= 0) return noPage;
    const searched = { tenant, type };
    const [key, ...others] = sort;
    const source = await this.#sources.of(searched, criterion, key === undefined ? 'creation' : 'sorted');
    const found =
      key === undefined
        ? await this.#inOrderOfCreation(searched, source, position, count + 1)
        : (others.length === 0 &&
            (await this.#alongSortIndex(searched, criterion, source, key, position, count + 1))) ||
          (await this.#sorted(searched, source, sort, position, count + 1));
    const present = found.slice(0, count).filter(({ document }) => document !== undefined);
    const documents = present.map(({ document }) => document as CurrentDocument);
    await this.#bodies.load(documents);
    const fingerprint = fingerprintOf(query);
    const cursorAt = ({ place }: Match) => cursorOf({ search: fingerprint, ...place });
    return {
      matches: documents.map((document) => storedVersion(type, document)),
      ...(found.length > count ? { next: cursorAt(found[count - 1] as Match) } : {}),
      ...(query.places ? { places: present.map(cursorAt) } : {}),
    };
  }

  /** `undefined` when the count is not done within the budget (milliseconds). */
  async count(
    tenant: string,
    type: string,
    expression: Expression,
    budget: number,
  ): Promise<number | undefined> {
    try {
      return await within(budget, this.#count({ tenant, type }, expression, Date.now() + budget));
    } catch (error) {
      if (isTimeout(error)) return undefined;
      throw error;
    }
  }

  async #count(searched: SearchedType, expression: Expression, end: number): Promise<number | undefined> {
    const criterion = await this.#criterion(searched, expression);
    if (criterion === undefined) return 0;
    const source = await this.#sources.of(searched, criterion, 'any');
    const maxTimeMS = Math.floor(end - Date.now());
    if (maxTimeMS <= 0) return undefined;
    return this.#reads.count(searched.type, sourceFilter(source), source.hint, maxTimeMS);
  }

  /** `undefined` when nothing can match. */
  async #criterion(searched: SearchedType, expression: Expression): Promise<Criterion | undefined> {
    if ((await this.#layout.indexesOf(searched.type)) === undefined) return undefined;
    const criterion = await compile(this.#links.of(searched.tenant), searched.type, expression);
    return isNothing(criterion.filter) ? undefined : criterion;
  }

  async #inOrderOfCreation(
    searched: SearchedType,
    source: Source,
    position: Position | undefined,
    limit: number,
  ): Promise<Match[]> {
    const { candidates, hint, condition } = source;
    const documents =
      candidates === undefined
        ? await this.#find(
            searched,
            allOf([condition, position === undefined ? {} : { _id: { $gt: new ObjectId(position.key) } }]),
            hint,
            { _id: 1 },
            limit,
          )
        : await this.#amongCandidates(searched, source, position?.key ?? lowestKey, limit);
    return documents.map((document) => ({ document, place: { key: keyOf(document), values: [] } }));
  }

  /** Candidates mostly match: no more of them are read than the page needs. */
  async #amongCandidates(
    searched: SearchedType,
    source: Source,
    after: string,
    limit: number,
  ): Promise<CurrentDocument[]> {
    const left = (source.candidates ?? []).filter((key) => key.toHexString() > after);
    const found: CurrentDocument[] = [];
    for (let size = limit; left.length > 0 && found.length < limit; size *= growth) {
      const filter = sourceFilter(source, left.splice(0, size));
      found.push(...(await this.#find(searched, filter, source.hint, { _id: 1 }, limit - found.length)));
    }
    return found;
  }

  /** `undefined` when the matches are few, or the index is not there: then they are sorted. */
  async #alongSortIndex(
    searched: SearchedType,
    criterion: Criterion,
    source: Source,
    key: SortKey,
    position: Position | undefined,
    limit: number,
  ): Promise<Match[] | undefined> {
    const [field, part] = sortFields(key);
    if (source.candidates !== undefined || field === undefined || part !== undefined) return undefined;
    const hint = await this.#sortHint(searched.type, field);
    if (hint === undefined) return undefined;
    const filter = allOf([{ tenant: searched.tenant, live: true }, criterion.filter]);
    const found: Match[] = [];
    for (const { filter: ofPart, order } of sortedParts(filter, key, position)) {
      if (found.length >= limit) break;
      const documents = await this.#find(searched, ofPart, hint, order, limit - found.length, [field]);
      for (const document of documents) {
        found.push({
          document,
          place: { key: keyOf(document), values: [valueAt(document, field)] },
        });
      }
    }
    return found;
  }

  async #sortHint(type: string, field: string): Promise<string | undefined> {
    if (field === 'id' || field === 'updated') return field;
    return this.#layout.sortIndexOf(type, field);
  }

  async #sorted(
    searched: SearchedType,
    source: Source,
    sort: readonly SortKey[],
    position: Position | undefined,
    limit: number,
  ): Promise<Match[]> {
    const stages = sortStages(sourceFilter(source), sort, position, limit);
    const rows = await this.#reads.aggregate<WithId<Document>>(searched.type, stages, {
      hint: source.hint,
      limit,
    });
    const keys = rows.map(({ _id }) => _id);
    const documents = await this.#find(
      searched,
      { _id: { $in: keys }, tenant: searched.tenant, live: true },
      '_id_',
      { _id: 1 },
      limit,
    );
    const byKey = new Map(documents.map((document) => [keyOf(document), document]));
    return rows.map((row) => {
      const key = row._id.toHexString();
      const values = sort.map((_, at) => (row[`k${at}`] ?? null) as SortValue | null);
      return { document: byKey.get(key), place: { key, values } };
    });
  }

  #find(
    { type }: SearchedType,
    filter: Filter,
    hint: string,
    sort: Record<string, 1 | -1>,
    limit: number,
    fields: readonly string[] = [],
  ): Promise<CurrentDocument[]> {
    const projection = {
      ...versionProjection,
      ...Object.fromEntries(fields.map((field) => [field, 1 as const])),
    };
    return this.#reads.find(type, filter, { projection, hint, sort, limit });
  }
}

function keyOf({ _id }: CurrentDocument): string {
  return _id.toHexString();
}

/** The value of a field such as `lowest.string-family`, whose names hold no other point. */
function valueAt(document: CurrentDocument, field: string): SortValue | null {
  const [parent = '', name] = field.split('.');
  const { [parent]: value } = document as unknown as Record<string, Record<string, SortValue> | SortValue>;
  if (typeof value === 'object') return (name === undefined ? undefined : value[name]) ?? null;
  return value ?? null;
}
