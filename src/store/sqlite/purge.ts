import type { Connection } from './connection.ts';
import { none } from './dictionary.ts';

/** Free pages that one blob takes: some megabytes. */
const pagesPerBlob = 2048;

/** Removes the rows of a resource but those of its index values, within the transaction of its commit. */
export function purgeRows(connection: Connection, rid: number): void {
  connection.run('DELETE FROM resource_text WHERE rowid = ?', [rid]);
  connection.run('DELETE FROM contained WHERE container = ?', [rid]);
  connection.run('DELETE FROM identity WHERE rid = ?', [rid]);
  connection.run('DELETE FROM history WHERE rid = ?', [rid]);
  connection.run('DELETE FROM resource WHERE rid = ?', [rid]);
}

/**
 * Removes what is left of purged resources beyond their rows, within the same transaction: the conditions that they
 * were claimed by, their places in the order of commits, words of theirs, which stay in the index of words until it is written anew, and earlier versions in
 * pages that were freed long ago.
 */
export function purgeRemains(connection: Connection, rids: readonly number[]): void {
  const among = 'WHERE rid IN (SELECT value FROM json_each(?))';
  connection.run(`DELETE FROM claim ${among}`, [JSON.stringify(rids)]);
  connection.run(`UPDATE change SET rid = ${none} ${among}`, [JSON.stringify(rids)]);
  connection.run(`INSERT INTO resource_text (resource_text) VALUES ('optimize')`);
  const pageSize = connection.value('PRAGMA page_size') as number;
  const key = (at: number) => [`free pages ${at}`];
  let blobs = 0;
  // A blob takes free pages before the file grows.
  for (let free = freePages(connection); free > 0; free = freePages(connection)) {
    const length = Math.min(free, pagesPerBlob) * pageSize;
    connection.run('INSERT INTO meta (key, value) VALUES (?, zeroblob(?))', [...key(blobs), length]);
    blobs += 1;
  }
  for (let at = 0; at < blobs; at++) connection.run('DELETE FROM meta WHERE key = ?', key(at));
}

function freePages(connection: Connection): number {
  return connection.value('PRAGMA freelist_count') as number;
}
