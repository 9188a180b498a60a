import type { Connection, SqlValue } from './connection.ts';

/** The id of what the database has never seen: no row holds it. */
export const unknown = -1;

/** The id that stands for "no system" and for a reference that leaves this server. */
export const none = 0;

/** Names kept in memory for each kind; a clumsy client can use any number of systems. */
const rememberedNames = 50_000;

/**
 * Short integers for the texts that index rows repeat: scopes (one type of one tenant), search parameters of a
 * scope, and code systems. A dictionary that may write gives new names an id; the others answer an id of no row.
 */
export class Dictionary {
  readonly #connection: Connection;
  readonly #scopes: Names;
  readonly #parameters: Names;
  readonly #systems: Names;
  readonly #types = new Map<number, string>();

  constructor(connection: Connection, use: 'read' | 'write') {
    const writes = use === 'write';
    this.#connection = connection;
    this.#scopes = new Names(connection, writes, 'scope', 'scope', ['tenant', 'type']);
    this.#parameters = new Names(connection, writes, 'parameter', 'p', ['scope', 'code']);
    this.#systems = new Names(connection, writes, 'system', 'system', ['uri']);
  }

  scope(tenant: string, type: string): number {
    return this.#scopes.id(`${type}/${tenant}`, [tenant, type]);
  }

  /** True when a resource of this type was ever written for the tenant. */
  hasScope(tenant: string, type: string): boolean {
    return this.scope(tenant, type) !== unknown;
  }

  /** The types that a resource of the tenant was ever written of. */
  heldTypes(tenant: string): Set<string> {
    const rows = this.#connection.rows('SELECT type FROM scope WHERE tenant = ?', [tenant]);
    return new Set(rows.map(([type]) => type as string));
  }

  parameter(scope: number, code: string): number {
    return this.#parameters.id(`${scope}/${code}`, [scope, code]);
  }

  system(uri: string): number {
    return this.#systems.id(uri, [uri]);
  }

  /** The resource type of a scope that rows of the database name. */
  typeOf(scope: number): string {
    let type = this.#types.get(scope);
    if (type === undefined) {
      type = this.#connection.value('SELECT type FROM scope WHERE scope = ?', [scope]) as string;
      this.#types.set(scope, type);
    }
    return type;
  }

  /** Drops what is remembered, after a rollback that may have taken new names back. */
  forget(): void {
    for (const names of [this.#scopes, this.#parameters, this.#systems]) names.forget();
    this.#types.clear();
  }
}

class Names {
  readonly #connection: Connection;
  readonly #writes: boolean;
  readonly #select: string;
  readonly #insert: string;
  readonly #ids = new Map<string, number>();

  constructor(
    connection: Connection,
    writes: boolean,
    table: string,
    id: string,
    columns: readonly string[],
  ) {
    this.#connection = connection;
    this.#writes = writes;
    this.#select = `SELECT ${id} FROM ${table} WHERE ${columns.map((column) => `${column} = ?`).join(' AND ')}`;
    this.#insert = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  }

  id(name: string, values: readonly SqlValue[]): number {
    const remembered = this.#ids.get(name);
    if (remembered !== undefined) return remembered;
    let id = this.#connection.value(this.#select, values) as number | undefined;
    if (id === undefined) {
      if (!this.#writes) return unknown;
      id = Number(this.#connection.run(this.#insert, values).lastInsertRowid);
    }
    if (this.#ids.size >= rememberedNames) this.#ids.clear();
    this.#ids.set(name, id);
    return id;
  }

  forget(): void {
    this.#ids.clear();
  }
}
