import type { ClientSession } from 'mongodb';
import type { Database } from './database.ts';
import { Deadline } from './deadline.ts';

/**
 * Runs work in a transaction on one state of the database, which a majority keeps when it ends. The driver repeats the
 * work, after a pause of random length, where the database calls its failure transient.
 * @param deadline for all attempts together; by default the time of a commit
 * @throws OutOfTime, and UnknownEnd when the transaction may have been committed or not
 */
export function inTransaction<T>(
  { client, limits }: Database,
  work: (session: ClientSession) => Promise<T>,
  deadline = new Deadline(limits.commit),
): Promise<T> {
  return deadline.wait(
    client.withSession((session) =>
      session.withTransaction(
        async () => {
          deadline.begin();
          const result = await work(session);
          if (session.inTransaction()) deadline.send();
          return result;
        },
        {
          readConcern: { level: 'snapshot' },
          writeConcern: { w: 'majority' },
          readPreference: 'primary',
          maxCommitTimeMS: limits.commit,
        },
      ),
    ),
  );
}
