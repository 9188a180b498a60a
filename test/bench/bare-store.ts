import { join } from 'node:path';
import Database from 'better-sqlite3';

type Row = (string | number | Buffer | null)[];

interface TableRows {
  table: string;
  rows: Row[];
}

/** The rows of a database in the order in which they were written. */
export interface StoreContent {
  schema: string[];
  /** Dictionaries and settings, written before the measurement. */
  shared: TableRows[];
  /** All rows of one resource: body and index values. */
  resources: TableRows[][];
}

const fileName = 'passerelle.db';

/** Reads a data folder of Passerelle whose server is stopped. */
export function readContent(dataFolder: string): StoreContent {
  const database = new Database(join(dataFolder, fileName), { readonly: true });
  try {
    // What SQLite makes by itself, and the index of words, which the server fills apart from its commits.
    const own = `sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
                 AND name NOT IN (SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow'))`;
    const schema = database.prepare(`SELECT sql FROM sqlite_master WHERE ${own}`).pluck().all() as string[];
    const tables = database
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND ${own}`)
      .pluck()
      .all() as string[];
    const shared: TableRows[] = [];
    const byResource = new Map<number, TableRows[]>();
    // The table of resources comes before those that refer to it.
    for (const table of tables) {
      const statement = database.prepare(`SELECT * FROM ${table}`);
      const ridAt = statement.columns().findIndex(({ name }) => name === 'rid');
      const rows = statement.raw().all() as Row[];
      if (ridAt < 0) shared.push({ table, rows });
      else for (const row of rows) addRow(byResource, row[ridAt] as number, table, row);
    }
    const resources = [...byResource.entries()].sort(([a], [b]) => a - b).map(([, rows]) => rows);
    return { schema, shared, resources };
  } finally {
    database.close();
  }
}

/**
 * Writes the content into a new database by prepared statements alone, in this number of commits.
 * @returns resources per second
 */
export function measureBareStore(folder: string, content: StoreContent, commits: number): number {
  const database = new Database(join(folder, fileName));
  try {
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'wal_autocheckpoint = 4000']) {
      database.pragma(pragma);
    }
    for (const pragma of ['cache_size = -65536', 'mmap_size = 1073741824', 'temp_store = MEMORY']) {
      database.pragma(pragma);
    }
    for (const statement of content.schema) database.exec(statement);
    const inserts = new Map<string, Database.Statement>();
    const insert = ({ table, rows }: TableRows) => {
      for (const row of rows) {
        let statement = inserts.get(table);
        if (statement === undefined) {
          statement = database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`);
          inserts.set(table, statement);
        }
        statement.run(...row);
      }
    };
    content.shared.forEach(insert);
    const { resources } = content;
    const started = performance.now();
    for (let commit = 0; commit < commits; commit++) {
      const from = Math.floor((commit * resources.length) / commits);
      const to = Math.floor(((commit + 1) * resources.length) / commits);
      database.exec('BEGIN IMMEDIATE');
      for (let at = from; at < to; at++) resources[at]!.forEach(insert);
      database.exec('COMMIT');
    }
    return (resources.length * 1000) / (performance.now() - started);
  } finally {
    database.close();
  }
}

function addRow(byResource: Map<number, TableRows[]>, rid: number, table: string, row: Row): void {
  const tables = byResource.get(rid) ?? [];
  byResource.set(rid, tables);
  const last = tables.at(-1);
  if (last?.table === table) last.rows.push(row);
  else tables.push({ table, rows: [row] });
}
