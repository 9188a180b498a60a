import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const mebibyte = 1024 * 1024;

test('while much is written the log starts anew again and again, and none is left at the end', async () => {
  const directory = await temporaryDirectory();
  const log = join(directory, 'passerelle.db-wal');
  const stores = await openSqliteStores({ directory });
  const store = stores.forTenant('t');
  const filler = 'x'.repeat(64 * 1024);
  let longest = 0;
  for (let round = 0; round < 50; round += 1) {
    const changes = Array.from({ length: 64 }, (_, n) =>
      put(`r${round}-${n}`, {
        body: JSON.stringify({ resourceType: 'Patient', id: `r${round}-${n}`, filler }),
      }),
    );
    expect(await store.commit(changes)).toEqual({ ok: true });
    longest = Math.max(longest, statSync(log).size);
  }
  // 200 MiB were written; SQLite by itself would have let the log grow to 160.
  expect(longest).toBeGreaterThan(40 * mebibyte);
  expect(longest).toBeLessThan(120 * mebibyte);
  expect((await store.read('Patient', 'r49-63'))?.version).toBe(1);
  await stores.close();
  expect(existsSync(log)).toBe(false);
});
