import type { RewriteBatch, RewrittenVersion } from '../rewriting.ts';
import type { Connection } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { purgeRemains } from './purge.ts';
import { forgetTexts } from './text-index.ts';

/** See `Rewriting.rewrite`; within the writer's transaction. */
export function rewriteRows(
  connection: Connection,
  dictionary: Dictionary,
  { versions = [], claims = [], expiring = [] }: RewriteBatch,
): void {
  for (const version of versions) rewriteVersion(connection, dictionary, version);
  for (const { tenant, from, to } of claims) rename(connection, 'claim', [tenant, from, to]);
  for (const { key, from, to } of expiring)
    connection.run('UPDATE expiring SET value = ? WHERE key = ? AND value = ?', [to, key, from]);
}

/** See `Rewriting.clean`; within the writer's transaction. */
export function cleanRows(connection: Connection): void {
  forgetTexts(connection);
  purgeRemains(connection, []);
}

function rewriteVersion(
  connection: Connection,
  dictionary: Dictionary,
  { tenant, type, id, version, body, identityKeys }: RewrittenVersion,
): void {
  const scope = dictionary.scope(tenant, type);
  const row = connection.row('SELECT rid, version FROM resource WHERE scope = ? AND id = ?', [scope, id]);
  if (row === undefined) return;
  const [rid, current] = row as [number, number];
  const table = current === version ? 'resource' : 'history';
  // What crossed to this thread is a plain array of bytes.
  connection.run(`UPDATE ${table} SET body = ? WHERE rid = ? AND version = ?`, [
    Buffer.from(body),
    rid,
    version,
  ]);
  for (const { from, to } of identityKeys) rename(connection, 'identity', [tenant, from, to]);
}

function rename(
  connection: Connection,
  table: 'identity' | 'claim',
  [tenant, from, to]: [tenant: string, from: string, to: string],
): void {
  connection.run(`UPDATE OR IGNORE ${table} SET key = ? WHERE tenant = ? AND key = ?`, [to, tenant, from]);
  connection.run(`DELETE FROM ${table} WHERE tenant = ? AND key = ?`, [tenant, from]);
}
