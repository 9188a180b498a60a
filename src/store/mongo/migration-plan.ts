import type { MigrationPlan } from '../database-stores.ts';
import { type ClientOptions, connectDatabase } from './client.ts';
import { Layout } from './layout.ts';
import { pendingSteps } from './migrations.ts';

/**
 * What `openMongoStores` would make of a database, which is left as it is.
 * @throws Error for a server that cannot be reached or used, and for a database of a newer program
 */
export async function mongoMigrationPlan(options: ClientOptions): Promise<MigrationPlan> {
  const database = await connectDatabase(options);
  try {
    const missing = await new Layout(database).missingIndexes();
    const indexes = missing.flatMap(({ collection, indexes: lacking }) =>
      lacking.map(({ name }) => `${collection}: ${name}`),
    );
    return { ...(await pendingSteps(database)), indexes };
  } finally {
    await database.client.close();
  }
}
