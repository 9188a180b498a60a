import type {
  ExpiringValue,
  IndexedVersion,
  Secret,
  StoredClaim,
  Transfer,
  TransferBatch,
  TransferPage,
  TransferredVersion,
  TypeSize,
} from '../transfer.ts';
import { pageBytes } from '../transfer.ts';
import type { Connection, Row } from './connection.ts';
import type { SearchGate } from './search-gate.ts';
import { secretPrefix, transferNoteKey } from './transfer-rows.ts';
import { methodOf } from './versions.ts';
import { type TransferOperation, type WireChange, wireContained } from './wire.ts';
import { wireIndex } from './wire-index.ts';
import type { Writer } from './writer.ts';

/** A version by its place in the order of the transfer. */
interface Place {
  rid: number;
  version: number;
  bytes: number;
  isCurrent: boolean;
}

const columns = 's.tenant, s.type, r.id, v.version, v.updated, v.deleted, v.method, v.restricted, v.body';

/** The whole of an embedded database. */
export class SqliteTransfer implements Transfer {
  readonly #connection: Connection;
  readonly #writer: Writer;
  readonly #gate: SearchGate;

  constructor(connection: Connection, writer: Writer, gate: SearchGate) {
    this.#connection = connection;
    this.#writer = writer;
    this.#gate = gate;
  }

  async sizes(): Promise<TypeSize[]> {
    const rows = this.#connection.rows(
      `SELECT tenant, type, (SELECT count(*) FROM resource r WHERE r.scope = s.scope) +
         (SELECT count(*) FROM history h WHERE h.scope = s.scope)
       FROM scope s WHERE type NOT LIKE '%#' ORDER BY tenant, type`,
    ) as [string, string, number][];
    return rows
      .map(([tenant, type, versions]) => ({ tenant, type, versions }))
      .filter(({ versions }) => versions > 0);
  }

  async versions(count: number, place?: string): Promise<TransferPage<TransferredVersion>> {
    const [rid = 0, version = 0] = (place ?? '').split(':').map(Number);
    return this.#connection.read(() => {
      const places = this.#places(rid, version, count);
      const items = places.map((each) => this.#version(each));
      const last = places.at(-1);
      return last === undefined ? { items } : { items, next: `${last.rid}:${last.version}` };
    });
  }

  async claims(count: number, place?: string): Promise<TransferPage<StoredClaim>> {
    const [tenant, key] = place === undefined ? ['', ''] : (JSON.parse(place) as [string, string]);
    const rows = this.#connection.rows(
      `SELECT c.tenant, c.key, s.type, r.id FROM claim c CROSS JOIN resource r ON r.rid = c.rid
       CROSS JOIN scope s ON s.scope = r.scope WHERE (c.tenant, c.key) > (?, ?) ORDER BY c.tenant, c.key LIMIT ?`,
      [tenant, key, count],
    ) as [string, string, string, string][];
    const items = rows.map(([of, name, type, id]) => ({ tenant: of, key: name, type, id }));
    return pageOf(items, (last) => JSON.stringify([last.tenant, last.key]));
  }

  async expiring(count: number, place = ''): Promise<TransferPage<ExpiringValue>> {
    const rows = this.#connection.rows(
      'SELECT key, value, expires, grouped FROM expiring WHERE key > ? AND expires > ? ORDER BY key LIMIT ?',
      [place, Date.now(), count],
    ) as [string, string, number, string | null][];
    const items = rows.map(([key, value, expires, group]) => ({
      key,
      value,
      expires,
      ...(group === null ? {} : { group }),
    }));
    return pageOf(items, ({ key }) => key);
  }

  async secrets(): Promise<Secret[]> {
    const rows = this.#connection.rows('SELECT key, value FROM meta WHERE key LIKE ? ORDER BY key', [
      `${secretPrefix}%`,
    ]) as [string, Buffer][];
    return rows.map(([key, bytes]) => ({ name: key.slice(secretPrefix.length), bytes }));
  }

  async note(): Promise<string | undefined> {
    return this.#connection.value('SELECT value FROM meta WHERE key = ?', [transferNoteKey])?.toString();
  }

  async write({
    versions = [],
    claims = [],
    expiring = [],
    secrets = [],
    note,
  }: TransferBatch): Promise<void> {
    this.#gate.beforeCommit();
    await this.#writer.send({
      kind: 'transfer',
      parts: partsOf(versions),
      claims: [...claims],
      expiring: [...expiring],
      secrets: [...secrets],
      note,
    });
  }

  /** The next versions, without those that one page does not hold. */
  #places(rid: number, version: number, count: number): Place[] {
    const after = [rid, rid, version, count];
    const current = this.#connection.rows(
      `SELECT r.rid, r.version, length(r.body) FROM resource r CROSS JOIN scope s ON s.scope = r.scope
       WHERE r.rid >= ? AND (r.rid, r.version) > (?, ?) AND s.type NOT LIKE '%#' ORDER BY r.rid LIMIT ?`,
      after,
    );
    const superseded = this.#connection.rows(
      `SELECT rid, version, length(body) FROM history INDEXED BY history_by_version
       WHERE rid >= ? AND (rid, version) > (?, ?) ORDER BY rid, version LIMIT ?`,
      after,
    );
    const all = [
      ...current.map((row) => placeOf(row, true)),
      ...superseded.map((row) => placeOf(row, false)),
    ];
    all.sort((a, b) => a.rid - b.rid || a.version - b.version);
    let bytes = 0;
    return all.slice(0, count).filter((place, position) => {
      bytes += place.bytes;
      return position === 0 || bytes <= pageBytes;
    });
  }

  #version({ rid, version, isCurrent }: Place): TransferredVersion {
    const row = this.#connection.row(
      `SELECT ${columns} FROM resource r CROSS JOIN scope s ON s.scope = r.scope
       ${isCurrent ? 'CROSS JOIN resource v ON v.rid = r.rid' : 'CROSS JOIN history v INDEXED BY history_by_version ON v.rid = r.rid AND v.version = ?'}
       WHERE r.rid = ?`,
      isCurrent ? [rid] : [version, rid],
    ) as Row;
    const keys = isCurrent ? this.#connection.rows('SELECT key FROM identity WHERE rid = ?', [rid]) : [];
    return {
      tenant: row[0] as string,
      type: row[1] as string,
      id: row[2] as string,
      version,
      lastUpdated: row[4] as number,
      deleted: row[5] === 1,
      method: methodOf(row[6] as number),
      restricted: row[7] === 1,
      body: row[8] as Buffer,
      isCurrent,
      identityKeys: keys.map(([key]) => key as string),
    };
  }
}

function placeOf([rid, version, bytes]: Row, isCurrent: boolean): Place {
  return { rid: rid as number, version: version as number, bytes: bytes as number, isCurrent };
}

function pageOf<T>(items: T[], placeAfter: (last: T) => string): TransferPage<T> {
  const last = items.at(-1);
  return last === undefined ? { items } : { items, next: placeAfter(last) };
}

/** The versions of each tenant as changes. */
function partsOf(versions: readonly IndexedVersion[]): TransferOperation['parts'] {
  const parts = new Map<string, WireChange[]>();
  for (const version of versions) {
    const changes = parts.get(version.tenant) ?? [];
    changes.push(wireVersion(version));
    parts.set(version.tenant, changes);
  }
  return [...parts].map(([tenant, changes]) => ({ tenant, changes }));
}

function wireVersion(stored: IndexedVersion): WireChange {
  const { type, id, version, lastUpdated, method, restricted, deleted, index } = stored;
  return {
    type,
    id,
    version,
    expectedVersion: version - 1,
    expectedLastUpdated: undefined,
    lastUpdated,
    method,
    restricted,
    purges: false,
    body: deleted ? undefined : stored.body.toString(),
    index: index && wireIndex(index),
    generation: index?.generation,
    identityKeys: stored.identityKeys,
    claim: undefined,
    contained: stored.contained.map(wireContained),
  };
}
