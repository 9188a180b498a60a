import { setTimeout as wait } from 'node:timers/promises';
import { connectDatabase } from '../../../src/store/mongo/client.ts';
import type { Database } from '../../../src/store/mongo/database.ts';
import { takeLease } from '../../../src/store/mongo/lease.ts';
import { type MigrationStep, migrate } from '../../../src/store/mongo/migrations.ts';
import { openMongoStores } from '../../../src/store/mongo/open.ts';
import { dropMongoDatabase, mongoTestUri, newDatabaseName } from '../../support/mongo.ts';

let name: string;
let nodes: Database[];

beforeEach(async () => {
  name = newDatabaseName();
  const uri = await mongoTestUri();
  nodes = await Promise.all(Array.from({ length: 10 }, () => connectDatabase({ uri, database: name })));
});

afterEach(async () => {
  await dropMongoDatabase(name);
  for (const { client } of nodes) await client.close();
});

/** Steps that tell that they run, one after the other. */
function steps(count: number, run: (step: number) => Promise<void>): MigrationStep[] {
  return Array.from({ length: count }, (_, step) => ({ title: `step ${step}`, run: () => run(step) }));
}

test('of ten nodes that start together one alone takes each step, in order, and all see the end', async () => {
  const ran: number[] = [];
  const three = steps(3, async (step) => {
    ran.push(step);
    await wait(300);
  });
  const taken = await Promise.all(nodes.map((node) => migrate(node, { steps: three })));
  expect(ran).toEqual([0, 1, 2]);
  expect(taken.flat().sort()).toEqual(['step 0', 'step 1', 'step 2']);
  expect(await migrate(nodes[0]!, { steps: three })).toEqual([]);
  const schema = await nodes[0]!.facts.findOne({ _id: 'schema' });
  expect(schema).toMatchObject({ version: 3 });
});

test('an older database gets the steps that it lacks alone', async () => {
  const ran: number[] = [];
  const run = async (step: number) => void ran.push(step);
  await migrate(nodes[0]!, { steps: steps(2, run) });
  await migrate(nodes[1]!, { steps: steps(4, run) });
  expect(ran).toEqual([0, 1, 2, 3]);
  await expect(migrate(nodes[2]!, { steps: steps(3, run) })).rejects.toThrow('its schema is 4');
});

test('a node that was killed blocks nobody for longer than its lease', async () => {
  await takeLease(nodes[0]!, 'migration-lease', 1500);
  const started = Date.now();
  expect(await migrate(nodes[1]!, { steps: steps(1, async () => undefined) })).toEqual(['step 0']);
  expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
});

test('a step that takes longer than the lease keeps it', async () => {
  const ran: number[] = [];
  const slow = steps(1, async (step) => {
    ran.push(step);
    await wait(4000);
  });
  await Promise.all(nodes.slice(0, 3).map((node) => migrate(node, { steps: slow, lease: 1500 })));
  expect(ran).toEqual([0]);
});

test('a step that fails is tried again by the next node, from where the first one stopped', async () => {
  const ran: number[] = [];
  const failing = steps(2, async (step) => {
    ran.push(step);
    if (ran.length === 2) throw new Error('no space left');
  });
  await expect(migrate(nodes[0]!, { steps: failing })).rejects.toThrow('no space left');
  expect(await migrate(nodes[1]!, { steps: failing })).toEqual(['step 1']);
  expect(ran).toEqual([0, 1, 1]);
});

test('one that waits too long says for whom', async () => {
  const lease = await takeLease(nodes[0]!, 'migration-lease', 60_000);
  const uri = await mongoTestUri();
  const opening = openMongoStores({ uri, database: name, migration: { patience: 500 } });
  await expect(opening).rejects.toThrow(
    new RegExp(`Another process \\(\\S+ ${process.pid}\\) is migrating the database`),
  );
  await lease?.release();
});
