import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { emptyIndexValues } from '../../src/search/index-values.ts';
import { initial } from '../../src/store/sqlite/migrations/0001-initial.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a directory that is not there yet gets a database of the present schema', async () => {
  const directory = join(await temporaryDirectory(), 'deep', 'data');
  const stores = await openSqliteStores({ directory });
  await stores.close();
  expect(await readdir(directory)).toEqual(['passerelle.db']);
  const database = new Database(join(directory, 'passerelle.db'), { readonly: true });
  expect(database.pragma('user_version', { simple: true })).toBe(stores.schemaVersion);
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  database.close();
});

test('an empty file is migrated', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'passerelle.db'), '');
  const stores = await openSqliteStores({ directory });
  expect(await stores.forTenant('t').commit([put('a')])).toEqual({ ok: true });
  await stores.close();
});

test('what was written is there after closing and opening again', async () => {
  const directory = await temporaryDirectory();
  const index = { token: [{ parameter: 'code', code: 'x', system: 's' }] };
  const first = await openSqliteStores({ directory });
  await first.forTenant('t').commit([put('a', { index, identityKeys: ['k'] })]);
  await first.expiring.put('session', 'value', 60_000);
  const secret = await first.secret('paging');
  await first.close();

  const second = await openSqliteStores({ directory });
  const store = second.forTenant('t');
  const expression = { kind: 'token', parameter: 'code', code: 'x', system: 's' } as const;
  const { matches } = await store.search({ type: 'Patient', expression, sort: [], count: 10 });
  expect(matches.map(({ id }) => id)).toEqual(['a']);
  expect(await store.commit([put('b', { identityKeys: ['k'] })])).toMatchObject({
    conflict: { kind: 'identity' },
  });
  expect(await second.expiring.get('session')).toBe('value');
  expect((await second.secret('paging')).equals(secret)).toBe(true);
  await second.close();
});

test('the database of a newer program is refused and left alone', async () => {
  const directory = await temporaryDirectory();
  const stores = await openSqliteStores({ directory });
  await stores.close();
  const file = join(directory, 'passerelle.db');
  const newer = stores.schemaVersion + 1;
  const database = new Database(file);
  database.pragma(`user_version = ${newer}`);
  database.close();
  await expect(openSqliteStores({ directory })).rejects.toThrow(
    `The database has schema version ${newer} and this program knows versions up to ${stores.schemaVersion}`,
  );
  const after = new Database(file, { readonly: true });
  expect(after.pragma('user_version', { simple: true })).toBe(newer);
  after.close();
});

test('a file that is no database is refused', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'passerelle.db'), 'This is a letter, not a database. '.repeat(50));
  await expect(openSqliteStores({ directory })).rejects.toThrow(
    `${join(directory, 'passerelle.db')} cannot be opened: file is not a database (SQLITE_NOTADB): restore a backup`,
  );
});

test('a file that is none, such as a folder, is named with what to look at', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'passerelle.db'));
  await expect(openSqliteStores({ directory })).rejects.toThrow(
    /passerelle\.db cannot be opened: .*must be writable/,
  );
});

test('where a copy was stopped no empty database takes its place', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'passerelle.db.partial'), '');
  await expect(openSqliteStores({ directory })).rejects.toThrow(
    'passerelle.db.partial is of a copy that was stopped',
  );
  expect(await readdir(directory)).toEqual(['passerelle.db.partial']);
});

test('a database of the first schema keeps its versions, and its indexes are outdated until they are rebuilt', async () => {
  const directory = await temporaryDirectory();
  const database = new Database(join(directory, 'passerelle.db'));
  database.exec(initial);
  database.exec(
    `
    INSERT INTO scope VALUES (1, 't', 'Patient');
    INSERT INTO resource VALUES (1, 1, 'a', 3, 3000, 0, 1, 0, '{}'), (2, 1, 'b', 2, 2500, 1, 3, 0, '');
    INSERT INTO history VALUES (1, 1, 1, 1000, 0, 1, 0, '{}'), (2, 1, 2, 2000, 0, 1, 0, '{}'),
      (3, 2, 1, 1500, 0, 0, 0, '{}');
  `.replaceAll(/'(\{\}|)'\)/g, "CAST('$1' AS BLOB))"),
  );
  database.pragma('user_version = 1');
  database.close();
  const stores = await openSqliteStores({ directory });
  const namesOf = async (page: object) =>
    (await stores.forTenant('t').changes({ count: 10, ...page })).versions.map(
      ({ id, version }) => `${id}${version}`,
    );
  expect(await namesOf({})).toEqual(['a3', 'b2', 'a2', 'b1', 'a1']);
  expect(await namesOf({ type: 'Patient', at: { low: 1700, high: 1701 } })).toEqual(['b1', 'a1']);
  expect(stores.hasOutdatedIndexes).toBe(true);
  await stores.indexing.reindex(() => emptyIndexValues());
  expect(stores.hasOutdatedIndexes).toBe(false);
  await stores.close();
});

test('a new database has no outdated indexes', async () => {
  const stores = await openSqliteStores({ directory: await temporaryDirectory() });
  expect(stores.hasOutdatedIndexes).toBe(false);
  await stores.close();
});
