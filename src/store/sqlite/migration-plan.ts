import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationPlan } from '../database-stores.ts';
import { Connection } from './connection.ts';
import { pendingSteps, versionOf } from './migrations.ts';

/** The first bytes of every SQLite file, and where its `user_version` stands (SQLite, Database File Format). */
const magic = Buffer.from('SQLite format 3\0');
const versionOffset = 60;

/**
 * What `openSqliteStores` would make of the database of a directory, which is left as it is.
 * @throws Error when a newer program made the database, and for a file that is none
 */
export function sqliteMigrationPlan(directory: string): MigrationPlan {
  const file = join(directory, 'passerelle.db');
  const version = existsSync(`${file}-wal`) ? versionInUse(file) : versionAtRest(file);
  return { version, steps: pendingSteps(version), indexes: [] };
}

/** What a server has written last may be in the write-ahead log alone. */
function versionInUse(file: string): number {
  const connection = Connection.forReading(file);
  try {
    return versionOf(connection);
  } finally {
    connection.close();
  }
}

/** A connection would leave an empty log beside a database that nobody uses. */
function versionAtRest(file: string): number {
  if (!existsSync(file)) return 0;
  const header = readHeader(file);
  if (header.length === 0) return 0;
  if (header.length <= versionOffset || !header.subarray(0, magic.length).equals(magic))
    throw new Error(`${file} is no SQLite database`);
  return header.readUInt32BE(versionOffset);
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(versionOffset + 4);
  const descriptor = openSync(file, 'r');
  try {
    return header.subarray(0, readSync(descriptor, header));
  } finally {
    closeSync(descriptor);
  }
}
