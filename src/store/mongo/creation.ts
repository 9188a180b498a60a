import { writeSuccessions } from './commit-writes.ts';
import type { Database } from './database.ts';
import type { Deadline } from './deadline.ts';
import type { HolderDocument } from './documents.ts';
import { claimHolders, identityHolders } from './holders.ts';
import type { PreparedChange } from './prepared-change.ts';
import { type Succession, successionsOf } from './succession.ts';
import { inTransaction } from './transaction.ts';

/** A commit of resources whose ids were never used. */
export interface Creation {
  successions: readonly Succession[];
  identities: readonly HolderDocument[];
  claims: readonly HolderDocument[];
}

/**
 * The creation that these changes are, unless they mean to replace something: the unique indexes tell when something
 * is there after all, so that nothing has to be read.
 */
export function creationOf(tenant: string, changes: readonly PreparedChange[]): Creation | undefined {
  const isNew = (change: PreparedChange) =>
    change.kind === 'version' && change.expectedVersion === 0 && change.claim?.stale === undefined;
  if (!changes.every(isNew)) return undefined;
  const found = successionsOf(tenant, changes, new Map());
  if ('conflict' in found) return undefined;
  const { successions } = found;
  return {
    successions,
    identities: identityHolders(tenant, successions),
    claims: claimHolders(tenant, changes),
  };
}

/** @throws MongoServerError for a duplicate key, and OutOfTime: then nothing is written; UnknownEnd */
export async function writeCreation(
  database: Database,
  tenant: string,
  { successions, identities, claims }: Creation,
  deadline: Deadline,
): Promise<void> {
  const [first, ...rest] = successions;
  const others = rest.length + identities.length + claims.length + (first?.contained.length ?? 0);
  if (first?.after !== undefined && others === 0) {
    // One document is written whole or not at all: it needs no transaction.
    deadline.send();
    await deadline.wait(
      database.current(first.type).insertOne(first.after, { maxTimeMS: database.limits.commit }),
    );
    return;
  }
  await inTransaction(
    database,
    async (session) => {
      // What others may race for comes first: who loses has written nothing else.
      if (identities.length > 0) await database.identities.insertMany([...identities], { session });
      if (claims.length > 0) await database.claims.insertMany([...claims], { session });
      await writeSuccessions(database, session, tenant, successions);
    },
    deadline,
  );
}
