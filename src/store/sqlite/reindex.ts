import type { IndexValues } from '../../search/index-values.ts';
import type { Connection } from './connection.ts';
import { reindexProgressKey } from './reindex-rows.ts';
import { wireIndex } from './wire.ts';
import type { Writer } from './writer.ts';

/** Resources of one commit: short enough to let the writes of callers through between two. */
const batchSize = 100;

export interface ReindexOptions {
  /** Names what `extract` does (a hash of the parameters, say): an interrupted run is continued by the same alone. */
  fingerprint?: string;
  /** Told after each commit how many of the current resources are done. */
  onProgress?: (done: number, total: number) => void;
}

interface Progress {
  fingerprint: string;
  /** The last row id that is done. */
  rid: number;
}

/**
 * Computes the index rows of all current resources anew, in small commits beside live writes. A run that was cut
 * short is taken up where it stopped. Answers how many resources this run did.
 */
export async function reindexResources(
  connection: Connection,
  writer: Writer,
  extract: (type: string, body: string) => IndexValues,
  { fingerprint = '', onProgress }: ReindexOptions,
): Promise<number> {
  let { rid } = progressOf(connection, fingerprint);
  const total = countCurrent(connection, 0);
  const before = total - countCurrent(connection, rid);
  let done = 0;
  for (let batch = read(connection, rid); batch.length > 0; batch = read(connection, rid)) {
    const entries = batch.map(({ body, ...entry }) => ({
      ...entry,
      index: wireIndex(extract(entry.type, body)),
    }));
    rid = (batch.at(-1) as CurrentResource).rid;
    const progress: Progress = { fingerprint, rid };
    await writer.send({ kind: 'reindex', entries, progress: JSON.stringify(progress) });
    done += batch.length;
    onProgress?.(Math.min(before + done, total), total);
  }
  await writer.send({ kind: 'reindex', entries: [], progress: undefined });
  return done;
}

interface CurrentResource {
  rid: number;
  tenant: string;
  type: string;
  id: string;
  version: number;
  body: string;
}

function read(connection: Connection, after: number): CurrentResource[] {
  const rows = connection.rows(
    `SELECT r.rid, s.tenant, s.type, r.id, r.version, r.body FROM resource r
     CROSS JOIN scope s ON s.scope = r.scope WHERE r.rid > ? AND r.deleted = 0 ORDER BY r.rid LIMIT ?`,
    [after, batchSize],
  ) as [number, string, string, string, number, Buffer][];
  return rows.map(([rid, tenant, type, id, version, body]) => ({
    rid,
    tenant,
    type,
    id,
    version,
    body: body.toString(),
  }));
}

function progressOf(connection: Connection, fingerprint: string): Progress {
  const stored = connection.value('SELECT value FROM meta WHERE key = ?', [reindexProgressKey]);
  const progress = stored === undefined ? undefined : (JSON.parse(String(stored)) as Progress);
  return progress?.fingerprint === fingerprint ? progress : { fingerprint, rid: 0 };
}

function countCurrent(connection: Connection, after: number): number {
  return connection.value('SELECT count(*) FROM resource WHERE deleted = 0 AND rid > ?', [after]) as number;
}
