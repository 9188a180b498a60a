import { describeStoreContract } from '../../contract/store-contract.ts';
import { openMongoTestStores } from '../../support/mongo.ts';

// The server of the tests answers some hundreds of calls a second.
import.meta.jest.setTimeout(900_000);

describeStoreContract(
  'MongoDB with a database for each tenant',
  () => openMongoTestStores({ tenancy: 'apart' }),
  { effort: 0.02 },
);
