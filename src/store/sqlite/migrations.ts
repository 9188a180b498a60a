import type { Connection } from './connection.ts';
import { initial } from './migrations/0001-initial.ts';
import { changes } from './migrations/0002-changes.ts';
import { texts } from './migrations/0003-texts.ts';
import { deferredIndex } from './migrations/0004-deferred-index.ts';
import { ranges } from './migrations/0005-ranges.ts';
import { contained } from './migrations/0006-contained.ts';
import { indexDigest } from './migrations/0007-index-digest.ts';
import { searchValues } from './migrations/0008-search-values.ts';
import { changeOrder } from './migrations/0009-change-order.ts';
import { canonicalVersions } from './migrations/0010-canonical-versions.ts';

/** One step: its title, and the statements that it runs. */
type Migration = readonly [title: string, script: string];

/** Forward only: the statement list at position n brings a database of schema version n to n + 1. */
const migrations: readonly Migration[] = [
  ['tables of resources, versions and index values', initial],
  ['histories of types and tenants', changes],
  ['words of texts', texts],
  ['index values that wait for their rows', deferredIndex],
  ['ranges by their width', ranges],
  ['contained resources', contained],
  ['digests of index values', indexDigest],
  ['index values of canonicals, contact points and punctuation', searchValues],
  ['order of commits', changeOrder],
  ['index values of canonical versions, media types and mail addresses', canonicalVersions],
];

/** The schema version that this program reads and writes. */
export const schemaVersion = migrations.length;

/**
 * Brings the database to `schemaVersion`, one transaction a step. Two processes that start together are safe: the
 * version is read again under the write lock. Answers the titles of the steps that this one took.
 * @throws Error when a newer program made the database
 */
export function migrate(connection: Connection): string[] {
  let version = versionOf(connection);
  checkVersion(version);
  const taken: string[] = [];
  while (version < schemaVersion) {
    connection.write(() => {
      version = versionOf(connection);
      const migration = migrations[version];
      if (migration === undefined) return;
      const [title, script] = migration;
      connection.execute(script);
      version += 1;
      connection.execute(`PRAGMA user_version = ${version}`);
      taken.push(title);
    });
  }
  return taken;
}

/**
 * The titles of the steps that a database of this version lacks.
 * @throws Error when a newer program made it
 */
export function pendingSteps(version: number): string[] {
  checkVersion(version);
  return migrations.slice(version).map(([title]) => title);
}

function checkVersion(version: number): void {
  if (version <= schemaVersion) return;
  throw new Error(
    `The database has schema version ${version} and this program knows versions up to ${schemaVersion}: ` +
      'start the newer release that made it, or restore a backup',
  );
}

/** The schema version of a database; 0 for one that is empty. */
export function versionOf(connection: Connection): number {
  return connection.value('PRAGMA user_version') as number;
}
