import { countInSteps } from '../../../src/store/mongo/count-in-steps.ts';
import { newDatabaseName, withMongoClient } from '../../support/mongo.ts';

const database = newDatabaseName();

test.each([1, 2, 3, 4, 7, 8, 100])('each document is counted once by steps of %i', (size) =>
  withMongoClient(async (client) => {
    const collection = client.db(database).collection(`step-${size}`);
    await collection.createIndex({ tenant: 1, id: 1, version: 1 }, { name: 'version' });
    expect(await counted(collection)).toBe(0);
    await collection.insertMany([
      ...[1, 2, 3, 4].map((version) => ({ tenant: 't', id: 'long', version })),
      ...['a', 'b', 'x', 'y'].map((id) => ({ tenant: 't', id, version: 1 })),
      { tenant: 'other', id: 'a', version: 1 },
    ]);
    expect(await counted(collection)).toBe(8);

    function counted(among: typeof collection): Promise<number> {
      const condition = { tenant: 't' };
      const order = ['id', 'version'];
      return countInSteps(among, { condition, hint: 'version', order, maxTimeMS: 60_000 }, size);
    }
  }),
);
