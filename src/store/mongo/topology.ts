import type { Db, Document } from 'mongodb';

/** The first version whose transactions, snapshot reads and indexes this store is written for. */
const oldestMajor = 6;

/**
 * Makes sure that the server can keep what the store promises.
 * @throws Error for a standalone server, which has no transactions, and for a version before 6.0
 */
export async function checkTopology(db: Db, maxTimeMS: number): Promise<void> {
  const admin = db.admin();
  const hello = await admin.command({ hello: 1, maxTimeMS });
  if (hello['setName'] === undefined && !isMongos(hello)) {
    throw new Error(
      'MongoDB runs as a standalone server, which has no transactions: start it as a replica set, of one node at least (mongod --replSet rs0, then rs.initiate()), or connect to the mongos of a sharded cluster',
    );
  }
  const { version } = (await admin.command({ buildInfo: 1, maxTimeMS })) as { version?: string };
  if (Number.parseInt(version ?? '', 10) >= oldestMajor) return;
  throw new Error(`MongoDB ${version} is too old: version ${oldestMajor}.0 or a later one is needed`);
}

/** True for the mongos of a sharded cluster. */
export async function isShardedCluster(db: Db, maxTimeMS: number): Promise<boolean> {
  return isMongos(await db.admin().command({ hello: 1, maxTimeMS }));
}

function isMongos(hello: Document): boolean {
  return hello['msg'] === 'isdbgrid';
}
