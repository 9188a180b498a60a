import type { ChangedVersion, HistoryPage, ResourceKey, StoredVersion, WriteMethod } from '../contract.ts';
import type { Connection, Row } from './connection.ts';
import type { Dictionary } from './dictionary.ts';

const methods: readonly WriteMethod[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** A method as the database writes it. */
export function methodCode(method: WriteMethod): number {
  return methods.indexOf(method);
}

const columns = 'version, updated, deleted, method, restricted, body';

/** Reads stored versions by their names. */
export class Versions {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;

  constructor(connection: Connection, dictionary: Dictionary) {
    this.#connection = connection;
    this.#dictionary = dictionary;
  }

  current(tenant: string, type: string, id: string): StoredVersion | undefined {
    const row = this.#connection.row(`SELECT ${columns} FROM resource WHERE scope = ? AND id = ?`, [
      this.#dictionary.scope(tenant, type),
      id,
    ]);
    return row && storedVersion(type, id, row);
  }

  /** The current version of a resource that a search found. */
  byRow(type: string, rid: number): StoredVersion {
    const row = this.#connection.row(`SELECT ${columns}, id FROM resource WHERE rid = ?`, [rid]) as Row;
    return storedVersion(type, row[6] as string, row);
  }

  /** A version that a history found, whichever of its resource it is by now. */
  byChange(rid: number, version: number): ChangedVersion {
    const [scope, id, current] = this.#connection.row(
      'SELECT scope, id, version FROM resource WHERE rid = ?',
      [rid],
    ) as [number, string, number];
    const row =
      current === version
        ? this.#connection.row(`SELECT ${columns} FROM resource WHERE rid = ?`, [rid])
        : this.#connection.row(`SELECT ${columns} FROM history WHERE rid = ? AND version = ?`, [
            rid,
            version,
          ]);
    const before = this.#connection.value('SELECT deleted FROM history WHERE rid = ? AND version = ?', [
      rid,
      version - 1,
    ]);
    return {
      ...storedVersion(this.#dictionary.typeOf(scope), id, row as Row),
      created: version === 1 || before === 1,
    };
  }

  version(tenant: string, type: string, id: string, version: number): StoredVersion | undefined {
    const current = this.current(tenant, type, id);
    if (current === undefined || current.version === version) return current;
    return this.#superseded(tenant, type, id, 'version = ?', [version], 1)[0];
  }

  /** Current, not deleted versions in the order of the keys. */
  many(tenant: string, keys: readonly ResourceKey[]): StoredVersion[] {
    return keys
      .map(({ type, id }) => this.current(tenant, type, id))
      .filter((version) => version !== undefined && !version.deleted) as StoredVersion[];
  }

  history(tenant: string, type: string, id: string, page: HistoryPage): StoredVersion[] {
    const { count, before = Number.MAX_SAFE_INTEGER, after = 0, since = Number.MIN_SAFE_INTEGER, at } = page;
    const current = this.current(tenant, type, id);
    if (current === undefined || count <= 0) return [];
    const { low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER } = at ?? {};
    const { version, lastUpdated } = current;
    const isWithin = version < before && version > after && lastUpdated >= since && lastUpdated < high;
    const newest = isWithin ? [current] : [];
    const condition = 'version < ? AND version > ? AND updated >= ? AND updated < ? AND ended > ?';
    const bounds = [before, after, since, high, low];
    if (page.oldestFirst) {
      const superseded = this.#superseded(tenant, type, id, condition, bounds, count, 'ASC');
      return [...superseded, ...newest].slice(0, count);
    }
    return [...newest, ...this.#superseded(tenant, type, id, condition, bounds, count - newest.length)];
  }

  /** Local targets of a reference parameter over these resources. */
  targets(tenant: string, type: string, ids: readonly string[], parameter: string): ResourceKey[] {
    const scope = this.#dictionary.scope(tenant, type);
    const rows = this.#connection.rows(
      `SELECT DISTINCT v.target, v.target_id FROM json_each(?) c
       CROSS JOIN resource t ON t.scope = ? AND t.id = c.value
       CROSS JOIN reference_value v INDEXED BY reference_by_resource ON v.rid = t.rid AND v.p = ?
       WHERE v.target <> 0`,
      [JSON.stringify(ids), scope, this.#dictionary.parameter(scope, parameter)],
    );
    return rows.map(([target, id]) => ({
      type: this.#dictionary.typeOf(target as number),
      id: id as string,
    }));
  }

  #superseded(
    tenant: string,
    type: string,
    id: string,
    condition: string,
    values: readonly number[],
    count: number,
    order: 'ASC' | 'DESC' = 'DESC',
  ): StoredVersion[] {
    const rows = this.#connection.rows(
      `SELECT ${columns} FROM history
       WHERE rid = (SELECT rid FROM resource WHERE scope = ? AND id = ?) AND ${condition}
       ORDER BY version ${order} LIMIT ?`,
      [this.#dictionary.scope(tenant, type), id, ...values, count],
    );
    return rows.map((row) => storedVersion(type, id, row));
  }
}

function storedVersion(type: string, id: string, row: Row): StoredVersion {
  return {
    type,
    id,
    version: row[0] as number,
    lastUpdated: row[1] as number,
    deleted: row[2] === 1,
    method: methods[row[3] as number] as WriteMethod,
    restricted: row[4] === 1,
    body: row[5] as Buffer,
  };
}
