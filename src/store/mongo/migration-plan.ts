import type { MigrationPlan } from '../database-stores.ts';
import { type ClientOptions, closeClient, connectDatabase } from './client.ts';
import { pendingSteps } from './migrations.ts';
import { storedTenancy, TenantDatabases } from './tenant-databases.ts';

/**
 * What `openMongoStores` would make of a database, which is left as it is.
 * @throws Error for a server that cannot be reached or used, and for a database of a newer program
 */
export async function mongoMigrationPlan(options: ClientOptions): Promise<MigrationPlan> {
  const database = await connectDatabase(options);
  try {
    const tenants = new TenantDatabases(database, await storedTenancy(database));
    const indexes: string[] = [];
    for (const { layout } of await tenants.all()) indexes.push(...(await layout.missingNames()));
    return { ...(await pendingSteps(database)), indexes };
  } finally {
    await closeClient(database);
  }
}
