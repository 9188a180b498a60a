import type { Commits } from './commit.ts';
import type { Connection } from './connection.ts';
import type { TransferOperation } from './wire.ts';

/** Keys of `meta`: those of secrets begin so, and the note of the last batch of a transfer. */
export const secretPrefix = 'secret:';
export const transferNoteKey = 'transfer';

/**
 * See `Transfer.write`; within the writer's transaction.
 * @throws Error when a version cannot be written as it is
 */
export function writeTransfer(
  connection: Connection,
  commits: Commits,
  { parts, claims, expiring, secrets, note }: TransferOperation,
): void {
  for (const { tenant, changes } of parts) {
    const result = commits.apply(tenant, changes);
    if (result === 'outdated') throw new Error('The search parameters of the target were changed');
    if (!result.ok) {
      const { kind, change } = result.conflict;
      throw new Error(`Something else was written to the target (${kind} of ${changes[change]?.type})`);
    }
  }
  for (const { tenant, key, type, id } of claims) {
    connection.run(
      `INSERT OR REPLACE INTO claim (tenant, key, rid)
       SELECT s.tenant, ?, r.rid FROM scope s CROSS JOIN resource r ON r.scope = s.scope
       WHERE s.tenant = ? AND s.type = ? AND r.id = ?`,
      [key, tenant, type, id],
    );
  }
  for (const { key, value, expires, group } of expiring) {
    connection.run('INSERT OR REPLACE INTO expiring (key, value, expires, grouped) VALUES (?, ?, ?, ?)', [
      key,
      value,
      expires,
      group ?? null,
    ]);
  }
  for (const { name, bytes } of secrets) write(connection, `${secretPrefix}${name}`, Buffer.from(bytes));
  write(connection, transferNoteKey, Buffer.from(note));
}

function write(connection: Connection, key: string, value: Buffer): void {
  connection.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', [key, value]);
}
