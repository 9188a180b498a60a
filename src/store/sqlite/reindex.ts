import { setImmediate, setTimeout } from 'node:timers/promises';
import { isContainedType, plainType } from '../../search/contained.ts';
import type { Indexing, ReindexOptions, ReindexResult } from '../indexing.ts';
import type { Connection } from './connection.ts';
import { fillProgressKey, reindexProgressKey } from './reindex-rows.ts';
import { type ReindexEntry, wireContained } from './wire.ts';
import { wireIndex } from './wire-index.ts';
import type { Writer } from './writer.ts';

/** Resources of one commit: short enough to let the writes of callers through between two. */
const batchSize = 100;

/** How long the extraction may hold the event loop at a time, in milliseconds. */
const slice = 8;

/** The last resource that is done; scopes and, in each, row ids are gone through in their order. */
interface Place {
  scope: number;
  rid: number;
}

type Extract = Parameters<Indexing['reindex']>[0];

/** See `Indexing.reindex`. */
export async function reindexResources(
  connection: Connection,
  writer: Writer,
  extract: Extract,
  options: ReindexOptions,
): Promise<ReindexResult> {
  const { fingerprint = '', generation, types, completes = [], gentle, signal, onProgress } = options;
  const { containedOf } = options;
  const progressKey = types === undefined ? reindexProgressKey : fillProgressKey;
  const send = (entries: ReindexEntry[], progress: string | undefined) =>
    writer.send({ kind: 'reindex', entries, generation, progressKey, progress, completes: [...completes] });
  // What is contained is indexed with its container where both are.
  const scopes = scopesOf(connection, types).filter(
    ({ type }) => containedOf === undefined || !isContainedType(type),
  );
  const start = placeOf(connection, progressKey, fingerprint);
  let total = 0;
  let done = 0;
  for (const scope of scopes) {
    const all = countCurrent(connection, scope, 0);
    total += all;
    if (scope.scope < start.scope) done += all;
    if (scope.scope === start.scope) done += all - countCurrent(connection, scope, start.rid);
    await setImmediate();
  }
  let count = 0;
  for (const scope of scopes.filter((each) => each.scope >= start.scope)) {
    let rid = scope.scope === start.scope ? start.rid : 0;
    for (;;) {
      if (signal?.aborted) return { end: 'stopped', count };
      const started = performance.now();
      const batch = read(connection, scope, rid);
      const last = batch.at(-1);
      if (last === undefined) break;
      rid = last.rid;
      const entries = await entriesOf(scope, batch, extract, containedOf);
      const progress = JSON.stringify({ fingerprint, scope: scope.scope, rid });
      if (!(await send(entries, progress))) return { end: 'outdated', count };
      count += batch.length;
      done += batch.length;
      onProgress?.(Math.min(done, total), total);
      if (gentle) await setTimeout(performance.now() - started, undefined, { ref: false });
    }
  }
  return { end: (await send([], undefined)) ? 'complete' : 'outdated', count };
}

/** One type of one tenant, its contained resources by themselves. */
interface Scope {
  scope: number;
  tenant: string;
  type: string;
}

function scopesOf(connection: Connection, types: readonly string[] | undefined): Scope[] {
  const rows = connection.rows('SELECT scope, tenant, type FROM scope ORDER BY scope');
  return (rows as [number, string, string][])
    .map(([scope, tenant, type]) => ({ scope, tenant, type }))
    .filter(({ type }) => types === undefined || types.includes(plainType(type)));
}

interface CurrentResource {
  rid: number;
  id: string;
  version: number;
  body: Buffer;
}

function read(connection: Connection, { scope }: Scope, after: number): CurrentResource[] {
  const rows = connection.rows(
    `SELECT rid, id, version, body FROM resource INDEXED BY resource_current
     WHERE scope = ? AND rid > ? AND deleted = 0 ORDER BY rid LIMIT ?`,
    [scope, after, batchSize],
  ) as [number, string, number, Buffer][];
  return rows.map(([rid, id, version, body]) => ({ rid, id, version, body }));
}

/** The event loop is let go now and then: a batch may hold large resources. */
async function entriesOf(
  { tenant, type }: Scope,
  batch: readonly CurrentResource[],
  extract: Extract,
  containedOf: ReindexOptions['containedOf'],
): Promise<ReindexEntry[]> {
  const entries: ReindexEntry[] = [];
  let started = performance.now();
  for (const { id, version, body } of batch) {
    if (performance.now() - started > slice) {
      await setImmediate();
      started = performance.now();
    }
    const text = body.toString();
    const name = { tenant, type, id, version };
    const contained = containedOf?.(text, name).map(wireContained);
    entries.push({ ...name, index: wireIndex(extract(type, text, name)), contained });
  }
  return entries;
}

function placeOf(connection: Connection, progressKey: string, fingerprint: string): Place {
  const stored = connection.value('SELECT value FROM meta WHERE key = ?', [progressKey]);
  const progress = stored === undefined ? undefined : (JSON.parse(String(stored)) as Partial<Progress>);
  const isOurs = progress?.fingerprint === fingerprint;
  return isOurs ? { scope: progress.scope ?? 0, rid: progress.rid ?? 0 } : { scope: 0, rid: 0 };
}

interface Progress extends Place {
  fingerprint: string;
}

function countCurrent(connection: Connection, { scope }: Scope, after: number): number {
  return connection.value(
    'SELECT count(*) FROM resource INDEXED BY resource_current WHERE scope = ? AND rid > ? AND deleted = 0',
    [scope, after],
  ) as number;
}
