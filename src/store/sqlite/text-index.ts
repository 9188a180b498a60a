import { bodyText } from '../body-text.ts';
import type { Connection, Row } from './connection.ts';
import { scopeWord } from './text-conditions.ts';

/** Resources that are read at once. */
const batchSize = 64;

/** How long one call indexes texts, in milliseconds: other writes wait for it. */
const budget = 15;

const indexedKey = 'texts-indexed';

/** Is there once somebody has searched for words: who never does so pays nothing for them. */
const soughtKey = 'texts-sought';

/** True when texts are to be indexed while the writer is idle. */
export function hasSoughtTexts(connection: Connection): boolean {
  const isSought = connection.value('SELECT key FROM meta WHERE key = ?', [soughtKey]) !== undefined;
  return isSought && hasUnindexedTexts(connection);
}

/** True when texts of committed versions are not indexed yet. */
export function hasUnindexedTexts(connection: Connection): boolean {
  const changed = connection.value('SELECT EXISTS (SELECT 1 FROM text_changed)');
  return changed === 1 || lastRow(connection) > indexedRow(connection);
}

/**
 * Indexes texts that are not indexed yet, for a short time, within the transaction of the caller. Answers true when
 * none is left.
 */
export function indexTexts(connection: Connection): boolean {
  const end = performance.now() + budget;
  connection.run(`INSERT INTO meta (key, value) VALUES (?, x'') ON CONFLICT DO NOTHING`, [soughtKey]);
  while (hasUnindexedTexts(connection)) {
    indexChanged(connection);
    indexNew(connection);
    if (performance.now() > end) return !hasUnindexedTexts(connection);
  }
  return true;
}

const columns = 'r.scope, r.restricted, r.body';

/** Removes all words, until somebody searches for some again. */
export function forgetTexts(connection: Connection): void {
  connection.run('DELETE FROM resource_text');
  connection.run('DELETE FROM text_changed');
  connection.run('DELETE FROM meta WHERE key = ?', [soughtKey]);
  setIndexedRow(connection, 0);
}

/** Changed resources, which may be deleted or gone. */
function indexChanged(connection: Connection): void {
  const rows = connection.rows(
    `SELECT c.rid, ${columns} FROM text_changed c LEFT JOIN resource r ON r.rid = c.rid AND r.deleted = 0
     LIMIT ${batchSize}`,
  );
  for (const row of rows) {
    writeText(connection, row);
    connection.run('DELETE FROM text_changed WHERE rid = ?', [row[0] as number]);
  }
  // Row ids of resources that are gone are given again, to new ones.
  const last = lastRow(connection);
  if (last < indexedRow(connection)) setIndexedRow(connection, last);
}

function indexNew(connection: Connection): void {
  const rows = connection.rows(
    `SELECT r.rid, iif(r.deleted, NULL, r.scope), r.restricted, r.body FROM resource r WHERE r.rid > ?
     ORDER BY r.rid LIMIT ${batchSize}`,
    [indexedRow(connection)],
  );
  for (const row of rows) writeText(connection, row);
  const last = rows.at(-1)?.[0];
  if (last !== undefined) setIndexedRow(connection, last as number);
}

/** Replaces the words of a resource, by none where the scope is missing. */
function writeText(connection: Connection, [rid, scope, restricted, body]: Row): void {
  if (scope === null) {
    connection.run('DELETE FROM resource_text WHERE rowid = ?', [rid as number]);
    return;
  }
  const { narrative, content } = bodyText(String(body), restricted === 1);
  connection.run(
    'INSERT OR REPLACE INTO resource_text (rowid, scope, narrative, content) VALUES (?, ?, ?, ?)',
    [rid as number, scopeWord(scope as number), narrative, content],
  );
}

function lastRow(connection: Connection): number {
  return (connection.value('SELECT max(rid) FROM resource') as number | null) ?? 0;
}

function indexedRow(connection: Connection): number {
  return Number(connection.value('SELECT value FROM meta WHERE key = ?', [indexedKey]));
}

function setIndexedRow(connection: Connection, rid: number): void {
  connection.run('UPDATE meta SET value = ? WHERE key = ?', [Buffer.from(String(rid)), indexedKey]);
}
