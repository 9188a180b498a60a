import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';
import {
  describeOutdatedCommits,
  indexedBy,
  indexer,
  values,
  withCode,
} from '../contract/outdated-commits.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let directory: string;
let stores: DatabaseStores;

beforeEach(async () => {
  directory = await temporaryDirectory();
  stores = await openSqliteStores({ directory });
});

afterEach(() => stores.close());

describe('the search parameters that a database is indexed by', () => {
  test('are none at first, and one list for all its processes', async () => {
    const { indexing } = stores;
    expect(indexing.parameters()).toEqual({ generation: 0, parameters: [] });
    expect(await indexing.replaceParameters(0, [indexedBy('a')])).toBe(true);
    const other = await openSqliteStores({ directory });
    try {
      expect(other.indexing.parameters()).toEqual({ generation: 1, parameters: [indexedBy('a')] });
      expect(await other.indexing.replaceParameters(1, [indexedBy('b')])).toBe(true);
    } finally {
      await other.close();
    }
    expect(indexing.parameters()).toEqual({ generation: 2, parameters: [indexedBy('b')] });
  });

  test('are replaced by one of two who started from the same list', async () => {
    const { indexing } = stores;
    const answers = await Promise.all([
      indexing.replaceParameters(0, [indexedBy('a')]),
      indexing.replaceParameters(0, [indexedBy('b')]),
    ]);
    expect(answers.sort()).toEqual([false, true]);
    expect(indexing.parameters().generation).toBe(1);
  });
});

describeOutdatedCommits(() => stores);

test('whoever indexes is told of the types of a commit, and its caller waits for that', async () => {
  const told: [string, string[]][] = [];
  stores.indexing.attach(
    indexer({
      async committed(tenant, types) {
        await new Promise(setImmediate);
        told.push([tenant, [...types].sort()]);
      },
    }),
  );
  await stores.forTenant('t').commit([put('x', {}), put('g', { type: 'Group' }), put('y', {})]);
  expect(told).toEqual([['t', ['Group', 'Patient']]]);
  // A conflict is no commit.
  await stores.forTenant('t').commit([put('x', {})]);
  expect(told).toHaveLength(1);
});

describe('a run over some types', () => {
  beforeEach(async () => {
    const patients = Array.from({ length: 250 }, (_, n) => put(`p${n}`, {}));
    await stores.forTenant('t').commit([...patients, put('g', { type: 'Group' })]);
    await stores.indexing.replaceParameters(0, [indexedBy('a'), indexedBy('b', true)]);
  });

  const url = indexedBy('a').definition.url;
  const run = { generation: 1, types: ['Patient'], completes: [url] };

  test('indexes the resources of these types alone, and then the parameter is complete', async () => {
    const types = new Set<string>();
    const result = await stores.indexing.reindex((type) => {
      types.add(type);
      return values('new', 1);
    }, run);
    expect(result).toEqual({ end: 'complete', count: 250 });
    expect([...types]).toEqual(['Patient']);
    expect(await withCode(stores, 'new')).toHaveLength(250);
    expect(stores.indexing.parameters()).toEqual({
      generation: 1,
      parameters: [indexedBy('a', true), indexedBy('b', true)],
    });
  });

  test('ends when the parameters change, and nothing is complete by it', async () => {
    let changed: Promise<boolean> | undefined;
    const result = await stores.indexing.reindex(() => {
      changed ??= stores.indexing.replaceParameters(1, [indexedBy('a')]);
      return values('new', 1);
    }, run);
    expect(await changed).toBe(true);
    expect(result).toEqual({ end: 'outdated', count: 0 });
    expect(await withCode(stores, 'new')).toEqual([]);
    expect(stores.indexing.parameters().parameters).toEqual([indexedBy('a')]);
  });

  test('ends when it is told to, and the next one goes on there', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const stopped = await stores.indexing.reindex(() => values('new', 1), {
      ...run,
      signal: stop.signal,
      onProgress,
    });
    expect(stopped).toEqual({ end: 'stopped', count: 100 });
    expect(stores.indexing.parameters().parameters[0]).toEqual(indexedBy('a'));
    expect(await stores.indexing.reindex(() => values('new', 1), run)).toEqual({
      end: 'complete',
      count: 150,
    });
    expect(await withCode(stores, 'new')).toHaveLength(250);
  });
});
