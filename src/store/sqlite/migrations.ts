import type { Connection } from './connection.ts';
import { initial } from './migrations/0001-initial.ts';
import { changes } from './migrations/0002-changes.ts';
import { texts } from './migrations/0003-texts.ts';
import { deferredIndex } from './migrations/0004-deferred-index.ts';
import { ranges } from './migrations/0005-ranges.ts';
import { contained } from './migrations/0006-contained.ts';

/** Forward only: the statement list at position n brings a database of schema version n to n + 1. */
const migrations: readonly string[] = [initial, changes, texts, deferredIndex, ranges, contained];

/** The schema version that this program reads and writes. */
export const schemaVersion = migrations.length;

/**
 * Brings the database to `schemaVersion`, one transaction a step. Two processes that start together are safe: the
 * version is read again under the write lock.
 * @throws Error when a newer program made the database
 */
export function migrate(connection: Connection): void {
  let version = versionOf(connection);
  while (version < schemaVersion) {
    connection.write(() => {
      version = versionOf(connection);
      const migration = migrations[version];
      if (migration === undefined) return;
      connection.execute(migration);
      version += 1;
      connection.execute(`PRAGMA user_version = ${version}`);
    });
  }
  if (version > schemaVersion) {
    throw new Error(
      `The database has schema version ${version} and this program knows versions up to ${schemaVersion}: ` +
        'start the newer release that made it, or restore a backup',
    );
  }
}

function versionOf(connection: Connection): number {
  return connection.value('PRAGMA user_version') as number;
}
