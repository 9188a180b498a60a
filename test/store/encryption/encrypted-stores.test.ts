import { ofTypeParameter } from '../../../src/search/derived-parameters.ts';
import type { Expression } from '../../../src/search/expression.ts';
import { emptyIndexValues, type IndexValues } from '../../../src/search/index-values.ts';
import type { ContainedResource } from '../../../src/store/contract.ts';
import { compareDatabases } from '../../../src/store/copy/comparison.ts';
import { copyDatabase } from '../../../src/store/copy/copy.ts';
import type { DatabaseStores } from '../../../src/store/database-stores.ts';
import { checkInClear, encryptedStores } from '../../../src/store/encryption/encrypted-stores.ts';
import { deletion, everything, foundIds, put } from '../../contract/fixtures.ts';
import { databases, type TestDatabase } from './databases.ts';
import { newKey, testKeys } from './keys.ts';

import.meta.jest.setTimeout(240_000);

const ins = 'urn:oid:1.2.250.1.213.1.4.8';
const systems = [ins];
const [one, two, hash] = [newKey(), newKey(), newKey()];
const keys = testKeys({ one }, hash);
const later = testKeys({ one, two }, hash);

/** Texts that must be in no file of the database. */
const secrets = ['Adrun-Marked', '299049917000118', 'narrative-marked', 'inner-marked', 'session-marked'];

/** What a body is found by. */
function index(body: string): IndexValues {
  const { matricule } = JSON.parse(body) as { matricule?: string };
  const code = matricule as string;
  if (matricule === undefined) return emptyIndexValues();
  const token = [
    { parameter: 'identifier', system: ins, code },
    { parameter: ofTypeParameter('identifier'), system: 'urn:types', code: `NH|${code}` },
  ];
  return { ...emptyIndexValues(), token };
}

function contained(body: string): ContainedResource[] {
  const { inner } = JSON.parse(body) as { inner?: string };
  if (inner === undefined) return [];
  const innerBody = JSON.stringify({ note: inner, matricule: '299049917000118' });
  return [{ type: 'Organization', id: 'o', body: innerBody, restricted: false, index: index(innerBody) }];
}

/** A put that is indexed by its body. */
function patient(id: string, content: Record<string, string>, options: Parameters<typeof put>[1] = {}) {
  const body = JSON.stringify({ resourceType: 'Patient', id, ...content });
  return put(id, { ...options, body, index: index(body), contained: contained(body) });
}

const marked = {
  name: 'Adrun-Marked',
  matricule: '299049917000118',
  text: 'narrative-marked',
  inner: 'inner-marked',
};
const matricule: Expression = {
  kind: 'token',
  parameter: 'identifier',
  system: ins,
  code: '299049917000118',
};

async function fill(stores: DatabaseStores): Promise<void> {
  const store = stores.forTenant('t');
  const large = 'Adrun-Marked '.repeat(30_000);
  await store.commit([
    patient('a', marked, {
      identityKeys: ['ins 299049917000118'],
      claim: { key: 'Patient?identifier=299049917000118' },
    }),
  ]);
  await store.commit([
    patient('a', { ...marked, more: 'x' }, { version: 2, identityKeys: ['ins 299049917000118'] }),
  ]);
  await store.commit([patient('large', { large }), patient('gone', marked)]);
  await store.commit([deletion('gone', 2)]);
  await stores.expiring.put('k', 'session-marked', 3_600_000);
}

/** Everything can be read and found as it was written. */
async function check(stores: DatabaseStores): Promise<void> {
  const store = stores.forTenant('t');
  const bodies = (await store.history('Patient', 'a', { count: 9 })).map(({ body }) =>
    JSON.parse(String(body)),
  );
  expect(bodies).toMatchObject([{ ...marked, more: 'x' }, marked]);
  expect(String((await store.readVersion('Patient', 'a', 1))?.body)).toContain('Adrun-Marked');
  expect((await store.read('Patient', 'large'))?.body.length).toBeGreaterThan(390_000);
  const { resources } = await store.deletedResources({ type: 'Patient', count: 5 });
  expect(resources.map(({ lastBody }) => JSON.parse(String(lastBody)))).toMatchObject([marked]);
  const changes = await store.changes({ count: 10 });
  expect(changes.versions.filter(({ body }) => String(body).includes('Marked'))).toHaveLength(4);
  expect(await foundIds(store, matricule)).toEqual(['a']);
  expect(await foundIds(store, { kind: 'token', parameter: 'identifier', code: '299049917000118' })).toEqual([
    'a',
  ]);
  expect(
    await foundIds(store, {
      kind: 'token',
      parameter: 'identifier:of-type',
      system: 'urn:types',
      code: 'NH|299049917000118',
    }),
  ).toEqual(['a']);
  expect(await store.count('Patient', { kind: 'not', operand: matricule }, 60_000)).toBe(1);
  const inner = await store.search({ type: 'Organization#', expression: matricule, sort: [], count: 5 });
  expect(inner.matches.map(({ body }) => JSON.parse(String(body)))).toMatchObject([{ note: 'inner-marked' }]);
  for (const change of [
    put('other', { identityKeys: ['ins 299049917000118'] }),
    put('other', { claim: { key: 'Patient?identifier=299049917000118' } }),
  ]) {
    const key = change.claim?.key ?? change.identityKeys?.[0];
    expect(await store.commit([change])).toMatchObject({ ok: false, conflict: { key, holder: { id: 'a' } } });
  }
  expect(await stores.expiring.get('k')).toBe('session-marked');
}

describe.each(['sqlite', 'mongodb'] as const)('an encrypted database of %s', (kind) => {
  let database: TestDatabase;
  const opened: DatabaseStores[] = [];

  beforeEach(async () => {
    database = await databases[kind]();
  });
  afterEach(async () => {
    for (const stores of opened.splice(0)) await stores.close();
  });

  async function inClear(): Promise<DatabaseStores> {
    const stores = await database.open();
    opened.push(stores);
    return stores;
  }

  async function encrypted(withKeys = keys): Promise<DatabaseStores> {
    return encryptedStores(await inClear(), { keys: withKeys, systems });
  }

  const reindex = (stores: DatabaseStores) => () =>
    stores.indexing.reindex((_type, body) => index(body), { containedOf: contained });

  const leaks = async () => {
    const content = await database.content();
    return secrets.filter((text) => content.includes(text));
  };

  test('holds nothing in clear, and answers as any other', async () => {
    const stores = await encrypted();
    await fill(stores);
    await check(stores);
    expect(await leaks()).toEqual([]);
    const plain = await database.content();
    expect(plain).not.toContain(one);
  });

  test('is opened with the keys that it was encrypted with alone', async () => {
    await fill(await encrypted());
    await expect(checkInClear(await inClear())).rejects.toThrow('it needs the keys');
    await expect(encrypted(testKeys({ one }))).rejects.toThrow('hashKey');
    await check(await encrypted());
    const others = await encrypted(testKeys({ two }, hash));
    await expect(others.forTenant('t').read('Patient', 'a')).rejects.toThrow(
      'a key that the keys file lacks',
    );
  });

  test('is not encrypted by an opening that writes nothing', async () => {
    await encrypted();
    await checkInClear(await inClear());
  });

  test('once was in clear: all is read and found, and rotated to the active key without new versions', async () => {
    const clear = await inClear();
    await fill(clear);
    if (kind === 'sqlite') {
      const text: Expression = { kind: 'text', part: 'content', query: { words: ['narrative'] } };
      expect(await foundIds(clear.forTenant('t'), text)).toEqual(['a']);
    }
    expect((await leaks()).sort()).toEqual([...secrets].sort());
    const versionsOf = async (stores: DatabaseStores) =>
      (await stores.forTenant('t').changes({ count: 99 })).versions.map(({ body, ...version }) => ({
        ...version,
        body: String(body),
      }));
    const before = await versionsOf(clear);

    const mixed = await encrypted();
    expect(await foundIds(mixed.forTenant('t'), matricule)).toEqual(['a']);
    await mixed.forTenant('t').commit([patient('new', { ...marked, name: 'new' })]);
    expect((await foundIds(mixed.forTenant('t'), matricule)).sort()).toEqual(['a', 'new']);
    await mixed.forTenant('t').commit([{ kind: 'purge', type: 'Patient', id: 'new', expectedVersion: 1 }]);

    await mixed.expiring.increment('counter', 3_600_000);
    expect(await mixed.keyRotation?.rotate(reindex(mixed))).toBe(
      before.filter(({ body }) => body !== '').length,
    );
    const rotated = await encrypted();
    await check(rotated);
    expect((await rotated.expiring.increment('counter', 3_600_000)).count).toBe(2);
    expect(await versionsOf(rotated)).toEqual(before);
    for (const stores of opened.splice(0)) await stores.close();
    expect(await leaks()).toEqual([]);
  });

  test('is rotated from an old key to a new one, also after an interruption', async () => {
    const old = await encrypted();
    await fill(old);
    const stores = await encrypted(later);
    await stores.forTenant('t').commit([patient('b', {})]);
    const interrupted = stores.keyRotation?.rotate(() => Promise.reject(new Error('stopped')));
    await expect(interrupted).rejects.toThrow('stopped');
    expect(await stores.keyRotation?.rotate(reindex(stores))).toBe(0);
    const alone = await encrypted(testKeys({ two }, hash));
    expect(await foundIds(alone.forTenant('t'), everything)).toEqual(['a', 'large', 'b']);
    await alone.forTenant('t').commit([{ kind: 'purge', type: 'Patient', id: 'b', expectedVersion: 1 }]);
    await check(alone);
    expect(await stores.keyRotation?.rotate(reindex(stores))).toBe(0);
  });

  test('notices bodies that were changed or exchanged', async () => {
    const store = (await encrypted()).forTenant('t');
    await store.commit([patient('a', marked), patient('b', marked)]);
    await database.tamper((body, bodies) => bodies.find((other) => !other.equals(body)) as Buffer);
    await expect(store.read('Patient', 'a')).rejects.toThrow('was changed outside of this program');
    await expect(
      store.search({ type: 'Patient', expression: everything, sort: [], count: 5 }),
    ).rejects.toThrow('was changed');
    await database.tamper((body, bodies) => bodies.find((other) => !other.equals(body)) as Buffer);
    expect(String((await store.read('Patient', 'a'))?.body)).toContain('Adrun-Marked');
    await database.tamper((body) => {
      const changed = Buffer.from(body);
      changed[80] = changed[80] === 0x41 ? 0x42 : 0x41;
      return changed;
    });
    await expect(store.read('Patient', 'b')).rejects.toThrow('was changed outside of this program');
  });

  test('takes no body in clear, once all are encrypted', async () => {
    const stores = await encrypted();
    await stores.forTenant('t').commit([patient('a', marked)]);
    await database.tamper(() => Buffer.from('{"resourceType":"Patient","id":"a"}'));
    await expect(stores.forTenant('t').read('Patient', 'a')).rejects.toThrow('is in clear');
    expect(await stores.keyRotation?.rotate(reindex(stores))).toBe(1);
    expect(String((await stores.forTenant('t').read('Patient', 'a'))?.body)).toContain('"a"');
  });

  test('indexes commits anew where the search parameters have changed meanwhile', async () => {
    const stores = await encrypted();
    let generation = 0;
    stores.indexing.attach({
      refresh: () => {
        generation = stores.indexing.parameters().generation;
      },
      extract: (body) => ({ ...index(body), generation }),
      committed: () => undefined,
    });
    await stores.indexing.replaceParameters(0, []);
    const change = patient('a', marked);
    await stores.forTenant('t').commit([{ ...change, index: { ...emptyIndexValues(), generation: 0 } }]);
    expect(await foundIds(stores.forTenant('t'), matricule)).toEqual(['a']);
    expect(await leaks()).toEqual([]);
  });

  test.each(['sqlite', 'mongodb'] as const)('is copied to %s, also from one in clear', async (other) => {
    for (const from of [encrypted, inClear]) {
      database = await databases[kind]();
      const filled = await from();
      await fill(filled);
      const source = from === inClear ? await encrypted() : filled;
      const targetDatabase = await databases[other]();
      const inner = await targetDatabase.open();
      opened.push(inner);
      const target = await encryptedStores(inner, { keys: later, systems });
      await copyDatabase({
        source,
        target,
        refresh: () => undefined,
        index: (body) => ({ index: index(body), contained: contained(body) }),
      });
      expect(await compareDatabases(source.transfer, target.transfer)).toMatchObject({ isEqual: true });
      await check(target);
      if (from === inClear) await checkInClear(await inClear());
      await expect(checkInClear(inner)).rejects.toThrow('it needs the keys');
      const content = await targetDatabase.content();
      expect(secrets.filter((text) => content.includes(text))).toEqual([]);
    }
  });
});
