import { emptyIndexValues } from '../../src/search/index-values.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { isSealed } from '../../src/store/encryption/envelope.ts';
import type { Renaming } from '../../src/store/rewriting.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { deletion, newTenant, put } from '../contract/fixtures.ts';
import { openMongoTestStores } from '../support/mongo.ts';
import { temporaryDirectory } from './temporary-directory.ts';

import.meta.jest.setTimeout(240_000);

const openers = {
  sqlite: async () => openSqliteStores({ directory: await temporaryDirectory() }),
  mongodb: () => openMongoTestStores(),
};

describe.each(['sqlite', 'mongodb'] as const)('rewriting a database of %s', (kind) => {
  let stores: DatabaseStores;
  let store: ResourceStore;
  let tenant: string;

  beforeAll(async () => {
    stores = await openers[kind]();
  });
  afterAll(() => stores.close());
  beforeEach(() => {
    tenant = newTenant();
    store = stores.forTenant(tenant);
  });

  function rewrite(id: string, version: number, body: string, identityKeys: Renaming[] = []): Promise<void> {
    const name = { tenant, type: 'Patient', id, version };
    return stores.rewriting.rewrite({ versions: [{ ...name, body: Buffer.from(body), identityKeys }] });
  }

  const bodyOf = async (id: string, version: number) =>
    String((await store.readVersion('Patient', id, version))?.body);

  test.each([
    ['small', '{"a":1}', '{"b":2}'],
    ['grown', '{"a":1}', JSON.stringify({ b: 'x'.repeat(400_000) })],
    ['shrunk', JSON.stringify({ a: 'x'.repeat(400_000) }), '{"b":2}'],
    ['large', JSON.stringify({ a: 'x'.repeat(400_000) }), JSON.stringify({ b: 'y'.repeat(400_000) })],
  ])(
    'replaces a %s body, of a current and of a superseded version, and nothing else',
    async (_, from, to) => {
      await store.commit([put('a', { body: from })]);
      await store.commit([put('a', { version: 2, body: from })]);
      await store.commit([put('b', { body: from })]);
      const before = await store.history('Patient', 'a', { count: 5 });
      for (const version of [1, 2]) await rewrite('a', version, to);
      const after = await store.history('Patient', 'a', { count: 5 });
      expect(after).toEqual(before.map((version) => ({ ...version, body: Buffer.from(to) })));
      expect(await bodyOf('b', 1)).toBe(from);
      expect(await store.commit([put('a', { version: 3 })])).toEqual({ ok: true });
      expect(await bodyOf('a', 2)).toBe(to);
    },
  );

  test('leaves alone what was purged, another version and another tenant', async () => {
    await store.commit([put('a', { body: '{"a":1}' })]);
    await stores.forTenant(`${tenant}-other`).commit([put('a', { body: '{"a":2}' })]);
    await rewrite('a', 2, '{"b":2}');
    await rewrite('gone', 1, JSON.stringify({ b: 'y'.repeat(400_000) }));
    expect(await bodyOf('a', 1)).toBe('{"a":1}');
    expect(await store.read('Patient', 'gone')).toBeUndefined();
    await rewrite('a', 1, '{"b":2}');
    expect(String((await stores.forTenant(`${tenant}-other`).read('Patient', 'a'))?.body)).toBe('{"a":2}');
  });

  test('renames identity keys and claims; one that is held already is given up', async () => {
    await store.commit([put('a', { identityKeys: ['k', 'l'], claim: { key: 'c' } })]);
    await store.commit([put('b', { identityKeys: ['l2'], claim: { key: 'd2' } })]);
    await store.commit([put('c', { claim: { key: 'd' } })]);
    await rewrite('a', 1, '{"a":1}', [
      { from: 'k', to: 'k2' },
      { from: 'l', to: 'l2' },
    ]);
    const renamed = [
      { tenant, from: 'c', to: 'c2' },
      { tenant, from: 'd', to: 'd2' },
    ];
    await stores.rewriting.rewrite({ claims: renamed });
    const holderOf = async (change: Parameters<typeof put>[1]) => {
      const result = await store.commit([put('x', change)]);
      if (!result.ok) return 'holder' in result.conflict ? result.conflict.holder.id : 'none';
      await store.commit([{ kind: 'purge', type: 'Patient', id: 'x', expectedVersion: 1 }]);
      return 'nobody';
    };
    for (const [key, holder] of [
      ['k', 'nobody'],
      ['k2', 'a'],
      ['l', 'nobody'],
      ['l2', 'b'],
    ] as const)
      expect([key, await holderOf({ identityKeys: [key] })]).toEqual([key, holder]);
    for (const [key, holder] of [
      ['c', 'nobody'],
      ['c2', 'a'],
      ['d', 'nobody'],
      ['d2', 'b'],
    ] as const)
      expect([key, await holderOf({ claim: { key } })]).toEqual([key, holder]);
    expect(await store.commit([put('a', { version: 2 })])).toEqual({ ok: true });
    expect(await holderOf({ identityKeys: ['k2'] })).toBe('nobody');
  });

  test('replaces a value that expires unless it is another by now', async () => {
    const key = `${tenant} key`;
    await stores.expiring.put(key, 'one', 60_000, `${tenant} group`);
    await stores.rewriting.rewrite({ expiring: [{ key, from: 'other', to: 'x' }] });
    expect(await stores.expiring.get(key)).toBe('one');
    await stores.rewriting.rewrite({ expiring: [{ key, from: 'one', to: 'two' }] });
    expect(await stores.expiring.get(key)).toBe('two');
    await stores.expiring.deleteByGroup(`${tenant} group`);
    await stores.rewriting.rewrite({ expiring: [{ key, from: 'two', to: 'three' }] });
    expect(await stores.expiring.get(key)).toBeUndefined();
  });

  test('is told to nobody who watches, nor in a history', async () => {
    await store.commit([put('a')]);
    const ended = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { versions } of store.watch({ signal: ended.signal })) {
        seen.push(...versions.map(({ id, version }) => `${id} ${version}`));
        if (versions.length === 0 && seen.length === 0)
          await rewrite('a', 1, '{"b":2}').then(() => store.commit([put('b')]));
        if (seen.length > 0) ended.abort();
      }
    })();
    await watching;
    expect(seen).toEqual(['b 1']);
    const { versions } = await store.changes({ count: 9 });
    expect(versions.map(({ id, version }) => `${id} ${version}`)).toEqual(['b 1', 'a 1']);
  });

  test('a sealed body has no words, and leaves none of those before', async () => {
    const sealed = '\u0001bWFya2Vk';
    expect(isSealed(sealed)).toBe(true);
    await store.commit([put('a', { body: '{"note":"marked"}' }), put('b', { body: '{"note":"marked"}' })]);
    const found = async () => {
      const expression = { kind: 'text' as const, part: 'content' as const, query: { words: ['marked'] } };
      const { matches } = await store.search({ type: 'Patient', expression, sort: [], count: 5 });
      return matches.map(({ id }) => id);
    };
    expect(await found()).toEqual(['a', 'b']);
    await rewrite('a', 1, sealed);
    await stores.indexing.reindex(() => emptyIndexValues());
    await stores.rewriting.clean();
    expect(await found()).toEqual(['b']);
    await store.commit([deletion('b', 2)]);
    expect(await found()).toEqual([]);
  });
});
