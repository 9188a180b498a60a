import type { ClientSession, Collection } from 'mongodb';
import type { Renaming, RewriteBatch, Rewriting, RewrittenVersion } from '../rewriting.ts';
import type { HolderDocument, VersionFields } from './documents.ts';
import { guarded, UnknownEnd } from './errors.ts';
import type { TenantDatabases } from './tenant-databases.ts';
import { inTransaction } from './transaction.ts';

/** Rewrites documents where they are. */
export class MongoRewriting implements Rewriting {
  readonly #tenants: TenantDatabases;

  constructor(tenants: TenantDatabases) {
    this.#tenants = tenants;
  }

  rewrite({ versions = [], claims = [], expiring = [] }: RewriteBatch): Promise<void> {
    return guarded(async () => {
      for (const version of versions) await this.#rewriteVersion(version);
      for (const { tenant, ...renaming } of claims) {
        const { database } = this.#tenants.of(tenant);
        await inTransaction(database, (session) => rename(database.claims, session, tenant, renaming));
      }
      const { expiring: values, limits } = this.#tenants.shared;
      for (const { key, from, to } of expiring) {
        const options = { maxTimeMS: limits.call };
        await values.updateOne({ _id: key, value: from }, { $set: { value: to } }, options);
      }
    });
  }

  /** The words of a document went with its body; what the files of the database keep is the database's own. */
  clean(): Promise<void> {
    return Promise.resolve();
  }

  async #rewriteVersion({ tenant, type, id, version, body, identityKeys }: RewrittenVersion): Promise<void> {
    const { database, bodies } = this.#tenants.of(tenant);
    const stored = await bodies.store(body);
    const filter = { tenant, id, version };
    const update =
      stored.file === undefined
        ? { $set: { body: stored.body }, $unset: { file: 1 as const } }
        : { $set: { body: stored.body, file: stored.file } };
    let before: Pick<VersionFields, 'file'> | null = null;
    try {
      before = await inTransaction(database, async (session) => {
        const options = { session, projection: { file: 1 } } as const;
        const found =
          (await database.current(type).findOneAndUpdate(filter, update, options)) ??
          (await database.history(type).findOneAndUpdate(filter, update, options));
        for (const renaming of identityKeys) {
          await rename(database.identities, session, tenant, renaming);
          const held = { tenant, id, identityKeys: renaming.from };
          const named = { $set: { 'identityKeys.$': renaming.to } };
          await database.current(type).updateOne(held, named, { session });
        }
        return found;
      });
    } catch (error) {
      if (stored.file !== undefined && !(error instanceof UnknownEnd)) await bodies.remove([stored.file]);
      throw error;
    }
    // A file that nothing names any more: the one before, or the new one of a version that was purged.
    const left = before === null ? stored.file : before.file;
    if (left !== undefined) await bodies.remove([left]);
  }
}

async function rename(
  collection: Collection<HolderDocument>,
  session: ClientSession,
  tenant: string,
  { from, to }: Renaming,
): Promise<void> {
  const holder = await collection.findOne(
    { tenant, key: from },
    { session, hint: 'key', projection: { _id: 0 } },
  );
  if (holder === null) return;
  const other = await collection.findOne({ tenant, key: to }, { session, hint: 'key' });
  await collection.deleteOne({ tenant, key: from }, { session });
  if (other === null) await collection.insertOne({ ...holder, key: to }, { session });
}
