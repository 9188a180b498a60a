import { emptyIndexValues, type IndexValues } from '../../src/search/index-values.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { deletion, foundIds, put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const total = 250;

let stores: DatabaseStores;

beforeEach(async () => {
  stores = await openSqliteStores({ directory: await temporaryDirectory() });
  const changes = Array.from({ length: total }, (_, n) =>
    put(`r${n}`, { body: `{"n":${n}}`, index: codes('old') }),
  );
  await stores.forTenant('t').commit(changes);
});

afterEach(() => stores.close());

function codes(code: string): IndexValues {
  return { ...emptyIndexValues(), token: [{ parameter: 'code', code }] };
}

function withCode(code: string): Promise<string[]> {
  return foundIds(stores.forTenant('t'), { kind: 'token', parameter: 'code', code }, { count: 1000 });
}

test('the index values of all current resources are replaced, over tenants and types', async () => {
  await stores.forTenant('u').commit([put('x', { type: 'Group', body: '{"n":"é"}' })]);
  await stores.forTenant('t').commit([deletion('r3', 2)]);
  const bodies: string[] = [];
  const progress: [number, number][] = [];
  const done = await stores.indexing.reindex(
    (type, body) => {
      bodies.push(`${type} ${body}`);
      return codes('new');
    },
    { onProgress: (...step) => progress.push(step) },
  );
  expect(done).toEqual({ end: 'complete', count: total });
  expect(bodies).toContain('Group {"n":"é"}');
  expect(bodies).toHaveLength(total);
  expect(progress.at(-1)).toEqual([total, total]);
  expect(await withCode('old')).toEqual([]);
  expect(await withCode('new')).toHaveLength(total - 1);
  expect(
    await foundIds(
      stores.forTenant('u'),
      { kind: 'token', parameter: 'code', code: 'new' },
      { type: 'Group' },
    ),
  ).toEqual(['x']);
});

test('an interrupted run is taken up where it stopped, by the same extraction alone', async () => {
  let left = 150;
  const interrupted = stores.indexing.reindex(
    () => {
      left -= 1;
      if (left < 0) throw new Error('power cut');
      return codes('new');
    },
    { fingerprint: 'a' },
  );
  await expect(interrupted).rejects.toThrow('power cut');
  expect(await withCode('new')).toHaveLength(100);
  const progress: number[] = [];
  const onProgress = (done: number) => progress.push(done);
  expect(await stores.indexing.reindex(() => codes('new'), { fingerprint: 'a', onProgress })).toEqual({
    end: 'complete',
    count: 150,
  });
  expect(progress).toEqual([200, 250]);
  expect(await withCode('new')).toHaveLength(total);
  expect(await stores.indexing.reindex(() => codes('newer'), { fingerprint: 'a' })).toEqual({
    end: 'complete',
    count: total,
  });
});

test('another extraction starts from the beginning', async () => {
  let calls = 0;
  const cut = () => {
    calls += 1;
    if (calls > 120) throw new Error('power cut');
    return codes('new');
  };
  await expect(stores.indexing.reindex(cut, { fingerprint: 'a' })).rejects.toThrow('power cut');
  expect(await stores.indexing.reindex(() => codes('other'), { fingerprint: 'b' })).toEqual({
    end: 'complete',
    count: total,
  });
  expect(await withCode('new')).toEqual([]);
});

test('a version that is written meanwhile keeps its own values', async () => {
  const store = stores.forTenant('t');
  let written: Promise<unknown> | undefined;
  await stores.indexing.reindex((_, body) => {
    // Queued before the batch that was computed from version 1.
    if (body === '{"n":7}') written = store.commit([put('r7', { version: 2, index: codes('live') })]);
    return codes('new');
  });
  expect(await written).toEqual({ ok: true });
  expect(await withCode('live')).toEqual(['r7']);
  expect(await withCode('new')).toHaveLength(total - 1);
});

test('what resources contain is indexed with them, where it was not before', async () => {
  const store = stores.forTenant('t');
  const containedOf = (body: string) =>
    body === '{"n":7}'
      ? [{ type: 'Medication', id: 'm', body: '{"m":1}', restricted: false, index: codes('inside') }]
      : [];
  const done = await stores.indexing.reindex(() => codes('new'), { containedOf });
  expect(done).toEqual({ end: 'complete', count: total });
  const inside = { kind: 'token', parameter: 'code', code: 'inside' } as const;
  expect(await foundIds(store, inside, { type: 'Medication#' })).toEqual(['Patient/r7#m']);
  // By itself it is found in turn, and goes when its container does not hold it any more.
  await stores.indexing.reindex(() => codes('other'), { types: ['Medication'] });
  expect(await foundIds(store, { ...inside, code: 'other' }, { type: 'Medication#' })).toEqual([
    'Patient/r7#m',
  ]);
  await stores.indexing.reindex(() => codes('new'), { containedOf: () => [] });
  expect(await foundIds(store, { ...inside, code: 'other' }, { type: 'Medication#' })).toEqual([]);
});
