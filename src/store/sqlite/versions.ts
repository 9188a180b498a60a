import { isContainedType } from '../../search/contained.ts';
import type {
  ChangedVersion,
  DeletedPage,
  DeletedResource,
  DeletedResources,
  HistoryPage,
  ResourceKey,
  StoredVersion,
  WriteMethod,
} from '../contract.ts';
import type { Connection, Row } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import type { RecentVersions } from './recent-versions.ts';
import type { Sql } from './sql.ts';

const methods: readonly WriteMethod[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** A method as the database writes it. */
export function methodCode(method: WriteMethod): number {
  return methods.indexOf(method);
}

/** The method that the database writes as this number. */
export function methodOf(code: number): WriteMethod {
  return methods[code] as WriteMethod;
}

const columns = 'version, updated, deleted, method, restricted, body';

/** Rows up to this number are read faster one by one than by a list. */
const fewRows = 4;

/** Reads stored versions by their names. */
export class Versions {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #recent: RecentVersions | undefined;

  /** @param recent what searches found lately is taken from there */
  constructor(connection: Connection, dictionary: Dictionary, recent?: RecentVersions) {
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#recent = recent;
  }

  current(tenant: string, type: string, id: string): StoredVersion | undefined {
    const row = this.#connection.row(`SELECT ${columns} FROM resource WHERE scope = ? AND id = ?`, [
      this.#dictionary.scope(tenant, type),
      id,
    ]);
    return row && storedVersion(type, id, row);
  }

  /**
   * The current versions of resources that a search found, in the order of the row ids: to be called in the transaction
   * that found them.
   */
  byRows(type: string, rids: readonly number[]): StoredVersion[] {
    // What a resource contains changes with it, which alone is noted as a change.
    if (this.#recent === undefined || isContainedType(type))
      return this.#stored(type, rids).map(([, version]) => version);
    const recent = this.#recent;
    recent.refresh();
    const known = rids.map((rid) => recent.get(rid));
    const missing = rids.filter((_rid, at) => known[at] === undefined);
    if (missing.length === 0) return known as StoredVersion[];
    const read = new Map(this.#stored(type, missing));
    for (const [rid, version] of read) recent.keep(rid, version);
    return rids.flatMap((rid, at) => known[at] ?? read.get(rid) ?? []);
  }

  /** Versions with their row ids, in the order of the list. */
  #stored(type: string, rids: readonly number[]): [rid: number, version: StoredVersion][] {
    const rows =
      rids.length <= fewRows
        ? rids.flatMap((rid) =>
            this.#connection.rows(`SELECT ${columns}, id, rid FROM resource WHERE rid = ?`, [rid]),
          )
        : this.#connection.rows(
            `SELECT ${columns}, t.id, t.rid FROM json_each(?) c CROSS JOIN resource t ON t.rid = c.value`,
            [JSON.stringify(rids)],
          );
    return rows.map((row) => [row[7] as number, storedVersion(type, row[6] as string, row)]);
  }

  /** The current versions of resources along a walk, whose rows begin with their row ids. */
  along(type: string, walk: Sql): { rid: number; version: StoredVersion }[] {
    // No ORDER BY outside: the join keeps the order of the walk.
    const rows = this.#connection.rows(
      `SELECT ${columns}, t.id, t.rid FROM (${walk.text}) w CROSS JOIN resource t ON t.rid = w.rid`,
      walk.values,
    );
    return rows.map((row) => ({
      rid: row[7] as number,
      version: storedVersion(type, row[6] as string, row),
    }));
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
    const found = new Map<string, StoredVersion>();
    for (const type of new Set(keys.map((key) => key.type))) {
      const ids = keys.filter((key) => key.type === type).map(({ id }) => id);
      const rows = this.#connection.rows(
        `SELECT ${columns}, t.id FROM json_each(?) c CROSS JOIN resource t ON t.scope = ? AND t.id = c.value
         WHERE t.deleted = 0`,
        [JSON.stringify(ids), this.#dictionary.scope(tenant, type)],
      );
      for (const row of rows) found.set(`${type}/${row[6]}`, storedVersion(type, row[6] as string, row));
    }
    return keys.flatMap(({ type, id }) => found.get(`${type}/${id}`) ?? []);
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

  /** Local targets of reference parameters over these resources. */
  targets(
    tenant: string,
    type: string,
    ids: readonly string[],
    parameters: readonly string[],
  ): ResourceKey[] {
    const scope = this.#dictionary.scope(tenant, type);
    const rows = this.#connection.rows(
      `SELECT DISTINCT v.target, v.target_id FROM json_each(?) c
       CROSS JOIN resource t ON t.scope = ? AND t.id = c.value
       CROSS JOIN reference_value v INDEXED BY reference_by_resource
         ON v.rid = t.rid AND v.p IN (${parameters.map(() => '?').join(', ')})
       WHERE v.target <> 0`,
      [JSON.stringify(ids), scope, ...parameters.map((code) => this.#dictionary.parameter(scope, code))],
    );
    return rows
      .map(([target, id]) => ({ type: this.#dictionary.typeOf(target as number), id: id as string }))
      .filter(({ type }) => !isContainedType(type));
  }

  deletedResources(tenant: string, { type, count, cursor = '-1:0' }: DeletedPage): DeletedResources {
    const place = cursor.split(':').map(Number);
    const rows = this.#connection.rows(
      `SELECT r.id, r.version, h.body, r.updated, r.rid FROM resource r INDEXED BY resource_deleted
       CROSS JOIN history h INDEXED BY history_by_version ON h.rid = r.rid AND h.version = r.version - 1
       WHERE r.scope = ? AND r.deleted = 1 AND (r.updated, r.rid) > (?, ?) ORDER BY r.updated, r.rid LIMIT ?`,
      [this.#dictionary.scope(tenant, type), ...place, count + 1],
    );
    const resources = rows.slice(0, count).map(
      ([id, version, lastBody]): DeletedResource => ({
        type,
        id: id as string,
        version: version as number,
        lastBody: lastBody as Buffer,
      }),
    );
    const last = rows[count - 1];
    return last !== undefined && rows.length > count
      ? { resources, next: last.slice(3).join(':') }
      : { resources };
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
    method: methodOf(row[3] as number),
    restricted: row[4] === 1,
    body: row[5] as Buffer,
  };
}
