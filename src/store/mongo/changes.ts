import { ObjectId, type ReadPreferenceMode } from 'mongodb';
import { fhirError } from '../../fhir/error.ts';
import type { ChangedVersion, Changes, ChangesPage } from '../contract.ts';
import type { Bodies } from './bodies.ts';
import { isCreationKey } from './creation-key.ts';
import type { Database } from './database.ts';
import { changedVersion, type VersionFields, versionProjection } from './documents.ts';
import { allOf, type Filter } from './filters.ts';
import type { Layout } from './layout.ts';

/** A version by its place in the order of changes: no later write alters it. */
interface Place {
  updated: number;
  /** The creation key of its resource. */
  key: string;
  version: number;
}

interface PlacedVersion {
  place: Place;
  type: string;
  document: VersionFields;
}

/** Where a part of the versions is read. */
interface ChangedType {
  tenant: string;
  type: string;
  preference: ReadPreferenceMode;
}

/** Types that are read at once: each is two requests to the database. */
const typesAtOnce = 8;

/** Reads the versions of all resources of a type or of a tenant in the order of time. */
export class ChangeReader {
  readonly #database: Database;
  readonly #layout: Layout;
  readonly #bodies: Bodies;

  constructor(database: Database, layout: Layout, bodies: Bodies) {
    this.#database = database;
    this.#layout = layout;
    this.#bodies = bodies;
  }

  /**
   * @param preference which servers may be read
   * @throws FhirError 400 when the cursor is none of a history
   */
  async changes(
    tenant: string,
    page: ChangesPage,
    preference = this.#database.readPreference,
  ): Promise<Changes> {
    const from = page.cursor === undefined ? undefined : placeOf(page.cursor);
    if (page.count <= 0) return { versions: [] };
    const types = await this.#layout.typesOf(tenant, preference);
    const asked = page.type === undefined ? types : types.filter((type) => type === page.type);
    let found: PlacedVersion[] = [];
    for (let at = 0; at < asked.length; at += typesAtOnce) {
      // Each type is read no further than the page may still reach.
      const farthest = found[page.count]?.place.updated;
      const parts = asked
        .slice(at, at + typesAtOnce)
        .flatMap((type) => [
          this.#current({ tenant, type, preference }, page, from, farthest),
          this.#superseded({ tenant, type, preference }, page, from, farthest),
        ]);
      found = found.concat((await Promise.all(parts)).flat());
      found.sort((a, b) =>
        page.oldestFirst ? newestFirst(b.place, a.place) : newestFirst(a.place, b.place),
      );
      found.length = Math.min(found.length, page.count + 1);
    }
    const taken = found.slice(0, page.count);
    const remaining = new Set(await this.#bodies.loadRemaining(taken.map(({ document }) => document)));
    const versions = taken
      .filter(({ document }) => remaining.has(document))
      .map(({ type, document }): ChangedVersion => changedVersion(type, document));
    return found.length > page.count
      ? { versions, next: cursorOf((taken.at(-1) as PlacedVersion).place) }
      : { versions };
  }

  async #current(
    { tenant, type, preference }: ChangedType,
    page: ChangesPage,
    from: Place | undefined,
    farthest: number | undefined,
  ): Promise<PlacedVersion[]> {
    const step = page.oldestFirst ? 1 : -1;
    const documents = await this.#database
      .current(type)
      .find(allOf([{ tenant }, ...windowOf(page, farthest), afterPlace(page, from, '_id')]), {
        ...this.#options(page, preference),
        sort: { updated: step, _id: step },
      })
      .toArray();
    return documents.map((document) => ({ type, document, place: placeIn(document, document._id) }));
  }

  async #superseded(
    { tenant, type, preference }: ChangedType,
    page: ChangesPage,
    from: Place | undefined,
    farthest: number | undefined,
  ): Promise<PlacedVersion[]> {
    const step = page.oldestFirst ? 1 : -1;
    const ended = page.at === undefined ? [] : [{ ended: { $gt: page.at.low } }];
    const documents = await this.#database
      .history(type)
      .find(allOf([{ tenant }, ...windowOf(page, farthest), ...ended, afterPlace(page, from, 'key')]), {
        ...this.#options(page, preference),
        projection: { ...versionProjection, key: 1 },
        sort: { updated: step, key: step, version: step },
      })
      .toArray();
    return documents.map((document) => ({ type, document, place: placeIn(document, document.key) }));
  }

  #options({ count }: ChangesPage, readPreference: ReadPreferenceMode) {
    return {
      projection: versionProjection,
      hint: 'updated',
      limit: count + 1,
      readPreference,
      maxTimeMS: this.#database.limits.search,
    };
  }
}

/** The conditions on the instant of a version. */
function windowOf({ since, at, oldestFirst }: ChangesPage, farthest: number | undefined): Filter[] {
  return [
    ...(since === undefined ? [] : [{ updated: { $gte: since } }]),
    ...(at === undefined ? [] : [{ updated: { $lt: at.high } }]),
    ...(farthest === undefined ? [] : [{ updated: { [oldestFirst ? '$lte' : '$gte']: farthest } }]),
  ];
}

function afterPlace({ oldestFirst }: ChangesPage, from: Place | undefined, keyField: '_id' | 'key'): Filter {
  if (from === undefined) return {};
  const { updated, version } = from;
  const key = new ObjectId(from.key);
  const [beyond, reach] = oldestFirst ? ['$gt', '$gte'] : ['$lt', '$lte'];
  return {
    updated: { [reach as string]: updated },
    $or: [
      { updated: { [beyond as string]: updated } },
      { updated, [keyField]: { [beyond as string]: key } },
      { updated, [keyField]: key, version: { [beyond as string]: version } },
    ],
  };
}

function placeIn({ updated, version }: VersionFields, key: ObjectId): Place {
  return { updated, key: key.toHexString(), version };
}

function newestFirst(a: Place, b: Place): number {
  if (a.key !== b.key && a.updated === b.updated) return a.key < b.key ? 1 : -1;
  return b.updated - a.updated || b.version - a.version;
}

function cursorOf({ updated, key, version }: Place): string {
  return JSON.stringify([updated, key, version]);
}

function placeOf(cursor: string): Place {
  try {
    const [updated, key, version]: unknown[] = JSON.parse(cursor);
    if (Number.isSafeInteger(updated) && isCreationKey(key) && Number.isSafeInteger(version)) {
      return { updated: updated as number, key, version: version as number };
    }
  } catch {
    // Refused below, as any other text that is no place.
  }
  throw fhirError(400, 'value', 'The page link belongs to another history');
}
