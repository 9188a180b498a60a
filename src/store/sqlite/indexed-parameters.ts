import { type IndexedParameter, type IndexedParameters, withComplete } from '../indexing.ts';
import type { Connection } from './connection.ts';

/** Rows of `meta`: the generation stands by itself, because each commit reads it. */
const generationKey = 'search-parameter-generation';
const parametersKey = 'search-parameters';

/** The generation of the search parameters; 0 as long as there were none but those that are built in. */
export function generationOf(connection: Connection): number {
  return Number(connection.value('SELECT value FROM meta WHERE key = ?', [generationKey]) ?? 0);
}

/** The search parameters as they are stored, both parts from one state of the database. */
export function indexedParameters(connection: Connection): IndexedParameters {
  return connection.read(() => ({ generation: generationOf(connection), parameters: listOf(connection) }));
}

function listOf(connection: Connection): IndexedParameter[] {
  const stored = connection.value('SELECT value FROM meta WHERE key = ?', [parametersKey]);
  return stored === undefined ? [] : (JSON.parse(String(stored)) as IndexedParameter[]);
}

/** See `Indexing.replaceParameters`; within the writer's transaction. */
export function replaceParameters(connection: Connection, expected: number, parameters: string): boolean {
  if (generationOf(connection) !== expected) return false;
  write(connection, generationKey, String(expected + 1));
  write(connection, parametersKey, parameters);
  return true;
}

/** Notes that the current resources of all types of these parameters are indexed by them. */
export function completeParameters(connection: Connection, urls: readonly string[]): void {
  if (urls.length === 0) return;
  write(connection, parametersKey, JSON.stringify(withComplete(listOf(connection), urls)));
}

function write(connection: Connection, key: string, value: string): void {
  connection.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', [key, Buffer.from(value)]);
}
