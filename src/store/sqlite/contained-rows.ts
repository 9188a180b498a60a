import { containedId, containedType } from '../../search/contained.ts';
import type { Connection } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import type { ResourceIndex } from './resource-index.ts';
import { methodCode } from './versions.ts';
import type { WireChange, WireContained } from './wire.ts';

/** The version of a resource whose contained resources are kept. */
type Container = Pick<WireChange, 'type' | 'id' | 'version' | 'lastUpdated' | 'method' | 'contained'>;

/** Keeps what resources contain as rows that can be searched, within the transaction of their commit. */
export class ContainedRows {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #index: ResourceIndex;

  constructor(connection: Connection, dictionary: Dictionary, index: ResourceIndex) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#index = index;
  }

  /**
   * Makes these the contained resources of a version, none for a deletion. Rows stay with their names: one that is
   * not there any more is kept as deleted.
   */
  replace(container: number, tenant: string, change: Container, isNew: boolean): void {
    const before = isNew ? [] : this.of(container);
    const stored = new Map(before.map((row) => [`${row.scope}/${row.id}`, row]));
    for (const one of change.contained) {
      const scope = this.#dictionary.scope(tenant, containedType(one.type));
      const id = containedId(change, one.id);
      const known = stored.get(`${scope}/${id}`)?.rid;
      const rid = known ?? this.#insert(container, scope, id);
      stored.delete(`${scope}/${id}`);
      this.#update(rid, change, one);
      this.#index.replace({ rid, tenant, scope }, one.index, known === undefined);
    }
    for (const { rid, scope } of stored.values()) {
      this.#update(rid, change, undefined);
      this.#index.replace({ rid, tenant, scope }, undefined, false);
    }
  }

  /** The rows of what a resource contains or once contained. */
  of(container: number): { rid: number; scope: number; id: string }[] {
    const rows = this.#connection.rows(
      `SELECT c.rid, r.scope, r.id FROM contained c CROSS JOIN resource r ON r.rid = c.rid
       WHERE c.container = ?`,
      [container],
    ) as [number, number, string][];
    return rows.map(([rid, scope, id]) => ({ rid, scope, id }));
  }

  #insert(container: number, scope: number, id: string): number {
    const { lastInsertRowid } = this.#connection.run(
      `INSERT INTO resource (scope, id, version, updated, deleted, method, restricted, body)
       VALUES (?, ?, 0, 0, 1, 0, 0, x'')`,
      [scope, id],
    );
    const rid = Number(lastInsertRowid);
    this.#connection.run('INSERT INTO contained (container, rid) VALUES (?, ?)', [container, rid]);
    return rid;
  }

  #update(rid: number, change: Container, one: WireContained | undefined): void {
    this.#connection.run(
      `UPDATE resource SET version = ?, updated = ?, deleted = ?, method = ?, restricted = ?, body = ?
       WHERE rid = ?`,
      [
        change.version,
        change.lastUpdated,
        one === undefined ? 1 : 0,
        methodCode(change.method),
        one?.restricted ? 1 : 0,
        Buffer.from(one?.body ?? ''),
        rid,
      ],
    );
  }
}
