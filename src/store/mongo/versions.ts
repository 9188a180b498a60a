import type { Filter as DriverFilter } from 'mongodb';
import { ObjectId } from 'mongodb';
import { fhirError } from '../../fhir/error.ts';
import { referenceTo } from '../../fhir/reference.ts';
import { isContainedType } from '../../search/contained.ts';
import type {
  ChangedVersion,
  DeletedPage,
  DeletedResources,
  HistoryPage,
  ResourceKey,
  StoredVersion,
} from '../contract.ts';
import type { Bodies } from './bodies.ts';
import { isCreationKey } from './creation-key.ts';
import type { Database } from './database.ts';
import {
  type CurrentDocument,
  changedVersion,
  type HistoryDocument,
  storedVersion,
  type VersionFields,
  versionProjection,
} from './documents.ts';
import { allOf, type Filter } from './filters.ts';
import { targetsOf } from './index-keys.ts';
import type { Layout } from './layout.ts';
import { NamedReads } from './named-reads.ts';
import type { VersionName } from './version-stream.ts';

/** Reads stored versions by their names. */
export class Versions {
  readonly #database: Database;
  readonly #layout: Layout;
  readonly #bodies: Bodies;
  readonly #named: NamedReads;

  constructor(database: Database, layout: Layout, bodies: Bodies) {
    this.#database = database;
    this.#layout = layout;
    this.#bodies = bodies;
    this.#named = new NamedReads(database, layout);
  }

  async current(tenant: string, type: string, id: string): Promise<StoredVersion | undefined> {
    const document = await this.#named.one(tenant, type, id);
    return document && (await this.#load(type, [document]))[0];
  }

  async version(
    tenant: string,
    type: string,
    id: string,
    version: number,
  ): Promise<StoredVersion | undefined> {
    const current = await this.#named.one(tenant, type, id);
    if (current === undefined) return undefined;
    const documents: VersionFields[] =
      current.version === version
        ? [current]
        : await this.#superseded(type, { tenant, id, version }, { version: -1 }, 1);
    return (await this.#load(type, documents))[0];
  }

  /** Current, not deleted versions in the order of the keys. */
  async many(tenant: string, keys: readonly ResourceKey[]): Promise<StoredVersion[]> {
    const found = new Map<string, StoredVersion>();
    await Promise.all(
      [...new Set(keys.map(({ type }) => type))].map(async (type) => {
        const ids = keys.filter((key) => key.type === type).map(({ id }) => id);
        const documents = await this.#named.many(tenant, type, new Set(ids));
        const live = documents.filter((document) => document.live);
        for (const version of await this.#load(type, live)) found.set(referenceTo(version), version);
      }),
    );
    return keys.map((key) => found.get(referenceTo(key))).filter((version) => version !== undefined);
  }

  async history(tenant: string, type: string, id: string, page: HistoryPage): Promise<StoredVersion[]> {
    const { count, before, after, since, at, oldestFirst } = page;
    const current = count <= 0 ? undefined : await this.#named.one(tenant, type, id);
    if (current === undefined) return [];
    const version = {
      ...(before === undefined ? {} : { $lt: before }),
      ...(after === undefined ? {} : { $gt: after }),
    };
    const updated = {
      ...(since === undefined ? {} : { $gte: since }),
      ...(at === undefined ? {} : { $lt: at.high }),
    };
    const isWithin =
      current.version < (before ?? Number.POSITIVE_INFINITY) &&
      current.version > (after ?? 0) &&
      current.updated >= (since ?? Number.NEGATIVE_INFINITY) &&
      current.updated < (at?.high ?? Number.POSITIVE_INFINITY);
    const filter = {
      tenant,
      id,
      ...(Object.keys(version).length > 0 ? { version } : {}),
      ...(Object.keys(updated).length > 0 ? { updated } : {}),
      ...(at === undefined ? {} : { ended: { $gt: at.low } }),
    };
    const superseded = await this.#superseded(type, filter, { version: oldestFirst ? 1 : -1 }, count);
    const newest = isWithin ? [current] : [];
    const documents = oldestFirst ? [...superseded, ...newest] : [...newest, ...superseded];
    return this.#load(type, documents.slice(0, count));
  }

  /** Local targets of reference parameters over these resources. */
  async targets(
    tenant: string,
    type: string,
    ids: readonly string[],
    parameters: readonly string[],
  ): Promise<ResourceKey[]> {
    if (ids.length === 0 || !(await this.#layout.has(type, 'id'))) return [];
    const documents = await this.#database
      .current(type)
      .find(
        { tenant, id: { $in: [...new Set(ids)] } },
        {
          projection: { keys: 1 },
          hint: 'id',
          readPreference: this.#database.readPreference,
          maxTimeMS: this.#database.limits.call,
        },
      )
      .toArray();
    const targets = parameters.flatMap((parameter) =>
      documents.flatMap(({ keys }) => targetsOf(keys, parameter)),
    );
    const distinct = new Map(targets.map((target) => [referenceTo(target), target]));
    return [...distinct.values()].filter((target) => !isContainedType(target.type));
  }

  async deletedResources(tenant: string, { type, count, cursor }: DeletedPage): Promise<DeletedResources> {
    const place = cursor === undefined ? undefined : deletionPlace(cursor);
    if (!(await this.#layout.has(type, 'deleted'))) return { resources: [] };
    const deletions = await this.#database
      .current(type)
      .find(
        allOf([
          { tenant, live: false },
          place === undefined ? {} : afterPlace(place),
        ]) as DriverFilter<CurrentDocument>,
        {
          projection: { id: 1, version: 1, updated: 1 },
          sort: { updated: 1, _id: 1 },
          hint: 'deleted',
          limit: count + 1,
          readPreference: this.#database.readPreference,
          maxTimeMS: this.#database.limits.search,
        },
      )
      .toArray();
    const page = deletions.slice(0, count);
    const before = page.map(({ id, version }) => ({ id, version: version - 1 }));
    const bodies = await this.#bodiesOf(tenant, type, before);
    const resources = page.map(({ id, version }) => ({
      type,
      id,
      version,
      lastBody: bodies.get(`${id} ${version - 1}`) ?? Buffer.alloc(0),
    }));
    const last = page.at(-1);
    return last !== undefined && deletions.length > count
      ? { resources, next: `${last.updated}:${last._id.toHexString()}` }
      : { resources };
  }

  /** Versions by their names in the order of these, whichever of their resources they are by now; none of a purged one. */
  async changed(tenant: string, names: readonly VersionName[]): Promise<ChangedVersion[]> {
    const found = new Map<string, ChangedVersion>();
    await Promise.all(
      [...new Set(names.map(({ type }) => type))].map(async (type) => {
        const wanted = names.filter((name) => name.type === type);
        const ids = new Set(wanted.map(({ id }) => id));
        // A secondary might not have them yet.
        const current = await this.#named.many(tenant, type, ids, 'primary');
        const versions = new Map(current.map(({ id, version }) => [id, version]));
        const superseded = wanted.filter(({ id, version }) => version < (versions.get(id) ?? 0));
        const documents = [...current, ...(await this.#supersededNamed(tenant, type, superseded))];
        for (const document of await this.#bodies.loadRemaining<CurrentDocument | HistoryDocument>(
          documents,
        )) {
          const key = ('key' in document ? document.key : document._id).toHexString();
          found.set(versionKey(key, document), changedVersion(type, document));
        }
      }),
    );
    return names.flatMap((name) => found.get(versionKey(name.key, name)) ?? []);
  }

  async #supersededNamed(
    tenant: string,
    type: string,
    names: readonly VersionName[],
  ): Promise<HistoryDocument[]> {
    if (names.length === 0) return [];
    const filter = { $or: names.map(({ id, version }) => ({ tenant, id, version })) };
    return this.#superseded(type, filter, {}, names.length, 'primary');
  }

  #superseded(
    type: string,
    filter: Filter,
    sort: Record<string, 1 | -1>,
    limit: number,
    readPreference = this.#database.readPreference,
  ): Promise<HistoryDocument[]> {
    return this.#database
      .history(type)
      .find(filter as DriverFilter<HistoryDocument>, {
        projection: { ...versionProjection, key: 1 },
        hint: 'version',
        sort,
        limit,
        readPreference,
        maxTimeMS: this.#database.limits.call,
      })
      .toArray();
  }

  async #bodiesOf(
    tenant: string,
    type: string,
    versions: readonly { id: string; version: number }[],
  ): Promise<Map<string, Buffer>> {
    if (versions.length === 0) return new Map();
    const filter = { $or: versions.map((version) => ({ tenant, ...version })) };
    const documents = await this.#superseded(type, filter, {}, versions.length);
    await this.#bodies.load(documents);
    return new Map(documents.map(({ id, version, body }) => [`${id} ${version}`, body]));
  }

  async #load(type: string, documents: readonly VersionFields[]): Promise<StoredVersion[]> {
    await this.#bodies.load(documents);
    return documents.map((document) => storedVersion(type, document));
  }
}

/** @param key the creation key of its resource */
function versionKey(key: string, { version }: Pick<VersionFields, 'version'>): string {
  return `${key} ${version}`;
}

interface DeletionPlace {
  updated: number;
  key: string;
}

/** @throws FhirError 400 when the cursor is none of a list of deletions */
function deletionPlace(cursor: string): DeletionPlace {
  const [updated = '', key] = cursor.split(':');
  if (!isCreationKey(key) || !/^-?\d{1,16}$/.test(updated)) {
    throw fhirError(400, 'value', 'The page link belongs to another list');
  }
  return { updated: Number(updated), key };
}

function afterPlace({ updated, key }: DeletionPlace): Filter {
  return {
    updated: { $gte: updated },
    $or: [{ updated: { $gt: updated } }, { updated, _id: { $gt: new ObjectId(key) } }],
  };
}
