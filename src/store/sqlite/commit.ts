import { referenceTo } from '../../fhir/reference.ts';
import type { CommitResult, Conflict, ResourceKey, WriteMethod } from '../contract.ts';
import type { Connection, SqlValue } from './connection.ts';
import type { ContainedRows } from './contained-rows.ts';
import { type Dictionary, none } from './dictionary.ts';
import { generationOf } from './indexed-parameters.ts';
import { purgeRemains, purgeRows } from './purge.ts';
import type { ResourceIndex } from './resource-index.ts';
import { methodCode } from './versions.ts';
import type { WireChange } from './wire.ts';
import { indexDigest } from './wire-index.ts';

const noBody = Buffer.alloc(0);

/** In place of a row id, which is never negative. */
const taken = -1;

/** A resource as it stands before a change. */
interface CurrentRow {
  rid: number;
  version: number;
  lastUpdated: number;
  /** See `indexDigest`. */
  digest: Buffer | null;
}

/** Checks and applies the commits of callers, within the writer's transaction. */
export class Commits {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #index: ResourceIndex;
  readonly #contained: ContainedRows;
  /** Of the search parameters, once this transaction has read it. */
  #generation: number | undefined;

  constructor(
    connection: Connection,
    dictionary: Dictionary,
    index: ResourceIndex,
    contained: ContainedRows,
  ) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#index = index;
    this.#contained = contained;
  }

  /** To be called when a transaction begins, and when one has changed the search parameters. */
  forgetGeneration(): void {
    this.#generation = undefined;
  }

  /** All checks come before the first row: a conflict leaves nothing to roll back. */
  apply(tenant: string, changes: readonly WireChange[]): CommitResult | 'outdated' {
    if (this.#isOutdated(changes)) return 'outdated';
    // Whether the name of one new resource is free its own row tells, the first that is written.
    const current = isOneNew(changes) ? new Map<string, CurrentRow>() : this.#current(tenant, changes);
    const conflict =
      versionConflict(changes, current) ??
      this.#identityConflict(tenant, changes) ??
      this.#claimConflict(tenant, changes);
    if (conflict !== undefined) return { ok: false, conflict };
    const replaced = Array.from(current.values(), ({ rid }) => rid);
    const rids = changes.map((change) =>
      change.purges ? this.#purge(tenant, change, current) : this.#write(tenant, change, current),
    );
    if (rids.includes(taken)) {
      return { ok: false, conflict: versionConflict(changes, this.#current(tenant, changes)) as Conflict };
    }
    const purged = rids.filter((_, position) => changes[position]?.purges);
    if (purged.length > 0) purgeRemains(this.#connection, purged);
    // A key may pass from one resource of the commit to another: all are given up before any is taken.
    for (const rid of replaced) this.#connection.run('DELETE FROM identity WHERE rid = ?', [rid]);
    changes.forEach((change, position) => {
      this.#takeKeys(tenant, change, rids[position] as number);
    });
    return { ok: true };
  }

  /** The search parameters were changed after index values were computed. */
  #isOutdated(changes: readonly WireChange[]): boolean {
    const [first, ...others] = new Set(changes.flatMap(({ generation }) => generation ?? []));
    if (first === undefined) return false;
    this.#generation ??= generationOf(this.#connection);
    return others.length > 0 || first !== this.#generation;
  }

  #identityConflict(tenant: string, changes: readonly WireChange[]): Conflict | undefined {
    const replaced = new Set(changes.map(referenceTo));
    const taken = new Map<string, ResourceKey>();
    for (const [change, { type, id, identityKeys }] of changes.entries()) {
      for (const key of identityKeys) {
        const stored = this.#holder('identity', tenant, key);
        const holder = taken.get(key) ?? (stored && !replaced.has(referenceTo(stored)) ? stored : undefined);
        if (holder !== undefined && referenceTo(holder) !== referenceTo({ type, id })) {
          return { kind: 'identity', change, key, holder };
        }
        taken.set(key, { type, id });
      }
    }
    return undefined;
  }

  #claimConflict(tenant: string, changes: readonly WireChange[]): Conflict | undefined {
    const taken = new Map<string, ResourceKey>();
    for (const [change, { type, id, claim }] of changes.entries()) {
      if (claim === undefined) continue;
      const { key, stale } = claim;
      const stored = this.#holder('claim', tenant, key);
      const yields =
        stored !== undefined && stale !== undefined && referenceTo(stored) === referenceTo(stale);
      const holder = taken.get(key) ?? (yields ? undefined : stored);
      if (holder !== undefined && referenceTo(holder) !== referenceTo({ type, id })) {
        return { kind: 'claim', change, key, holder };
      }
      taken.set(key, { type, id });
    }
    return undefined;
  }

  #holder(table: 'identity' | 'claim', tenant: string, key: string): ResourceKey | undefined {
    const row = this.#connection.row(
      `SELECT s.type, r.id FROM ${table} h CROSS JOIN resource r ON r.rid = h.rid
       CROSS JOIN scope s ON s.scope = r.scope WHERE h.tenant = ? AND h.key = ?`,
      [tenant, key],
    );
    return row && { type: row[0] as string, id: row[1] as string };
  }

  /** The rows of the resources that are changed, by name. */
  #current(tenant: string, changes: readonly WireChange[]): Map<string, CurrentRow> {
    const rows = new Map<string, CurrentRow>();
    for (const { type, id } of changes) {
      const row = this.#connection.row(
        'SELECT rid, version, updated, index_digest FROM resource WHERE scope = ? AND id = ?',
        [this.#dictionary.scope(tenant, type), id],
      ) as [number, number, number, Buffer | null] | undefined;
      if (row !== undefined) {
        const [rid, version, lastUpdated, digest] = row;
        rows.set(referenceTo({ type, id }), { rid, version, lastUpdated, digest });
      }
    }
    return rows;
  }

  /**
   * Writes the version and its index values; answers the resource's row id, which no later version changes, or `taken`
   * when another resource has the name of a new one.
   */
  #write(tenant: string, change: WireChange, rows: Map<string, CurrentRow>): number {
    const { type, id, version, lastUpdated, body, index } = change;
    const scope = this.#dictionary.scope(tenant, type);
    const digest = index === undefined ? null : indexDigest(index);
    const state = [
      version,
      lastUpdated,
      body === undefined ? 1 : 0,
      methodCode(change.method as WriteMethod),
      change.restricted ? 1 : 0,
      body === undefined ? noBody : Buffer.from(body),
      digest,
    ];
    const current = rows.get(referenceTo(change));
    const isNew = current === undefined;
    const rid = isNew ? this.#insert(scope, id, state) : this.#replace(current.rid, lastUpdated, state);
    if (rid === taken) return taken;
    rows.set(referenceTo(change), { rid, version, lastUpdated, digest });
    if (isNew || digest === null || current.digest?.equals(digest) !== true) {
      this.#index.replace({ rid, tenant, scope }, index, isNew);
    }
    this.#contained.replace(rid, tenant, change, isNew);
    this.#connection.run('INSERT INTO change (scope, rid, version) VALUES (?, ?, ?)', [scope, rid, version]);
    return rid;
  }

  /** Removes all that there is of a resource; answers the row id that it had. */
  #purge(tenant: string, { type, id }: WireChange, rows: Map<string, CurrentRow>): number {
    const current = rows.get(referenceTo({ type, id }));
    if (current === undefined) return none;
    const { rid } = current;
    rows.delete(referenceTo({ type, id }));
    // Index values that wait for their rows are among what is to go.
    this.#index.complete();
    this.#index.replace({ rid, tenant, scope: this.#dictionary.scope(tenant, type) }, undefined, false);
    for (const inner of this.#contained.of(rid)) {
      this.#index.replace({ rid: inner.rid, tenant, scope: inner.scope }, undefined, false);
      purgeRows(this.#connection, inner.rid);
    }
    purgeRows(this.#connection, rid);
    return rid;
  }

  #insert(scope: number, id: string, state: SqlValue[]): number {
    const { changes, lastInsertRowid } = this.#connection.run(
      `INSERT INTO resource (scope, id, version, updated, deleted, method, restricted, body, index_digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, id) DO NOTHING`,
      [scope, id, ...state],
    );
    return changes === 0 ? taken : Number(lastInsertRowid);
  }

  #replace(rid: number, ended: number, state: SqlValue[]): number {
    this.#connection.run(
      `INSERT INTO history (rid, version, updated, deleted, method, restricted, body, scope, ended)
       SELECT rid, version, updated, deleted, method, restricted, body, scope, ? FROM resource WHERE rid = ?`,
      [ended, rid],
    );
    this.#connection.run(
      `UPDATE resource SET version = ?, updated = ?, deleted = ?, method = ?, restricted = ?, body = ?,
         index_digest = ? WHERE rid = ?`,
      [...state, rid],
    );
    return rid;
  }

  #takeKeys(tenant: string, change: WireChange, rid: number): void {
    for (const key of change.identityKeys) {
      this.#connection.run(
        'INSERT INTO identity (tenant, key, rid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        [tenant, key, rid],
      );
    }
    if (change.claim !== undefined) {
      this.#connection.run('INSERT OR REPLACE INTO claim (tenant, key, rid) VALUES (?, ?, ?)', [
        tenant,
        change.claim.key,
        rid,
      ]);
    }
  }
}

function isOneNew(changes: readonly WireChange[]): boolean {
  const [only] = changes;
  return changes.length === 1 && only?.expectedVersion === 0 && !only.purges;
}

function versionConflict(
  changes: readonly WireChange[],
  current: ReadonlyMap<string, CurrentRow>,
): Conflict | undefined {
  const versions = new Map<string, number>();
  for (const [change, { type, id, expectedVersion, expectedLastUpdated, version }] of changes.entries()) {
    const name = referenceTo({ type, id });
    const made = versions.get(name);
    const row = made === undefined ? current.get(name) : undefined;
    const currentVersion = made ?? row?.version ?? 0;
    const isOther = row !== undefined && (expectedLastUpdated ?? row.lastUpdated) !== row.lastUpdated;
    if (currentVersion !== expectedVersion || isOther) return { kind: 'version', change, currentVersion };
    versions.set(name, version);
  }
  return undefined;
}
