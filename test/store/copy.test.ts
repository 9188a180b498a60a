import { emptyIndexValues } from '../../src/search/index-values.ts';
import { compareDatabases } from '../../src/store/copy/comparison.ts';
import { type CopyOptions, copyDatabase, OtherData } from '../../src/store/copy/copy.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import type { Transfer, TransferBatch } from '../../src/store/transfer.ts';
import { deletion, everything, foundIds, put } from '../contract/fixtures.ts';
import { openMongoTestStores } from '../support/mongo.ts';
import { temporaryDirectory } from './temporary-directory.ts';

import.meta.jest.setTimeout(240_000);

const openers = {
  sqlite: async () => openSqliteStores({ directory: await temporaryDirectory() }),
  mongodb: () => openMongoTestStores(),
};

type Kind = keyof typeof openers;

/** What a body is found by in these tests: its code, and a Medication that it contains. */
function index(body: string): ReturnType<CopyOptions['index']> {
  const { code, contains } = JSON.parse(body) as { code?: string; contains?: string };
  const token = code === undefined ? [] : [{ parameter: 'code', code }];
  const inner = { type: 'Medication', id: 'm', body: '{}', restricted: false };
  const within = { ...emptyIndexValues(), token: [{ parameter: 'code', code: contains ?? '' }] };
  return {
    index: { ...emptyIndexValues(), token },
    contained: contains === undefined ? [] : [{ ...inner, index: within }],
  };
}

/** A put whose index values are those of its body. */
function indexed(id: string, content: Record<string, string>, options: Parameters<typeof put>[1] = {}) {
  const body = JSON.stringify({ id, ...content });
  return put(id, { ...options, body, ...index(body) });
}

const byCode = (code: string) => ({ kind: 'token', parameter: 'code', code }) as const;

/** A database with everything that one can hold. */
async function fill(stores: DatabaseStores): Promise<void> {
  const [a, b] = [stores.forTenant('a'), stores.forTenant('b')];
  const large = 'x'.repeat(400_000);
  await a.commit([
    indexed('z', { code: 'old' }, { method: 'POST', identityKeys: ['k1'], claim: { key: 'Patient?x=1' } }),
    indexed('y', { code: 'y' }),
  ]);
  await a.commit([indexed('z', { code: 'new' }, { version: 2, method: 'PATCH', identityKeys: ['k2'] })]);
  await a.commit([deletion('y', 2)]);
  await a.commit([indexed('y', { code: 'again' }, { version: 3 }), indexed('gone', {})]);
  await a.commit([deletion('gone', 2)]);
  await a.commit([
    indexed('o', { contains: 'inner' }, { type: 'Observation', restricted: true }),
    indexed('large', { large }, { type: 'Binary' }),
  ]);
  await b.commit([indexed('z', { code: 'of b' }, { identityKeys: ['k2'], claim: { key: 'Patient?x=1' } })]);
  for (let version = 1; version <= 12; version++)
    await b.commit([indexed('long', { code: `v${version}` }, { version, type: 'Basic' })]);
  await stores.expiring.put('session', 'value', 3_600_000, 'group');
  for (let n = 0; n < 3; n++) await stores.expiring.increment('counter', 3_600_000);
  await stores.expiring.put('over', 'value', 1);
  await stores.secret('paging');
}

/** A database that reads and writes a few items at a time, and fails after some batches. */
function inSmallSteps(stores: DatabaseStores, steps: { count: number; batches: number }): DatabaseStores {
  const { transfer } = stores;
  let batches = 0;
  const small: Transfer = {
    sizes: () => transfer.sizes(),
    secrets: () => transfer.secrets(),
    note: () => transfer.note(),
    versions: (_count, place) => transfer.versions(steps.count, place),
    claims: (_count, place) => transfer.claims(1, place),
    expiring: (_count, place) => transfer.expiring(1, place),
    async write(batch: TransferBatch) {
      batches += 1;
      if (batches > steps.batches) throw new Error('no power');
      await transfer.write(batch);
    },
  };
  return Object.create(stores, { transfer: { value: small } }) as DatabaseStores;
}

async function copy(source: DatabaseStores, target: DatabaseStores) {
  return copyDatabase({ source, target, index, refresh: () => undefined });
}

const pairs: [Kind, Kind][] = [
  ['sqlite', 'sqlite'],
  ['sqlite', 'mongodb'],
  ['mongodb', 'sqlite'],
  ['mongodb', 'mongodb'],
];

describe.each(pairs)('a copy from %s to %s', (from, to) => {
  let source: DatabaseStores;
  let target: DatabaseStores;
  beforeAll(async () => {
    source = await openers[from]();
    await fill(source);
  });
  beforeEach(async () => {
    target = await openers[to]();
  });
  afterEach(() => target.close());
  afterAll(() => source.close());

  test('has all versions, keys, claims, contained resources, secrets and values that expire', async () => {
    expect(await copy(source, target)).toBe('new');
    const comparison = await compareDatabases(source.transfer, target.transfer);
    expect(comparison).toMatchObject({ isEqual: true, claims: { source: 2, target: 2 } });
    expect(
      comparison.types.map(({ target: one }) => [one.tenant, one.type, one.resources, one.versions]),
    ).toEqual([
      ['a', 'Binary', 1, 1],
      ['a', 'Observation', 1, 1],
      ['a', 'Patient', 2, 7],
      ['b', 'Basic', 1, 12],
      ['b', 'Patient', 1, 1],
    ]);

    const [a, b] = [target.forTenant('a'), target.forTenant('b')];
    for (const [tenant, type, id] of [
      ['a', 'Patient', 'z'],
      ['a', 'Patient', 'gone'],
      ['a', 'Observation', 'o'],
      ['b', 'Basic', 'long'],
    ] as const) {
      const page = { count: 100 };
      const original = await source.forTenant(tenant).history(type, id, page);
      expect(original.length).toBeGreaterThan(0);
      expect(await target.forTenant(tenant).history(type, id, page)).toEqual(original);
    }
    const created = async (stores: DatabaseStores) =>
      (await stores.forTenant('a').changes({ type: 'Patient', count: 100 })).versions.map(
        (one) => `${one.id} ${one.version} ${one.created}`,
      );
    expect((await created(target)).sort()).toEqual((await created(source)).sort());
    expect((await a.read('Binary', 'large'))?.body.length).toBeGreaterThan(400_000);
    expect(await foundIds(a, everything)).toEqual(['z', 'y']);
    expect(await foundIds(a, byCode('new'))).toEqual(['z']);
    expect(await foundIds(a, byCode('old'))).toEqual([]);
    expect(await foundIds(b, byCode('v12'), { type: 'Basic' })).toEqual(['long']);
    expect(await foundIds(a, byCode('inner'), { type: 'Medication#' })).toEqual(['Observation/o#m']);

    if (from === to && from === 'mongodb') {
      const query = { type: 'Patient', expression: everything, sort: [], count: 1 };
      const { next = '' } = await source.forTenant('a').search(query);
      const { matches } = await a.search({ ...query, cursor: next });
      expect(matches.map(({ id }) => id)).toEqual(['y']);
    }
    const conflicts = [
      put('other', { identityKeys: ['k2'] }),
      put('other', { claim: { key: 'Patient?x=1' } }),
    ];
    for (const change of conflicts) {
      expect(await a.commit([change])).toMatchObject({ ok: false, conflict: { holder: { id: 'z' } } });
    }
    expect(await a.commit([put('other', { identityKeys: ['k1'] })])).toEqual({ ok: true });
    expect(await target.secret('paging')).toEqual(await source.secret('paging'));
    expect(await target.expiring.get('session')).toBe('value');
    expect(await target.expiring.get('over')).toBeUndefined();
    expect((await target.expiring.increment('counter', 3_600_000)).count).toBe(4);
    await target.expiring.deleteByGroup('group');
    expect(await target.expiring.get('session')).toBeUndefined();
    expect(await a.commit([indexed('z', { code: 'v3' }, { version: 3 })])).toEqual({ ok: true });
  });

  test('that is cut short after any batch goes on, with nothing lost or twice', async () => {
    let attempts = 0;
    for (;;) {
      attempts += 1;
      const small = inSmallSteps(target, { count: 3, batches: 2 });
      try {
        const begun = await copyDatabase({
          source: inSmallSteps(source, { count: 3, batches: 0 }),
          target: small,
          index,
          refresh: () => undefined,
        });
        expect(begun).toBe('resumed');
        break;
      } catch (error) {
        expect((error as Error).message).toBe('no power');
      }
    }
    expect(attempts).toBeGreaterThan(4);
    expect((await compareDatabases(source.transfer, target.transfer)).isEqual).toBe(true);
    expect(await foundIds(target.forTenant('a'), byCode('new'))).toEqual(['z']);
    expect(await foundIds(target.forTenant('a'), everything)).toEqual(['z', 'y']);
    expect(await copy(source, target)).toBe('complete before');
  });

  test('refuses a target with other data, and finds what was changed afterwards', async () => {
    await copy(source, target);
    const store = target.forTenant('b');
    await store.commit([put('z', { version: 2 })]);
    const { isEqual, types } = await compareDatabases(source.transfer, target.transfer);
    expect(isEqual).toBe(false);
    expect(types.filter((one) => !one.isEqual).map((one) => [one.source.tenant, one.source.type])).toEqual([
      ['b', 'Patient'],
    ]);
    const other = await openers[from]();
    await other.forTenant('a').commit([put('x')]);
    await expect(copy(other, target)).rejects.toThrow(OtherData);
    await expect(copy(source, other)).rejects.toThrow(OtherData);
    await other.close();
  });
});

test('the search parameters of the source are those of the target, all complete', async () => {
  const [source, target] = [await openers.sqlite(), await openers.mongodb()];
  const definition = { url: 'urn:p', code: 'p', base: ['Patient'] } as never;
  await source.indexing.replaceParameters(0, [{ definition, signature: 's', complete: false }]);
  await copy(source, target);
  expect(target.indexing.parameters()).toEqual({
    generation: 1,
    parameters: [{ definition, signature: 's', complete: true }],
  });
  await source.close();
  await target.close();
});
