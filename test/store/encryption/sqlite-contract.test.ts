import { encryptedStores } from '../../../src/store/encryption/encrypted-stores.ts';
import { openSqliteStores } from '../../../src/store/sqlite/open.ts';
import { describeStoreContract } from '../../contract/store-contract.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { newKey, testKeys } from './keys.ts';

const directory = temporaryDirectory;
const keys = testKeys({ one: newKey() });

describeStoreContract(
  'SQLite with encrypted bodies',
  async () => {
    const stores = await openSqliteStores({ directory: await directory() });
    return encryptedStores(stores, { keys, systems: ['urn:oid:1.2.250.1.213.1.4.8'] });
  },
  { words: false },
);
