import { ObjectId } from 'mongodb';
import { isContainedType } from '../../search/contained.ts';
import {
  pageBytes,
  type StoredClaim,
  type TransferPage,
  type TransferredVersion,
  type TypeSize,
} from '../transfer.ts';
import { countInSteps } from './count-in-steps.ts';
import { lowestKey } from './creation-key.ts';
import type { ScopeDocument } from './database.ts';
import {
  type CurrentDocument,
  type HistoryDocument,
  storedVersion,
  type VersionFields,
  versionProjection,
} from './documents.ts';
import { storedScopes } from './layout.ts';
import type { TenantDatabases } from './tenant-databases.ts';

/** The last version that was read: types and tenants, creation keys and versions are gone through in their order. */
interface Place extends ScopeDocument {
  key: string;
  version: number;
}

/** A resource with versions that are to be read: those after `done`. */
type Resource = Pick<CurrentDocument, '_id' | 'id' | 'version'> & { done: number };

/** A version with the creation key of its resource. */
interface KeyedVersion {
  key: ObjectId;
  document: VersionFields;
  identityKeys?: readonly string[];
}

/** Reads the versions and claims of all tenants. */
export class TransferReads {
  readonly #tenants: TenantDatabases;
  /** Milliseconds that each call may take. */
  readonly #maxTimeMS: number;

  constructor(tenants: TenantDatabases) {
    this.#tenants = tenants;
    this.#maxTimeMS = tenants.shared.limits.search;
  }

  async sizes(): Promise<TypeSize[]> {
    const sizes: TypeSize[] = [];
    for (const { tenant, type } of await this.#scopes()) {
      const { database } = this.#tenants.of(tenant);
      const counted = { condition: { tenant }, maxTimeMS: this.#maxTimeMS };
      const current = await countInSteps(database.current(type), {
        ...counted,
        hint: 'id',
        order: ['id'],
      });
      const superseded = await countInSteps(database.history(type), {
        ...counted,
        hint: 'version',
        order: ['id', 'version'],
      });
      if (current > 0) sizes.push({ tenant, type, versions: current + superseded });
    }
    return sizes;
  }

  async versions(count: number, place?: string): Promise<TransferPage<TransferredVersion>> {
    const from = place === undefined ? undefined : (JSON.parse(place) as Place);
    for (const scope of await this.#scopes()) {
      const order = from === undefined ? 1 : compareScopes(scope, from);
      if (order < 0) continue;
      const after = order === 0 && from !== undefined ? from : { key: lowestKey, version: 0 };
      const found = await this.#ofScope(scope, after, count);
      const last = found.at(-1);
      if (last === undefined) continue;
      const next: Place = { ...scope, key: last.key.toHexString(), version: last.document.version };
      return {
        items: found.map((each) => transferred(scope, each)),
        next: JSON.stringify(next),
      };
    }
    return { items: [] };
  }

  /** The claims of a tenant after those of the one before. */
  async claims(count: number, place?: string): Promise<TransferPage<StoredClaim>> {
    const [tenant, key] = place === undefined ? ['', ''] : (JSON.parse(place) as [string, string]);
    const after = {
      tenant: { $gte: tenant },
      $or: [{ tenant: { $gt: tenant } }, { tenant, key: { $gt: key } }],
    };
    for (const { database } of await this.#tenants.all()) {
      const items = await database.claims
        .find(after, {
          projection: { _id: 0 },
          hint: 'key',
          sort: { tenant: 1, key: 1 },
          limit: count,
          maxTimeMS: this.#maxTimeMS,
        })
        .toArray();
      const last = items.at(-1);
      if (last !== undefined) return { items, next: JSON.stringify([last.tenant, last.key]) };
    }
    return { items: [] };
  }

  async #scopes(): Promise<ScopeDocument[]> {
    const scopes = await storedScopes(this.#tenants.shared);
    return scopes.filter(({ type }) => !isContainedType(type)).sort(compareScopes);
  }

  async #ofScope(
    scope: ScopeDocument,
    after: Pick<Place, 'key' | 'version'>,
    count: number,
  ): Promise<KeyedVersion[]> {
    const resources = await this.#resources(scope, after, count);
    const [first] = resources;
    if (first === undefined) return [];
    // A resource of many versions is read by itself, the others with all of theirs.
    const isLong = first.done > 0 || first.version > count;
    let left = count;
    const chosen = isLong
      ? [first]
      : resources.filter(({ version }) => {
          left -= version;
          return left >= 0;
        });
    const versions = [
      ...(await this.#superseded(scope, chosen, count)),
      ...(await this.#current(scope, chosen)),
    ];
    versions.sort(
      (a, b) => compare(a.key.toHexString(), b.key.toHexString()) || a.document.version - b.document.version,
    );
    return this.#loaded(scope, versions.slice(0, count));
  }

  /** The next resources in the order of creation, the deleted ones among them. */
  async #resources(
    { tenant, type }: ScopeDocument,
    { key, version }: Pick<Place, 'key' | 'version'>,
    count: number,
  ): Promise<Resource[]> {
    const { database } = this.#tenants.of(tenant);
    const found = await Promise.all(
      [true, false].map((live) =>
        database
          .current(type)
          .find(
            { tenant, live, _id: { $gte: new ObjectId(key) } },
            {
              projection: { id: 1, version: 1 },
              hint: 'created',
              sort: { _id: 1 },
              limit: count + 1,
              maxTimeMS: this.#maxTimeMS,
            },
          )
          .toArray(),
      ),
    );
    return found
      .flat()
      .sort((a, b) => compare(a._id.toHexString(), b._id.toHexString()))
      .map((one) => ({ ...one, done: one._id.toHexString() === key ? version : 0 }))
      .filter((one) => one.version > one.done);
  }

  async #superseded(
    { tenant, type }: ScopeDocument,
    chosen: readonly Resource[],
    count: number,
  ): Promise<KeyedVersion[]> {
    const ids = chosen.filter(({ version, done }) => version > done + 1).map(({ id }) => id);
    if (ids.length === 0) return [];
    const [done] = chosen.map((one) => one.done);
    const { database } = this.#tenants.of(tenant);
    const documents: HistoryDocument[] = await database
      .history(type)
      .find(
        { tenant, id: { $in: ids }, version: { $gt: done ?? 0 } },
        {
          projection: { ...versionProjection, key: 1 },
          hint: 'version',
          sort: { id: 1, version: 1 },
          limit: count,
          maxTimeMS: this.#maxTimeMS,
        },
      )
      .toArray();
    return documents.map((document) => ({ key: document.key, document }));
  }

  async #current({ tenant, type }: ScopeDocument, chosen: readonly Resource[]): Promise<KeyedVersion[]> {
    const { database } = this.#tenants.of(tenant);
    const documents = await database
      .current(type)
      .find(
        { tenant, id: { $in: chosen.map(({ id }) => id) } },
        {
          projection: { ...versionProjection, identityKeys: 1 },
          hint: 'id',
          maxTimeMS: this.#maxTimeMS,
        },
      )
      .toArray();
    return documents.map((document) => ({
      key: document._id,
      document,
      identityKeys: document.identityKeys,
    }));
  }

  /** As many as one page holds, with their bodies. */
  async #loaded({ tenant }: ScopeDocument, versions: readonly KeyedVersion[]): Promise<KeyedVersion[]> {
    const { bodies } = this.#tenants.of(tenant);
    const loaded: KeyedVersion[] = [];
    let bytes = 0;
    for (const version of versions) {
      await bodies.load([version.document]);
      bytes += version.document.body.length;
      if (loaded.length > 0 && bytes > pageBytes) break;
      loaded.push(version);
    }
    return loaded;
  }
}

function transferred(
  { tenant, type }: ScopeDocument,
  { key, document, identityKeys }: KeyedVersion,
): TransferredVersion {
  return {
    ...storedVersion(type, document),
    tenant,
    isCurrent: identityKeys !== undefined,
    identityKeys: identityKeys ?? [],
    creationKey: key.toHexString(),
  };
}

function compareScopes(a: ScopeDocument, b: ScopeDocument): number {
  return compare(a.tenant, b.tenant) || compare(a.type, b.type);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
