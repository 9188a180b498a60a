import type { DatabaseStores } from '../database-stores.ts';
import { EncryptedExpiringStore } from './encrypted-expiring.ts';
import { EncryptedIndexing } from './encrypted-indexing.ts';
import { EncryptedStore } from './encrypted-store.ts';
import { EncryptedTransfer } from './encrypted-transfer.ts';
import type { EncryptionKeys } from './keys.ts';
import { completeNote, isKeyNote, keyNote } from './notes.ts';
import { keyRotation } from './rotation.ts';
import { Shield } from './shield.ts';

export interface EncryptionOptions {
  keys: EncryptionKeys;
  /** The systems of the identifiers whose values are hashed in the index. */
  systems: readonly string[];
}

/** @throws Error for an encrypted database, which is useless without its keys */
export async function checkInClear({ transfer }: DatabaseStores): Promise<void> {
  if ((await transfer.secrets()).some(({ name }) => isKeyNote(name)))
    throw new Error('The database is encrypted: it needs the keys of ENCRYPTION_KEYS_FILE');
}

/**
 * A database with its bodies encrypted. One that holds resources in clear can be read as before; what is written from
 * now on is encrypted.
 * @throws Error when the hash key is not the one that the database was encrypted with
 */
export async function encryptedStores(
  stores: DatabaseStores,
  { keys, systems }: EncryptionOptions,
): Promise<DatabaseStores> {
  const names = (await stores.transfer.secrets()).map(({ name }) => name);
  const isEncrypted = names.some(isKeyNote);
  const isEmpty = !isEncrypted && (await stores.transfer.versions(1)).items.length === 0;
  const shield = new Shield({
    keys,
    systems,
    isMixed: !isEmpty && !names.includes(completeNote),
    async note() {
      await stores.secret(ownNote);
      if (isEmpty) await stores.secret(completeNote);
    },
  });
  const ownNote = keyNote(shield.names.fingerprint);
  if (isEncrypted && !names.includes(ownNote))
    throw new Error('The hashKey of the keys file is not the one that the database was encrypted with');
  return {
    schemaVersion: stores.schemaVersion,
    migrated: stores.migrated,
    get hasOutdatedIndexes() {
      return stores.hasOutdatedIndexes;
    },
    ...(stores.indexBuilds === undefined ? {} : { indexBuilds: stores.indexBuilds }),
    indexing: new EncryptedIndexing(stores.indexing, shield),
    transfer: new EncryptedTransfer(stores.transfer, shield),
    rewriting: stores.rewriting,
    keyRotation: keyRotation(stores, shield),
    expiring: new EncryptedExpiringStore(stores.expiring, shield),
    forTenant: (tenant) => new EncryptedStore(tenant, stores.forTenant(tenant), shield),
    secret: (name) => stores.secret(name),
    ping: () => stores.ping(),
    backup: (path) => stores.backup(path),
    close: () => stores.close(),
  };
}
