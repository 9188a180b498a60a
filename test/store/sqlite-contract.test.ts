import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { describeStoreContract } from '../contract/store-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const directory = temporaryDirectory;

describeStoreContract('SQLite', async () => openSqliteStores({ directory: await directory() }));

describeStoreContract('SQLite whose index rows wait after each search', async () =>
  openSqliteStores({ directory: await directory(), quietPeriod: 0 }),
);
