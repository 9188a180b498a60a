import type { ExpiringStore } from '../contract.ts';
import type { Connection } from './connection.ts';
import type { Writer } from './writer.ts';

/** The expiring values of a database: reads here and now, writes durable like any other. */
export class SqliteExpiringStore implements ExpiringStore {
  readonly #connection: Connection;
  readonly #writer: Writer;

  constructor(connection: Connection, writer: Writer) {
    this.#connection = connection;
    this.#writer = writer;
  }

  async get(key: string): Promise<string | undefined> {
    const sql = 'SELECT value FROM expiring WHERE key = ? AND expires > ?';
    return this.#connection.value(sql, [key, Date.now()]) as string | undefined;
  }

  put(key: string, value: string, ttl: number, group?: string): Promise<void> {
    return this.#writer.send({ kind: 'put', key, value, ttl, group });
  }

  take(key: string): Promise<string | undefined> {
    return this.#writer.send({ kind: 'take', key });
  }

  putIfAbsent(key: string, value: string, ttl: number, group?: string): Promise<boolean> {
    return this.#writer.send({ kind: 'putIfAbsent', key, value, ttl, group });
  }

  increment(key: string, ttl: number): Promise<{ count: number; expiresAt: number }> {
    return this.#writer.send({ kind: 'increment', key, ttl });
  }

  deleteByGroup(group: string): Promise<void> {
    return this.#writer.send({ kind: 'deleteByGroup', group });
  }
}
