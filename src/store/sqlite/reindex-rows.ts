import type { Connection } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import type { IndexRows } from './index-rows.ts';
import type { WriterOperation } from './wire.ts';

/** Where a reindexing that was cut short is remembered in `meta`. */
export const reindexProgressKey = 'reindex';

/** Where a migration says in `meta` that index values are computed otherwise than those that are stored. */
export const outdatedIndexesKey = 'outdated-indexes';

/**
 * Replaces the index rows of resources that are still at the version they were computed from: a later version has
 * brought its own. Notes the progress in the same transaction, or forgets it when all is done (`undefined`).
 */
export function reindexRows(
  connection: Connection,
  dictionary: Dictionary,
  indexRows: IndexRows,
  { entries, progress }: Extract<WriterOperation, { kind: 'reindex' }>,
): undefined {
  for (const { tenant, type, id, version, index } of entries) {
    const scope = dictionary.scope(tenant, type);
    const rid = connection.value('SELECT rid FROM resource WHERE scope = ? AND id = ? AND version = ?', [
      scope,
      id,
      version,
    ]) as number | undefined;
    if (rid === undefined) continue;
    indexRows.replace(rid, tenant, scope, index);
  }
  if (progress === undefined) {
    connection.run('DELETE FROM meta WHERE key IN (?, ?)', [reindexProgressKey, outdatedIndexesKey]);
  } else {
    connection.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', [
      reindexProgressKey,
      Buffer.from(progress),
    ]);
  }
}
