import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from './database.ts';
import { isDuplicateKey } from './errors.ts';
import { repeat } from './repeat.ts';

/** The lease has passed to another process. */
export class LostLease extends Error {}

/** The right to do something alone, which ends by itself when its holder does not renew it. */
export interface Lease {
  /** @throws LostLease */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes a lease that nobody holds; `undefined` when another process does.
 * @param name of the document among the facts
 * @param duration milliseconds by the clock of the database, so that those of the nodes may differ
 */
export async function takeLease(
  database: Database,
  name: string,
  duration: number,
): Promise<Lease | undefined> {
  const { facts, limits } = database;
  const owner = randomUUID();
  const options = { maxTimeMS: limits.call };
  const now = await databaseTime(database);
  try {
    await facts.updateOne(
      { _id: name, expires: { $lte: now } },
      { $set: { owner, process: `${hostname()} ${process.pid}`, expires: endOf(now, duration) } },
      { ...options, upsert: true },
    );
  } catch (error) {
    if (isDuplicateKey(error)) return undefined;
    throw error;
  }
  return {
    async renew() {
      const expires = endOf(await databaseTime(database), duration);
      const { matchedCount } = await facts.updateOne({ _id: name, owner }, { $set: { expires } }, options);
      if (matchedCount === 0) throw new LostLease();
    },
    async release() {
      await facts.deleteOne({ _id: name, owner }, options);
    },
  };
}

/** Runs work while the lease is renewed; a renewal that fails is followed by others. */
export async function renewing<T>(lease: Lease, duration: number, work: () => Promise<T>): Promise<T> {
  const timer = repeat(duration / 3, () => lease.renew());
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** The host and process id of who holds a lease. */
export async function leaseHolder({ facts, limits }: Database, name: string): Promise<string | undefined> {
  const lease = await facts.findOne({ _id: name }, { maxTimeMS: limits.call });
  return lease === null ? undefined : String(lease['process']);
}

async function databaseTime({ db, limits }: Database): Promise<Date> {
  const { localTime } = await db.admin().command({ hello: 1, maxTimeMS: limits.call });
  return localTime as Date;
}

function endOf(now: Date, duration: number): Date {
  return new Date(now.getTime() + duration);
}
