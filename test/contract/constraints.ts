import type { CommitResult, ResourceStore } from '../../src/store/contract.ts';
import { deletion, newTenant, type OpenedStores, put } from './fixtures.ts';

const key = 'ins:1.2.250.1.213.1.4.8|1';

/** Identity keys and the claims of conditional writes. */
export function describeConstraints(stores: OpenedStores): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  const identityConflict = (holder: string, change = 0): CommitResult => ({
    ok: false,
    conflict: { kind: 'identity', change, key, holder: { type: 'Patient', id: holder } },
  });

  test('an identity key has one holder', async () => {
    await store.commit([put('a', { identityKeys: [key, 'other'] })]);
    expect(await store.commit([put('x'), put('b', { identityKeys: [key] })])).toEqual(
      identityConflict('a', 1),
    );
    expect(await store.read('Patient', 'x')).toBeUndefined();
    expect(await store.read('Patient', 'b')).toBeUndefined();
  });

  test('its holder keeps it over updates', async () => {
    await store.commit([put('a', { identityKeys: [key] })]);
    expect(await store.commit([put('a', { version: 2, identityKeys: [key] })])).toEqual({ ok: true });
    expect(await store.commit([put('b', { identityKeys: [key] })])).toEqual(identityConflict('a'));
  });

  test('a version without the key gives it up', async () => {
    await store.commit([put('a', { identityKeys: [key] })]);
    await store.commit([put('a', { version: 2 })]);
    expect(await store.commit([put('b', { identityKeys: [key] })])).toEqual({ ok: true });
  });

  test('a deletion gives it up', async () => {
    await store.commit([put('a', { identityKeys: [key] })]);
    await store.commit([deletion('a', 2)]);
    expect(await store.commit([put('b', { identityKeys: [key] })])).toEqual({ ok: true });
    expect(await store.commit([put('a', { version: 3, identityKeys: [key] })])).toEqual(
      identityConflict('b'),
    );
  });

  test('it passes from one resource to another within a commit, in any order', async () => {
    await store.commit([put('a', { identityKeys: [key] })]);
    expect(await store.commit([put('b', { identityKeys: [key] }), deletion('a', 2)])).toEqual({ ok: true });
    const back = [put('b', { version: 2 }), put('a', { version: 3, identityKeys: [key] })];
    expect(await store.commit(back)).toEqual({ ok: true });
    expect(await store.commit([put('c', { identityKeys: [key] })])).toEqual(identityConflict('a'));
  });

  test('two resources of one commit cannot both hold it', async () => {
    const both = [put('a', { identityKeys: [key] }), put('b', { identityKeys: [key] })];
    expect(await store.commit(both)).toEqual(identityConflict('a', 1));
    expect(await store.read('Patient', 'a')).toBeUndefined();
  });

  test('a failed commit leaves the holder as it was', async () => {
    await store.commit([put('a', { identityKeys: [key] })]);
    await store.commit([put('a', { version: 2, expectedVersion: 7 })]);
    expect(await store.commit([put('b', { identityKeys: [key] })])).toEqual(identityConflict('a'));
  });

  test('of 50 concurrent creates under one identity key exactly one wins', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.commit([put(`r${n}`, { identityKeys: [key] })])),
    );
    const winner = results.findIndex(({ ok }) => ok);
    for (const [n, result] of results.entries()) {
      expect(result).toEqual(n === winner ? { ok: true } : identityConflict(`r${winner}`));
    }
  });

  const claimed = 'Patient?identifier=urn:x|1';

  const claimConflict = (holder: string): CommitResult => ({
    ok: false,
    conflict: { kind: 'claim', change: 0, key: claimed, holder: { type: 'Patient', id: holder } },
  });

  test('of 50 concurrent conditional creates exactly one wins', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.commit([put(`r${n}`, { claim: { key: claimed } })])),
    );
    const winner = results.findIndex(({ ok }) => ok);
    for (const [n, result] of results.entries()) {
      expect(result).toEqual(n === winner ? { ok: true } : claimConflict(`r${winner}`));
    }
  });

  test('a claim is taken over from the holder that is named as stale, from no other', async () => {
    await store.commit([put('a', { claim: { key: claimed } })]);
    await store.commit([deletion('a', 2)]);
    expect(await store.commit([put('b', { claim: { key: claimed } })])).toEqual(claimConflict('a'));
    const wrong = { key: claimed, stale: { type: 'Patient', id: 'z' } };
    expect(await store.commit([put('b', { claim: wrong })])).toEqual(claimConflict('a'));
    const right = { key: claimed, stale: { type: 'Patient', id: 'a' } };
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, n) => store.commit([put(`b${n}`, { claim: right })])),
    );
    const winner = results.findIndex(({ ok }) => ok);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await store.commit([put('c', { claim: { key: claimed } })])).toEqual(claimConflict(`b${winner}`));
  });

  test('its own holder may claim again', async () => {
    await store.commit([put('a', { claim: { key: claimed } })]);
    expect(await store.commit([put('a', { version: 2, claim: { key: claimed } })])).toEqual({ ok: true });
  });

  test('two resources of one commit cannot claim one condition', async () => {
    const both = [put('a', { claim: { key: claimed } }), put('b', { claim: { key: claimed } })];
    expect(await store.commit(both)).toMatchObject({ ok: false, conflict: { kind: 'claim', change: 1 } });
  });
}
