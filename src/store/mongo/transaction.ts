import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';

/**
 * Runs work in a transaction on one state of the database, which a majority keeps when it ends. The driver repeats the
 * work, after a pause of random length, where the database calls its failure transient.
 * @param timeoutMS for all attempts together; by default the time of a commit
 */
export function inTransaction<T>(
  { client, limits }: Database,
  work: (session: ClientSession) => Promise<T>,
  timeoutMS = limits.commit,
): Promise<T> {
  return client.withSession((session) =>
    session.withTransaction(work, {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
      readPreference: 'primary',
      timeoutMS,
    }),
  );
}
