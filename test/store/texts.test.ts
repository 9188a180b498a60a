import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { initial } from '../../src/store/sqlite/migrations/0001-initial.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { foundIds, put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const body = (id: string, note: string) => JSON.stringify({ resourceType: 'Patient', id, note });
const word = (...words: string[]) => ({ kind: 'text' as const, part: 'content' as const, query: { words } });

/** How many of the database's texts have a word, read from the file. */
function indexed(directory: string, query: string): number {
  const database = new Database(join(directory, 'passerelle.db'), { readonly: true });
  const { found } = database
    .prepare('SELECT count(*) AS found FROM resource_text WHERE resource_text MATCH ?')
    .get(query) as { found: number };
  database.close();
  return found;
}

test('from the first search for words on, texts are indexed behind the commits', async () => {
  const directory = await temporaryDirectory();
  const stores = await openSqliteStores({ directory });
  const store = stores.forTenant('t');
  await store.commit([put('first', { body: body('first', 'early') })]);
  await setTimeout(500);
  expect(indexed(directory, 'early')).toBe(0);
  expect(await foundIds(store, word('early'))).toEqual(['first']);
  const many = Array.from({ length: 500 }, (_, n) => put(`m${n}`, { body: body(`m${n}`, 'quiet') }));
  await store.commit(many);
  expect(indexed(directory, 'quiet')).toBe(0);
  for (let wait = 0; wait < 200 && indexed(directory, 'quiet') < 500; wait++) await setTimeout(50);
  expect(indexed(directory, 'quiet')).toBe(500);
  await stores.close();
});

test('texts that were not indexed before a stop are after it', async () => {
  const directory = await temporaryDirectory();
  const first = await openSqliteStores({ directory });
  await first.forTenant('t').commit([put('a', { body: body('a', 'late') })]);
  await first.close();
  const second = await openSqliteStores({ directory });
  expect(await foundIds(second.forTenant('t'), word('late'))).toEqual(['a']);
  await second.close();
});

test('the texts of a database of the first schema are found', async () => {
  const directory = await temporaryDirectory();
  const database = new Database(join(directory, 'passerelle.db'));
  database.exec(initial);
  database.exec(`INSERT INTO scope VALUES (1, 't', 'Patient')`);
  const insert = database.prepare('INSERT INTO resource VALUES (?, 1, ?, 1, 1000, 0, 1, 0, ?)');
  for (let n = 1; n <= 300; n++) insert.run(n, `r${n}`, Buffer.from(body(`r${n}`, n === 7 ? 'old' : 'x')));
  database.pragma('user_version = 1');
  database.close();
  const stores = await openSqliteStores({ directory });
  expect(await foundIds(stores.forTenant('t'), word('old'))).toEqual(['r7']);
  await stores.close();
});

test('a row that is given again has the words of its new resource', async () => {
  const stores = await openSqliteStores({ directory: await temporaryDirectory() });
  const store = stores.forTenant('t');
  await store.commit([put('a', { body: body('a', 'first') })]);
  expect(await foundIds(store, word('first'))).toEqual(['a']);
  await store.commit([{ kind: 'purge', type: 'Patient', id: 'a', expectedVersion: 1 }]);
  expect(await foundIds(store, word('first'))).toEqual([]);
  await store.commit([put('b', { body: body('b', 'second') })]);
  expect(await foundIds(store, word('first'))).toEqual([]);
  expect(await foundIds(store, word('second'))).toEqual(['b']);
  await stores.close();
});

test('many texts that wait make a search for words a refusal, when it has no time', async () => {
  const stores = await openSqliteStores({ directory: await temporaryDirectory(), searchTime: 0 });
  const store = stores.forTenant('t');
  const long = 'lorem ipsum '.repeat(3000);
  await store.commit(Array.from({ length: 300 }, (_, n) => put(`m${n}`, { body: body(`m${n}`, long) })));
  await expect(foundIds(store, word('lorem'))).rejects.toMatchObject({ status: 503 });
  await stores.close();
});
