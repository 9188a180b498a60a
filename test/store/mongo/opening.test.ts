import type { Db } from 'mongodb';
import { openMongoStores } from '../../../src/store/mongo/open.ts';
import { checkTopology } from '../../../src/store/mongo/topology.ts';
import { foundIds, put } from '../../contract/fixtures.ts';
import {
  dropMongoDatabase,
  mongoTestUri,
  newDatabaseName,
  openMongoTestStores,
  withMongoClient,
} from '../../support/mongo.ts';
import { startMongoServer } from '../../support/mongo-server.ts';

/** A server that answers these commands. */
function serverOf(answers: Record<string, unknown>): Db {
  const command = async (asked: Record<string, unknown>) => answers[Object.keys(asked)[0] ?? ''];
  return { admin: () => ({ command }) } as unknown as Db;
}

test('a standalone server is refused, with what to do', async () => {
  const server = await startMongoServer({ flags: ['--standalone'] });
  try {
    await expect(openMongoStores({ uri: server.uri })).rejects.toThrow(
      /standalone.*start it as a replica set/,
    );
  } finally {
    await server.kill();
  }
});

test('a version before 6.0 is refused, a sharded cluster of a later one is taken', async () => {
  const old = serverOf({ hello: { setName: 'rs' }, buildInfo: { version: '5.0.30' } });
  await expect(checkTopology(old, 1000)).rejects.toThrow('5.0.30 is too old');
  const sharded = serverOf({ hello: { msg: 'isdbgrid' }, buildInfo: { version: '8.0.4' } });
  await expect(checkTopology(sharded, 1000)).resolves.toBeUndefined();
});

test('a database of a newer program is refused', async () => {
  const database = newDatabaseName();
  await withMongoClient(async (client) => {
    const facts = client.db(database).collection<{ _id: string; version: number }>('fact');
    await facts.insertOne({ _id: 'schema', version: 99 });
    await expect(openMongoStores({ uri: await mongoTestUri(), database })).rejects.toThrow(
      /newer Passerelle: its schema is 99/,
    );
  });
  await dropMongoDatabase(database);
});

test('a server that is not there is waited for, then refused', async () => {
  const uri = 'mongodb://127.0.0.1:1/?directConnection=true';
  await expect(openMongoStores({ uri, selectionTime: 200 })).rejects.toThrow();
});

test('an index that a database lacks is built beside the requests, which do without it until then', async () => {
  const database = newDatabaseName();
  const uri = await mongoTestUri();
  const first = await openMongoTestStores({ database });
  const index = { token: [{ parameter: 'code', code: 'x' }] };
  await first.forTenant('t').commit(['a', 'b'].map((id) => put(id, { index })));
  await withMongoClient((client) => client.db(database).collection('current.Patient').dropIndex('keys'));
  const second = await openMongoStores({ uri, database });
  const code = { kind: 'token', parameter: 'code', code: 'x' } as const;
  expect(await foundIds(second.forTenant('t'), code)).toEqual(['a', 'b']);
  await second.indexBuilds.settled();
  expect(second.indexBuilds.building).toEqual([]);
  expect(second.indexBuilds.failed).toEqual([]);
  const names = await withMongoClient(async (client) =>
    (await client.db(database).collection('current.Patient').listIndexes().toArray()).map(({ name }) => name),
  );
  expect(names).toContain('keys');
  expect(await foundIds(second.forTenant('t'), code)).toEqual(['a', 'b']);
  await second.close();
  await first.close();
});
