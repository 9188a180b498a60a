import type { CommitResult, Conflict, ResourceKey, WriteMethod } from '../contract.ts';
import type { Connection } from './connection.ts';
import type { ContainedRows } from './contained-rows.ts';
import { type Dictionary, none } from './dictionary.ts';
import { generationOf } from './indexed-parameters.ts';
import { purgeRemains, purgeRows } from './purge.ts';
import type { ResourceIndex } from './resource-index.ts';
import { methodCode } from './versions.ts';
import type { WireChange } from './wire.ts';

const noBody = Buffer.alloc(0);

/** Checks and applies the commits of callers, within the writer's transaction. */
export class Commits {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #index: ResourceIndex;
  readonly #contained: ContainedRows;

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

  /** All checks come before the first row: a conflict leaves nothing to roll back. */
  apply(tenant: string, changes: readonly WireChange[]): CommitResult | 'outdated' {
    if (this.#isOutdated(changes)) return 'outdated';
    const conflict =
      this.#versionConflict(tenant, changes) ??
      this.#identityConflict(tenant, changes) ??
      this.#claimConflict(tenant, changes);
    if (conflict !== undefined) return { ok: false, conflict };
    const rids = changes.map((change) =>
      change.purges ? this.#purge(tenant, change) : this.#write(tenant, change),
    );
    const purged = rids.filter((_, position) => changes[position]?.purges);
    if (purged.length > 0) purgeRemains(this.#connection, purged);
    // A key may pass from one resource of the commit to another: all are given up before any is taken.
    for (const rid of rids) this.#connection.run('DELETE FROM identity WHERE rid = ?', [rid]);
    changes.forEach((change, position) => {
      this.#takeKeys(tenant, change, rids[position] as number);
    });
    return { ok: true };
  }

  /** The search parameters were changed after index values were computed. */
  #isOutdated(changes: readonly WireChange[]): boolean {
    const [first, ...others] = new Set(changes.flatMap(({ generation }) => generation ?? []));
    return first !== undefined && (others.length > 0 || first !== generationOf(this.#connection));
  }

  #versionConflict(tenant: string, changes: readonly WireChange[]): Conflict | undefined {
    const versions = new Map<string, number>();
    for (const [change, { type, id, expectedVersion, version }] of changes.entries()) {
      const name = `${type}/${id}`;
      const currentVersion = versions.get(name) ?? this.#current(tenant, type, id)?.version ?? 0;
      if (currentVersion !== expectedVersion) return { kind: 'version', change, currentVersion };
      versions.set(name, version);
    }
    return undefined;
  }

  #identityConflict(tenant: string, changes: readonly WireChange[]): Conflict | undefined {
    const replaced = new Set(changes.map(nameOf));
    const taken = new Map<string, ResourceKey>();
    for (const [change, { type, id, identityKeys }] of changes.entries()) {
      for (const key of identityKeys) {
        const stored = this.#holder('identity', tenant, key);
        const holder = taken.get(key) ?? (stored && !replaced.has(nameOf(stored)) ? stored : undefined);
        if (holder !== undefined && nameOf(holder) !== nameOf({ type, id })) {
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
      const yields = stored !== undefined && stale !== undefined && nameOf(stored) === nameOf(stale);
      const holder = taken.get(key) ?? (yields ? undefined : stored);
      if (holder !== undefined && nameOf(holder) !== nameOf({ type, id })) {
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

  #current(tenant: string, type: string, id: string): { rid: number; version: number } | undefined {
    const row = this.#connection.row('SELECT rid, version FROM resource WHERE scope = ? AND id = ?', [
      this.#dictionary.scope(tenant, type),
      id,
    ]);
    return row && { rid: row[0] as number, version: row[1] as number };
  }

  /** Writes the version and its index values; answers the resource's row id, which no later version changes. */
  #write(tenant: string, change: WireChange): number {
    const { type, id, version, lastUpdated, body, index } = change;
    const scope = this.#dictionary.scope(tenant, type);
    const state = [
      version,
      lastUpdated,
      body === undefined ? 1 : 0,
      methodCode(change.method as WriteMethod),
      change.restricted ? 1 : 0,
      body === undefined ? noBody : Buffer.from(body),
    ];
    const current = this.#current(tenant, type, id);
    const rid =
      current === undefined ? this.#insert(scope, id, state) : this.#replace(current.rid, lastUpdated, state);
    this.#index.replace({ rid, tenant, scope }, index, current === undefined);
    this.#contained.replace(rid, tenant, change, current === undefined);
    return rid;
  }

  /** Removes all that there is of a resource; answers the row id that it had. */
  #purge(tenant: string, { type, id }: WireChange): number {
    const current = this.#current(tenant, type, id);
    if (current === undefined) return none;
    const { rid } = current;
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

  #insert(scope: number, id: string, state: (number | Buffer)[]): number {
    const { lastInsertRowid } = this.#connection.run(
      `INSERT INTO resource (scope, id, version, updated, deleted, method, restricted, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [scope, id, ...state],
    );
    return Number(lastInsertRowid);
  }

  #replace(rid: number, ended: number, state: (number | Buffer)[]): number {
    this.#connection.run(
      `INSERT INTO history (rid, version, updated, deleted, method, restricted, body, scope, ended)
       SELECT rid, version, updated, deleted, method, restricted, body, scope, ? FROM resource WHERE rid = ?`,
      [ended, rid],
    );
    this.#connection.run(
      `UPDATE resource SET version = ?, updated = ?, deleted = ?, method = ?, restricted = ?, body = ?
       WHERE rid = ?`,
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

function nameOf({ type, id }: ResourceKey): string {
  return `${type}/${id}`;
}
