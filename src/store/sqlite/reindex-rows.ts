import type { Connection } from './connection.ts';
import type { ContainedRows } from './contained-rows.ts';
import type { Dictionary } from './dictionary.ts';
import { completeParameters, generationOf } from './indexed-parameters.ts';
import type { ResourceIndex } from './resource-index.ts';
import { methodOf } from './versions.ts';
import type { WriterOperation } from './wire.ts';
import { indexDigest } from './wire-index.ts';

/** Where a migration says in `meta` that index values are computed otherwise than those that are stored. */
export const outdatedIndexesKey = 'outdated-indexes';

/** Where a run over all resources that was cut short is remembered in `meta`; one over some types has its own place. */
export const reindexProgressKey = 'reindex';
export const fillProgressKey = 'reindex-types';

/**
 * Replaces the index rows of resources that are still at the version they were computed from: a later version has
 * brought its own. Notes the progress in the same transaction or, when all is done (`undefined`), forgets it and notes
 * what is complete. Answers false, and does nothing, when the search parameters are of another generation.
 */
export function reindexRows(
  connection: Connection,
  dictionary: Dictionary,
  resourceIndex: ResourceIndex,
  containedRows: ContainedRows,
  { entries, generation, progressKey, progress, completes }: Extract<WriterOperation, { kind: 'reindex' }>,
): boolean {
  if (generation !== undefined && generation !== generationOf(connection)) return false;
  for (const { tenant, type, id, version, index, contained } of entries) {
    const scope = dictionary.scope(tenant, type);
    const row = connection.row(
      'SELECT rid, updated, method FROM resource WHERE scope = ? AND id = ? AND version = ?',
      [scope, id, version],
    );
    if (row === undefined) continue;
    const [rid, lastUpdated, method] = row as [number, number, number];
    resourceIndex.replace({ rid, tenant, scope }, index, false);
    connection.run('UPDATE resource SET index_digest = ? WHERE rid = ?', [indexDigest(index), rid]);
    if (contained === undefined) continue;
    const container = { type, id, version, lastUpdated, method: methodOf(method), contained };
    containedRows.replace(rid, tenant, container, false);
  }
  if (progress === undefined) {
    connection.run('DELETE FROM meta WHERE key = ?', [progressKey]);
    if (progressKey === reindexProgressKey) {
      connection.run('DELETE FROM meta WHERE key = ?', [outdatedIndexesKey]);
    }
    completeParameters(connection, completes);
  } else {
    connection.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', [
      progressKey,
      Buffer.from(progress),
    ]);
  }
  return true;
}
