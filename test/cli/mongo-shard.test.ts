import type { Document } from 'mongodb';
import { dropMongoDatabase, mongoTestUri, newDatabaseName } from '../support/mongo.ts';
import { withMongos } from '../support/mongos.ts';
import { runPasserelle } from '../support/passerelle.ts';

import.meta.jest.setTimeout(240_000);

const collections = ['fact', 'claim', 'current.Patient', 'history.Patient', 'body.files'];
const patients = { shardCollection: 'p.current.Patient', key: { tenant: 1, id: 1 } };
const expected = [
  { enableSharding: 'p' },
  { shardCollection: 'p.claim', key: { tenant: 1, key: 1 } },
  patients,
  { shardCollection: 'p.history.Patient', key: { tenant: 1, id: 1 } },
];

/** A cluster that keeps which collections are sharded. */
function cluster(refuses = '') {
  const sharded = new Map<string, Document>();
  const ran: Document[] = [];
  const cursor = (ns: string, firstBatch: Document[]) => ({ cursor: { id: 0n, ns, firstBatch } });
  const answer = ({ lsid, $db, $clusterTime, ...command }: Document, name: string) => {
    switch (name) {
      case 'listCollections':
        return cursor(
          'p.$cmd.listCollections',
          collections.map((each) => ({ name: each, type: 'collection' })),
        );
      case 'find':
        return cursor(
          'config.collections',
          [...sharded].map(([_id, key]) => ({ _id, key })),
        );
      case 'enableSharding':
      case 'shardCollection':
        if (command['shardCollection'] === refuses) return undefined;
        ran.push(command);
        if (name === 'shardCollection') sharded.set(command['shardCollection'], command['key']);
        return {};
      default:
        return undefined;
    }
  };
  return { answer, sharded, ran };
}

function shard(uri: string, ...args: string[]) {
  return runPasserelle(['mongo', 'shard', ...args], { MONGODB_URI: uri, MONGODB_DATABASE: 'p' });
}

test('prints the admin commands for mongosh, and runs none', async () => {
  const { answer, ran } = cluster();
  const { code, stdout } = await withMongos(answer, (uri) => shard(uri));
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toEqual(
    expected.map((command) => `db.adminCommand(${JSON.stringify(command)})`),
  );
  expect(ran).toEqual([]);
});

test('--apply runs those that are lacking, and nothing the next time', async () => {
  const { answer, sharded, ran } = cluster();
  sharded.set('p.claim', { tenant: 1, key: 1 });
  await withMongos(answer, async (uri) => {
    expect(await shard(uri, '--apply')).toMatchObject({ code: 0, stderr: '' });
    expect(ran).toEqual(expected.filter((command) => command.shardCollection !== 'p.claim'));
    const again = await shard(uri, '--apply');
    expect(again).toMatchObject({ code: 0, stdout: 'All collections are sharded\n' });
    expect(ran).toHaveLength(3);
  });
});

test('a command that the cluster refuses, and a collection with another shard key, end it with 1', async () => {
  const refusing = cluster('p.current.Patient');
  const refused = await withMongos(refusing.answer, (uri) => shard(uri, '--apply'));
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('no such command') });
  expect(refused.stdout).not.toContain(JSON.stringify(patients));
  const other = cluster();
  other.sharded.set('p.current.Patient', { id: 'hashed' });
  const differing = await withMongos(other.answer, (uri) => shard(uri, '--apply'));
  expect(differing).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is sharded by {"id":"hashed"}'),
  });
  expect(other.ran).toEqual([]);
});

test('on a replica set it prints the commands and refuses to run them', async () => {
  const database = newDatabaseName();
  const environment = { MONGODB_URI: await mongoTestUri(), MONGODB_DATABASE: database };
  await runPasserelle(['migrate'], environment);
  const printed = await runPasserelle(['mongo', 'shard'], environment);
  expect(printed.code).toBe(0);
  expect(printed.stdout).toContain(`"shardCollection":"${database}.identity"`);
  expect(printed.stderr).toContain('replica set');
  const applied = await runPasserelle(['mongo', 'shard', '--apply'], environment);
  expect(applied).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('mongos') });
  await dropMongoDatabase(database);
});

test('without a database or a known word it tells what is wrong', async () => {
  const embedded = await runPasserelle(['mongo', 'shard'], { MONGODB_URI: '' });
  expect(embedded).toMatchObject({ code: 1, stderr: expect.stringContaining('MONGODB_URI is empty') });
  expect((await runPasserelle(['mongo', 'split'], {})).code).toBe(2);
});
