import { setTimeout as wait } from 'node:timers/promises';
import type { ExpiringStore } from '../../src/store/contract.ts';
import { newTenant, type OpenedStores } from './fixtures.ts';

const minute = 60_000;

/** Values that expire, and secrets. */
export function describeExpiring(stores: OpenedStores): void {
  let store: ExpiringStore;
  let key: string;

  beforeEach(() => {
    store = stores().expiring;
    key = `key of ${newTenant()}`;
  });

  test('a value is there until it is replaced', async () => {
    expect(await store.get(key)).toBeUndefined();
    await store.put(key, 'première', minute);
    expect(await store.get(key)).toBe('première');
    await store.put(key, 'seconde', minute);
    expect(await store.get(key)).toBe('seconde');
  });

  test('a value past its end is gone for every call', async () => {
    await store.put(key, 'short', 20);
    await store.put(`${key} taken`, 'short', 20);
    await wait(40);
    expect(await store.get(key)).toBeUndefined();
    expect(await store.take(`${key} taken`)).toBeUndefined();
    expect(await store.putIfAbsent(key, 'next', minute)).toBe(true);
    expect(await store.get(key)).toBe('next');
  });

  test('putIfAbsent keeps what is there', async () => {
    expect(await store.putIfAbsent(key, 'first', minute)).toBe(true);
    expect(await store.putIfAbsent(key, 'second', minute)).toBe(false);
    expect(await store.get(key)).toBe('first');
  });

  test('of concurrent putIfAbsent one succeeds', async () => {
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) => store.putIfAbsent(key, String(n), minute)),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await store.get(key)).toBe(String(results.indexOf(true)));
  });

  test('of concurrent takers one gets the value', async () => {
    await store.put(key, 'code', minute);
    const taken = await Promise.all(Array.from({ length: 30 }, () => store.take(key)));
    expect(taken.filter((value) => value === 'code')).toHaveLength(1);
    expect(taken.filter((value) => value === undefined)).toHaveLength(29);
    expect(await store.get(key)).toBeUndefined();
  });

  test('concurrent increments are all counted, under the end of the first', async () => {
    const start = Date.now();
    const results = await Promise.all(Array.from({ length: 50 }, () => store.increment(key, minute)));
    expect(results.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 1),
    );
    const later = await store.increment(key, 10 * minute);
    expect(later.count).toBe(51);
    expect(new Set([...results, later].map(({ expiresAt }) => expiresAt)).size).toBe(1);
    expect(later.expiresAt).toBeGreaterThanOrEqual(start + minute);
  });

  test('a counter past its end starts again', async () => {
    await store.increment(key, 20);
    await store.increment(key, 20);
    await wait(40);
    expect(await store.increment(key, minute)).toMatchObject({ count: 1 });
  });

  test('a group is deleted together and alone', async () => {
    await store.put(`${key} 1`, 'a', minute, `group ${key}`);
    await store.putIfAbsent(`${key} 2`, 'b', minute, `group ${key}`);
    await store.put(`${key} 3`, 'c', minute, `other ${key}`);
    await store.put(`${key} 4`, 'd', minute);
    await store.deleteByGroup(`group ${key}`);
    expect(await store.get(`${key} 1`)).toBeUndefined();
    expect(await store.get(`${key} 2`)).toBeUndefined();
    expect(await store.get(`${key} 3`)).toBe('c');
    expect(await store.get(`${key} 4`)).toBe('d');
  });

  test('a secret is made once', async () => {
    const first = await Promise.all(Array.from({ length: 5 }, () => stores().secret(key)));
    expect(first[0]).toHaveLength(32);
    for (const secret of first) expect(secret.equals(first[0] as Buffer)).toBe(true);
    expect((await stores().secret(key)).equals(first[0] as Buffer)).toBe(true);
    expect((await stores().secret(`${key} other`)).equals(first[0] as Buffer)).toBe(false);
  });

  test('an open store answers a ping', async () => {
    await expect(stores().ping()).resolves.toBeUndefined();
  });
}
