import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { describeStoreContract } from '../contract/store-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describeStoreContract('SQLite', async () => openSqliteStores({ directory: await temporaryDirectory() }));
