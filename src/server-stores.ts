import type { Settings } from './operability/settings.ts';
import type { DatabaseStores, MigrationPlan } from './store/database-stores.ts';
import { checkInClear, encryptedStores } from './store/encryption/encrypted-stores.ts';
import { readEncryptionKeys } from './store/encryption/keys.ts';
import type { ClientOptions } from './store/mongo/client.ts';
import { sqliteMigrationPlan } from './store/sqlite/migration-plan.ts';
import { openSqliteStores } from './store/sqlite/open.ts';

// The driver of MongoDB takes time and memory, which a server of the embedded store keeps: it is loaded when needed.

interface OpeningOptions {
  /** Takes a MongoDB database however it keeps its tenants, whatever the settings say. */
  anyTenancy?: true;
}

/**
 * Opens the database of the settings: that of `MONGODB_URI`, or the embedded one; encrypted where there are keys.
 * @param onLatency told the seconds that each call of the store took
 * @throws Error when it cannot be opened, or is not one that this program can use
 */
export async function openStores(
  settings: Settings,
  onLatency: (operation: string, seconds: number) => void,
  options: OpeningOptions = {},
): Promise<DatabaseStores> {
  const { ENCRYPTION_KEYS_FILE: file, ENCRYPTED_IDENTIFIERS: systems } = settings;
  // Before the database: where they cannot be read, none is made.
  const keys = file === '' ? undefined : await readEncryptionKeys(file);
  const stores = await openDatabase(settings, onLatency, options);
  try {
    if (keys !== undefined) return await encryptedStores(stores, { keys, systems });
    await checkInClear(stores);
    return stores;
  } catch (error) {
    await stores.close();
    throw error;
  }
}

async function openDatabase(
  settings: Settings,
  onLatency: (operation: string, seconds: number) => void,
  { anyTenancy }: OpeningOptions,
): Promise<DatabaseStores> {
  if (settings.MONGODB_URI === '') {
    return openSqliteStores({
      directory: settings.DATA_DIR,
      onLatency,
      searchTime: settings.SEARCH_TIMEOUT_SECONDS * 1000,
      mostLinks: settings.MAX_CHAIN_RESOURCES,
    });
  }
  const { openMongoStores } = await import('./store/mongo/open.ts');
  return openMongoStores({
    ...mongoClientOptions(settings),
    migration: { patience: settings.MONGODB_MIGRATION_TIMEOUT_SECONDS * 1000 },
    ...(anyTenancy ? {} : { tenancy: settings.MONGODB_TENANT_DATABASES === 'on' ? 'apart' : 'together' }),
    onLatency,
  });
}

/**
 * What opening the database of the settings would make of it; it is left as it is.
 * @throws Error when it cannot be reached, or is not one that this program can use
 */
export async function planMigration(settings: Settings): Promise<MigrationPlan> {
  if (settings.MONGODB_URI === '') return sqliteMigrationPlan(settings.DATA_DIR);
  const { mongoMigrationPlan } = await import('./store/mongo/migration-plan.ts');
  return mongoMigrationPlan(mongoClientOptions(settings));
}

/** How to connect to the MongoDB database of the settings. */
export function mongoClientOptions(settings: Settings): ClientOptions {
  const given = (text: string) => (text === '' ? undefined : text);
  const [database, authorities, certificate] = [
    given(settings.MONGODB_DATABASE),
    given(settings.MONGODB_CA_FILE),
    given(settings.MONGODB_CERTIFICATE_FILE),
  ];
  return {
    uri: settings.MONGODB_URI,
    ...(database === undefined ? {} : { database }),
    tls: {
      ...(authorities === undefined ? {} : { authorities }),
      ...(certificate === undefined ? {} : { certificate }),
    },
    poolSize: { most: settings.MONGODB_POOL_SIZE, least: settings.MONGODB_POOL_SIZE_LEAST },
    limits: {
      call: settings.MONGODB_CALL_TIMEOUT_SECONDS * 1000,
      search: settings.SEARCH_TIMEOUT_SECONDS * 1000,
      commit: settings.MONGODB_COMMIT_TIMEOUT_SECONDS * 1000,
    },
    selectionTime: settings.MONGODB_SELECTION_TIMEOUT_SECONDS * 1000,
    readPreference: settings.MONGODB_READ_PREFERENCE,
    searchPreference: settings.MONGODB_SEARCH_PREFERENCE,
  };
}
