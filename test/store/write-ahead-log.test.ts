import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { ResourceStore } from '../../src/store/contract.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const mebibyte = 1024 * 1024;

test('while much is written the log starts anew again and again, and none is left at the end', async () => {
  const directory = await temporaryDirectory();
  const log = join(directory, 'passerelle.db-wal');
  const stores = await openSqliteStores({ directory });
  const store = stores.forTenant('t');
  let longest = 0;
  for (let round = 0; round < 50; round += 1) {
    await commitMuch(store, round);
    longest = Math.max(longest, statSync(log).size);
  }
  // 200 MiB were written; SQLite by itself would have let the log grow to 160. Commits wait when it has 80, and it is
  // looked at after each 16.
  expect(longest).toBeGreaterThan(40 * mebibyte);
  expect(longest).toBeLessThan(120 * mebibyte);
  expect((await store.read('Patient', 'r49-63'))?.version).toBe(1);
  await stores.close();
  expect(existsSync(log)).toBe(false);
});

test('searches that overlap hold the log up; it starts anew at the first moment without one', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'passerelle.db');
  const stores = await openSqliteStores({ directory });
  const store = stores.forTenant('t');
  let search = searching(file);
  let commitsAfter = 0;
  for (let round = 0; commitsAfter < 150; round += 1) {
    const next = searching(file);
    search.close();
    search = next;
    if (round < 11) await commitMuch(store, round);
    else expect(await store.commit([put(`small-${round}`)])).toEqual({ ok: true });
    // What lies in the log is in the file too.
    if (statSync(file).size > 40 * mebibyte) commitsAfter += 1;
  }
  const before = logRun(file);
  search.close();
  // Far fewer pages than those after which the log counts as long.
  for (let n = 0; n < 200 && logRun(file) === before; n += 1) {
    expect(await store.commit([put(`later-${n}`)])).toEqual({ ok: true });
  }
  expect(logRun(file)).not.toBe(before);
  await stores.close();
});

function searching(file: string): Database.Database {
  const reader = new Database(file, { readonly: true });
  reader.exec('BEGIN; SELECT count(*) FROM resource');
  return reader;
}

/** Four mebibytes. */
async function commitMuch(store: ResourceStore, round: number): Promise<void> {
  const filler = 'x'.repeat(64 * 1024);
  const changes = Array.from({ length: 64 }, (_, n) =>
    put(`r${round}-${n}`, {
      body: JSON.stringify({ resourceType: 'Patient', id: `r${round}-${n}`, filler }),
    }),
  );
  expect(await store.commit(changes)).toEqual({ ok: true });
}

/** The salts in the header of the log, other ones each time that it starts anew (SQLite, walformat.html). */
function logRun(file: string): string {
  return readFileSync(`${file}-wal`).toString('hex', 16, 24);
}
