import { type MongoStores, openMongoStores } from '../../../src/store/mongo/open.ts';
import { deletion, put } from '../../contract/fixtures.ts';
import {
  describeOutdatedCommits,
  indexedBy,
  indexer,
  values,
  withCode,
} from '../../contract/outdated-commits.ts';
import { mongoTestUri, newDatabaseName, openMongoTestStores } from '../../support/mongo.ts';

/** More than one transaction of a run. */
const total = 130;

let database: string;
let stores: MongoStores;

beforeEach(async () => {
  database = newDatabaseName();
  stores = await openMongoTestStores({ database });
});

afterEach(() => stores.close());

async function givenPatients(): Promise<void> {
  const patients = Array.from({ length: total }, (_, n) =>
    put(`r${n}`, { body: `{"n":${n}}`, index: values('old') }),
  );
  await stores.forTenant('t').commit([...patients, put('g', { type: 'Group', index: values('old') })]);
}

test('the search parameters are none at first, and one list for all processes', async () => {
  const { indexing } = stores;
  expect(indexing.parameters()).toEqual({ generation: 0, parameters: [] });
  let refreshed: () => void;
  const heard = new Promise<void>((resolve) => {
    refreshed = resolve;
  });
  const other = await openMongoStores({ uri: await mongoTestUri(), database });
  try {
    other.indexing.attach(indexer({ refresh: () => refreshed() }));
    expect(await indexing.replaceParameters(0, [indexedBy('a')])).toBe(true);
    expect(indexing.parameters()).toEqual({ generation: 1, parameters: [indexedBy('a')] });
    await heard;
    expect(other.indexing.parameters()).toEqual({ generation: 1, parameters: [indexedBy('a')] });
    const answers = [
      other.indexing.replaceParameters(1, [indexedBy('b')]),
      indexing.replaceParameters(1, [indexedBy('c')]),
    ];
    expect((await Promise.all(answers)).sort()).toEqual([false, true]);
  } finally {
    await other.close();
  }
});

describeOutdatedCommits(() => stores);

describe('a run', () => {
  test('over all replaces the index values of the current resources of all tenants', async () => {
    await givenPatients();
    await stores.forTenant('u').commit([put('x', { type: 'Group', body: '{"n":"é"}' })]);
    await stores.forTenant('t').commit([deletion('r3', 2)]);
    const bodies: string[] = [];
    const progress: [number, number][] = [];
    const done = await stores.indexing.reindex(
      (type, body) => {
        bodies.push(`${type} ${body}`);
        return values('new');
      },
      { onProgress: (...step) => progress.push(step) },
    );
    expect(done).toEqual({ end: 'complete', count: total + 1 });
    expect(bodies).toContain('Group {"n":"é"}');
    expect(progress.at(-1)).toEqual([total + 1, total + 1]);
    expect(await withCode(stores, 'old')).toEqual([]);
    expect(await withCode(stores, 'new')).toHaveLength(total - 1);
    expect(await withCode(stores, 'new', 'Group')).toEqual(['g']);
  });

  test('over some types makes parameters complete', async () => {
    await givenPatients();
    await stores.indexing.replaceParameters(0, [indexedBy('a'), indexedBy('b', true)]);
    const { url } = indexedBy('a').definition;
    const run = { generation: 1, types: ['Patient'], completes: [url] };
    expect(await stores.indexing.reindex(() => values('new', 1), run)).toEqual({
      end: 'complete',
      count: total,
    });
    expect(await withCode(stores, 'new')).toHaveLength(total);
    expect(await withCode(stores, 'new', 'Group')).toEqual([]);
    expect(stores.indexing.parameters()).toEqual({
      generation: 1,
      parameters: [indexedBy('a', true), indexedBy('b', true)],
    });
  });

  test('is made by one of the processes that begin it together', async () => {
    await givenPatients();
    await stores.indexing.replaceParameters(0, [indexedBy('a')]);
    const { url } = indexedBy('a').definition;
    const run = { generation: 1, types: ['Patient'], completes: [url] };
    const other = await openMongoStores({ uri: await mongoTestUri(), database });
    try {
      const results = await Promise.all(
        [stores, other].map(({ indexing }) => indexing.reindex(() => values('new', 1), run)),
      );
      expect(results.map(({ end }) => end)).toEqual(['complete', 'complete']);
      expect(results.map(({ count }) => count).sort((a, b) => a - b)).toEqual([0, total]);
      for (const { indexing } of [stores, other]) {
        expect(indexing.parameters().parameters).toEqual([indexedBy('a', true)]);
      }
    } finally {
      await other.close();
    }
  });

  test('ends when the parameters change, and nothing is complete by it', async () => {
    await givenPatients();
    await stores.indexing.replaceParameters(0, [indexedBy('a')]);
    await stores.indexing.replaceParameters(1, [indexedBy('b')]);
    const { url } = indexedBy('b').definition;
    const run = { generation: 1, types: ['Patient'], completes: [url] };
    expect(await stores.indexing.reindex(() => values('new', 1), run)).toEqual({ end: 'outdated', count: 0 });
    expect(await withCode(stores, 'new')).toEqual([]);
    expect(stores.indexing.parameters().parameters).toEqual([indexedBy('b')]);
  });

  test('that was cut short is taken up where it stopped, by the same extraction alone', async () => {
    await givenPatients();
    const stop = new AbortController();
    const stopped = await stores.indexing.reindex(() => values('new'), {
      fingerprint: 'a',
      types: ['Patient'],
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(stopped).toEqual({ end: 'stopped', count: 100 });
    const progress: number[] = [];
    const rest = await stores.indexing.reindex(() => values('new'), {
      fingerprint: 'a',
      types: ['Patient'],
      onProgress: (done) => progress.push(done),
    });
    expect(rest).toEqual({ end: 'complete', count: total - 100 });
    expect(progress).toEqual([total]);
    expect(await withCode(stores, 'new')).toHaveLength(total);
    const other = await stores.indexing.reindex(() => values('newer'), {
      fingerprint: 'b',
      types: ['Patient'],
    });
    expect(other).toEqual({ end: 'complete', count: total });
  });

  test('leaves a version that was written meanwhile its own values', async () => {
    await givenPatients();
    const store = stores.forTenant('t');
    let written: Promise<unknown> | undefined;
    await stores.indexing.reindex((_, body) => {
      if (body === '{"n":7}') written = store.commit([put('r7', { version: 2, index: values('live') })]);
      return values('new');
    });
    expect(await written).toEqual({ ok: true });
    expect(await withCode(stores, 'live')).toEqual(['r7']);
    expect(await withCode(stores, 'new')).toHaveLength(total - 1);
  });

  test('indexes what resources contain with them, where it was not before', async () => {
    await givenPatients();
    const containedOf = (body: string) =>
      body === '{"n":7}'
        ? [{ type: 'Medication', id: 'm', body: '{"m":1}', restricted: false, index: values('inside') }]
        : [];
    await stores.indexing.reindex(() => values('new'), { containedOf });
    expect(await withCode(stores, 'inside', 'Medication#')).toEqual(['Patient/r7#m']);
    await stores.indexing.reindex(() => values('other'), { types: ['Medication'] });
    expect(await withCode(stores, 'other', 'Medication#')).toEqual(['Patient/r7#m']);
    await stores.indexing.reindex(() => values('new'), { containedOf: () => [] });
    expect(await withCode(stores, 'other', 'Medication#')).toEqual([]);
  });
});
