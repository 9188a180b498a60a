import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseStores } from '../../../src/store/database-stores.ts';
import { openMongoStores } from '../../../src/store/mongo/open.ts';
import { openSqliteStores } from '../../../src/store/sqlite/open.ts';
import { mongoTestUri, newDatabaseName, withMongoClient } from '../../support/mongo.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** A database that can be opened several times, and looked into from outside. */
export interface TestDatabase {
  /** The settings of a server over it. */
  settings: Record<string, string>;
  open(): Promise<DatabaseStores>;
  /** All that it keeps, as one text. */
  content(): Promise<string>;
  /** Changes stored bodies of Patients behind the back of the store. */
  tamper(change: (body: Buffer, others: readonly Buffer[]) => Buffer): Promise<void>;
}

/** How to make a database of each kind. */
export const databases = { sqlite: sqliteDatabase, mongodb: mongoDatabase };

async function sqliteDatabase(): Promise<TestDatabase> {
  const directory = await temporaryDirectory();
  return {
    settings: { DATA_DIR: directory, MONGODB_URI: '' },
    open: () => openSqliteStores({ directory, quietPeriod: 0 }),
    async content() {
      const files = await readdir(directory);
      const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'latin1')));
      return texts.join('\n');
    },
    async tamper(change) {
      const { default: Sqlite } = await import('better-sqlite3');
      const database = new Sqlite(join(directory, 'passerelle.db'));
      const rows = database
        .prepare(
          `SELECT r.rid, r.body FROM resource r JOIN scope s ON s.scope = r.scope WHERE s.type = 'Patient'`,
        )
        .all() as { rid: number; body: Buffer }[];
      const bodies = rows.map(({ body }) => body);
      for (const { rid, body } of rows)
        database.prepare('UPDATE resource SET body = ? WHERE rid = ?').run(change(body, bodies), rid);
      database.close();
    },
  };
}

async function mongoDatabase(): Promise<TestDatabase> {
  const uri = await mongoTestUri();
  const database = newDatabaseName();
  const limits = { call: 60_000, search: 120_000, commit: 120_000 };
  return {
    settings: {
      MONGODB_URI: uri,
      MONGODB_DATABASE: database,
      MONGODB_CALL_TIMEOUT_SECONDS: '60',
      MONGODB_COMMIT_TIMEOUT_SECONDS: '120',
      SEARCH_TIMEOUT_SECONDS: '120',
      TOTAL_TIMEOUT_MILLISECONDS: '60000',
    },
    async open() {
      const stores = await openMongoStores({ uri, database, limits });
      const close = () => stores.close();
      return { ...stores, close };
    },
    content: () =>
      withMongoClient(async (client) => {
        const collections = await client.db(database).listCollections().toArray();
        const texts: string[] = [];
        for (const { name } of collections) {
          for await (const document of client.db(database).collection(name).find()) {
            // Binary values would be told in base64.
            const told = JSON.stringify(document, (_, value) =>
              value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
            );
            texts.push(told, ...binaries(document));
          }
        }
        return texts.join('\n');
      }),
    tamper: (change) =>
      withMongoClient(async (client) => {
        const collection = client
          .db(database)
          .collection<{ body: { buffer: Uint8Array } }>('current.Patient');
        const documents = await collection.find().toArray();
        const bodies = documents.map(({ body }) => Buffer.from(body.buffer));
        for (const [at, { _id }] of documents.entries()) {
          const body = change(bodies[at] as Buffer, bodies);
          await collection.updateOne({ _id }, { $set: { body: body as never } });
        }
      }),
  };
}

function binaries(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { buffer } = value as { buffer?: unknown };
  if (buffer instanceof Uint8Array) return [Buffer.from(buffer).toString('latin1')];
  return Object.values(value).flatMap(binaries);
}
