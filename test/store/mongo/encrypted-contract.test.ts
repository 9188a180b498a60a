import { encryptedStores } from '../../../src/store/encryption/encrypted-stores.ts';
import { describeStoreContract } from '../../contract/store-contract.ts';
import { openMongoTestStores } from '../../support/mongo.ts';
import { newKey, testKeys } from '../encryption/keys.ts';

// The server of the tests answers some hundreds of calls a second.
import.meta.jest.setTimeout(900_000);

const keys = testKeys({ one: newKey() });

describeStoreContract(
  'MongoDB with encrypted bodies',
  async () =>
    encryptedStores(await openMongoTestStores(), { keys, systems: ['urn:oid:1.2.250.1.213.1.4.8'] }),
  { effort: 0.02, words: false },
);
