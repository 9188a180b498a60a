import { readFileSync } from 'node:fs';
import type { Document } from 'mongodb';
import { emptyIndexValues } from '../../../src/search/index-values.ts';
import type { ResourceStore } from '../../../src/store/contract.ts';
import type { MongoStores } from '../../../src/store/mongo/open.ts';
import { shardKeyOf, shardKeys } from '../../../src/store/mongo/sharding.ts';
import { deletion, everything, put } from '../../contract/fixtures.ts';
import { openMongoTestStores } from '../../support/mongo.ts';

/** A read or a changing write of a sharded collection: the fields whose values it names. */
interface Call {
  command: 'find' | 'aggregate' | 'update' | 'delete';
  collection: string;
  names: Set<string>;
  /** A write of one document must name the whole key on a cluster. */
  isOne: boolean;
}

/** The fields that a condition gives a value or a list of values for; of alternatives those that all do. */
function namedFields(filter: Document): Set<string> {
  const names = new Set<string>();
  for (const [field, value] of Object.entries(filter)) {
    const parts = field === '$and' || field === '$or' ? (value as Document[]).map(namedFields) : [];
    const [first = new Set<string>(), ...rest] = parts;
    const common = rest.reduce((all, part) => all.intersection(part), first);
    for (const name of field === '$and' ? parts.flatMap((part) => [...part]) : common) names.add(name);
    if (field.startsWith('$')) continue;
    const operators = value?.constructor === Object ? Object.keys(value) : [];
    if (operators.every((operator) => operator === '$in' || operator === '$eq')) names.add(field);
  }
  return names;
}

function callsOf(name: string, command: Document): Call[] {
  const call = (kind: Call['command'], filter: Document, isOne = false): Call => ({
    command: kind,
    collection: String(command[name]),
    names: namedFields(filter),
    isOne,
  });
  switch (name) {
    case 'find':
      return [call('find', command['filter'] ?? {})];
    case 'aggregate':
      return [call('aggregate', command['pipeline'][0]?.$match ?? {})];
    case 'update':
      return command['updates'].map(({ q, multi }: Document) => call('update', q, multi !== true));
    case 'findAndModify':
      return [call('update', command['query'], true)];
    case 'delete':
      return command['deletes'].map(({ q, limit }: Document) => call('delete', q, limit === 1));
    default:
      return [];
  }
}

const index = {
  ...emptyIndexValues(),
  token: [{ parameter: 'code', code: 'x' }],
  reference: [{ parameter: 'link', type: 'Patient', id: 'a' }],
};
const code = { kind: 'token', parameter: 'code', code: 'x' } as const;

/** Uses every method of the store, with a large body and a contained resource. */
async function useAll(stores: MongoStores): Promise<void> {
  const store = stores.forTenant('t');
  const medication = { type: 'Medication', id: 'm', body: '{}', restricted: false, index };
  const large = JSON.stringify({ text: 'x'.repeat(400_000) });
  const keys = { identityKeys: ['k'], claim: { key: 'Patient?x=1' } };
  await store.commit([
    put('a', { index, contained: [medication], ...keys }),
    put('b', { index, body: large }),
  ]);
  await store.commit([put('a', { version: 2, index, contained: [], identityKeys: ['l'] })]);
  await store.commit([put('c', { identityKeys: ['l'] })]);
  await store.commit([put('d'), put('e', { index, contained: [medication] })]);
  await store.commit([deletion('d', 2)]);
  await store.read('Patient', 'b');
  await store.readVersion('Patient', 'a', 1);
  await store.readMany([{ type: 'Patient', id: 'a' }]);
  await store.history('Patient', 'a', { count: 10 });
  await store.changes({ count: 10 });
  await useFeed(store);
  const query = { type: 'Patient', sort: [], count: 1 };
  const { next } = await store.search({ ...query, expression: everything });
  await store.search({ ...query, expression: everything, ...(next === undefined ? {} : { cursor: next }) });
  await store.search({ ...query, expression: code });
  await store.search({ ...query, type: 'Medication#', expression: code });
  await store.search({ ...query, expression: { kind: 'not', operand: code } });
  for (const type of ['Patient', 'Medication#']) await store.count(type, code, 60_000);
  await store.targets('Patient', ['a'], ['link']);
  await store.deletedResources({ type: 'Patient', count: 10 });
  await stores.indexing.reindex(() => index, { containedOf: () => [medication] });
  const { transfer, expiring } = stores;
  await transfer.sizes();
  const { items } = await transfer.versions(100);
  const versions = items.map((one) => ({ ...one, tenant: 'copy', creationKey: '', contained: [] }));
  await transfer.write({ versions, claims: (await transfer.claims(10)).items, note: '{}' });
  await store.commit([{ kind: 'purge', type: 'Patient', id: 'b', expectedVersion: 1 }]);
  await store.commit([{ kind: 'purge', type: 'Patient', id: 'a', expectedVersion: 2 }]);
  await expiring.put('k', 'v', 60_000, 'g');
  await expiring.putIfAbsent('k', 'w', 60_000);
  await expiring.increment('n', 60_000);
  await expiring.get('k');
  await transfer.expiring(10);
  await expiring.take('k');
  await expiring.deleteByGroup('g');
}

/** Watches what is committed, with a version that is superseded when it is read. */
async function useFeed(store: ResourceStore): Promise<void> {
  const { signal } = new AbortController();
  const feed = store.watch({ signal })[Symbol.asyncIterator]();
  await feed.next();
  await store.commit([put('w')]);
  await store.commit([put('w', { version: 2 })]);
  expect((await feed.next()).value?.versions.length).toBeGreaterThan(0);
  await feed.return?.();
}

let calls: Call[];

beforeAll(async () => {
  calls = [];
  const stores = await openMongoTestStores({
    onCommand: (name, command) => calls.push(...callsOf(name, command)),
  });
  try {
    await useAll(stores);
  } finally {
    await stores.close();
  }
  calls = calls.filter(({ collection }) => shardKeyOf(collection) !== undefined);
});

/** The call names the whole shard key, so that it goes to one shard. */
function isTargeted({ collection, names }: Call): boolean {
  return Object.keys(shardKeyOf(collection)!.key).every((field) => names.has(field));
}

test('every call names the shard key or is a declared fan-out', () => {
  const undeclared = calls.filter(
    (call) =>
      !isTargeted(call) &&
      !shardKeyOf(call.collection)!.fanOuts.some(
        ({ command, names }) => command === call.command && names.every((name) => call.names.has(name)),
      ),
  );
  expect(undeclared.map(({ command, collection, names }) => [command, collection, ...names])).toEqual([]);
});

test('every write of one document names the shard key', () => {
  const writes = calls.filter(({ isOne }) => isOne);
  expect(writes.length).toBeGreaterThan(10);
  expect(writes.filter((call) => !isTargeted(call))).toEqual([]);
});

test('each kind of collection is among the calls, and each declared fan-out is made', () => {
  for (const { collections, fanOuts } of shardKeys) {
    const made = calls.filter(({ collection }) => shardKeyOf(collection)!.collections === collections);
    expect([collections, made.length > 0]).toEqual([collections, true]);
    for (const { command, names } of fanOuts) {
      const some = made.some(
        (call) =>
          call.command === command && !isTargeted(call) && names.every((name) => call.names.has(name)),
      );
      expect([collections, command, some]).toEqual([collections, command, true]);
    }
  }
});

test('the page on sharding tells the keys and the fan-outs', () => {
  const page = readFileSync('docs/sharding.md', 'utf8');
  for (const { collections, key, fanOuts } of shardKeys) {
    const name = collections.endsWith('.') ? `${collections}*` : collections;
    expect(page).toContain(`| \`${name}\` | \`${Object.keys(key).join(', ')}\` |`);
    for (const { command, names, use } of fanOuts) {
      const named = names.length === 0 ? 'nothing' : names.map((field) => `\`${field}\``).join(', ');
      expect(page).toContain(`| \`${name}\` | ${command} | ${named} | ${use} |`);
    }
  }
});
