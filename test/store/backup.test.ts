import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { everything, foundIds, put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let stores: DatabaseStores;
let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  stores = await openSqliteStores({ directory });
  const token = [{ parameter: 'code', code: 'x' }];
  await stores
    .forTenant('t')
    .commit(Array.from({ length: 200 }, (_, n) => put(`r${n}`, { index: { token } })));
});

afterEach(() => stores.close());

test('a backup opens as a store that holds the same', async () => {
  await stores.forTenant('t').commit([put('r0', { version: 2, body: '{"é":"👩🏽‍⚕️"}' })]);
  const copy = join(directory, 'copy.db');
  await stores.backup(copy);
  const elsewhere = join(directory, 'restored');
  await mkdir(elsewhere);
  await copyFile(copy, join(elsewhere, 'passerelle.db'));
  const restored = await openSqliteStores({ directory: elsewhere });
  const [original, store] = [stores.forTenant('t'), restored.forTenant('t')];
  expect(await foundIds(store, everything)).toEqual(await foundIds(original, everything));
  expect(await store.read('Patient', 'r0')).toEqual(await original.read('Patient', 'r0'));
  expect(await store.history('Patient', 'r0', { count: 5 })).toEqual(
    await original.history('Patient', 'r0', { count: 5 }),
  );
  const expression = { kind: 'token', parameter: 'code', code: 'x' } as const;
  expect(await store.count('Patient', expression, 5_000)).toBe(199);
  await restored.close();
});

test('a backup beside live writes is the state of one instant', async () => {
  const store = stores.forTenant('t');
  let writing = true;
  let written = 0;
  const writer = (async () => {
    while (writing) {
      written += 1;
      await store.commit([put(`left-${written}`), put(`right-${written}`, { type: 'Observation' })]);
    }
  })();
  const copy = join(directory, 'live.db');
  await stores.backup(copy);
  writing = false;
  await writer;
  const database = new Database(copy, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  const count = (pattern: string) =>
    database.prepare('SELECT count(*) FROM resource WHERE id LIKE ?').pluck().get(pattern);
  expect(count('left-%')).toBe(count('right-%'));
  database.close();
});

test('a backup overwrites nothing and leaves nothing half done', async () => {
  const target = join(directory, 'taken.db');
  await writeFile(target, 'precious');
  await expect(stores.backup(target)).rejects.toThrow('There is a file at');
  await expect(stores.backup(join(directory, 'no', 'such', 'directory.db'))).rejects.toThrow();
  expect((await readdir(directory)).filter((name) => name.includes('partial'))).toEqual([]);
});
