import type { Connection } from './connection.ts';
import type { ExpiringOperation } from './wire.ts';

/** Values past their end that one transaction removes at most. */
const purgeLimit = 1_000;

/** Changes expiring values, within the writer's transaction. */
export class ExpiringRows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  apply(operation: ExpiringOperation): unknown {
    const now = Date.now();
    switch (operation.kind) {
      case 'put':
        this.#put(operation, now, Number.MAX_SAFE_INTEGER);
        return undefined;
      case 'putIfAbsent':
        return this.#put(operation, now, now);
      case 'take': {
        const row = this.#connection.row('DELETE FROM expiring WHERE key = ? RETURNING value, expires', [
          operation.key,
        ]);
        return row !== undefined && (row[1] as number) > now ? row[0] : undefined;
      }
      case 'increment':
        return this.#increment(operation.key, now, operation.ttl);
      case 'deleteByGroup':
        this.#connection.run('DELETE FROM expiring WHERE grouped = ?', [operation.group]);
        return undefined;
      case 'purge':
        this.#connection.run(
          'DELETE FROM expiring WHERE key IN (SELECT key FROM expiring WHERE expires <= ? LIMIT ?)',
          [now, purgeLimit],
        );
        return undefined;
    }
  }

  /** Replaces a value that ends at `replaceable` or before; false when a longer one is there. */
  #put(operation: Extract<ExpiringOperation, { value: string }>, now: number, replaceable: number): boolean {
    const { key, value, ttl, group } = operation;
    const { changes } = this.#connection.run(
      `INSERT INTO expiring (key, value, expires, grouped) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE
       SET value = excluded.value, expires = excluded.expires, grouped = excluded.grouped
       WHERE expires <= ?`,
      [key, value, Math.ceil(now + ttl), group ?? null, replaceable],
    );
    return changes === 1;
  }

  #increment(key: string, now: number, ttl: number): { count: number; expiresAt: number } {
    const [count, expiresAt] = this.#connection.row(
      `INSERT INTO expiring (key, value, expires) VALUES (?, '1', ?)
       ON CONFLICT (key) DO UPDATE
       SET value = iif(expires <= ?, '1', CAST(CAST(value AS INTEGER) + 1 AS TEXT)),
           expires = iif(expires <= ?, excluded.expires, expires)
       RETURNING CAST(value AS INTEGER), expires`,
      [key, Math.ceil(now + ttl), now, now],
    ) as [number, number];
    return { count, expiresAt };
  }
}
