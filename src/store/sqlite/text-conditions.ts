import type { TextExpression, TextQuery } from '../../search/expression.ts';
import { type Sql, sql } from './sql.ts';
import type { SearchedType } from './value-conditions.ts';

/** A scope as a word of the text index. */
export function scopeWord(scope: number): string {
  return `s${scope}`;
}

/** The condition that the text of a resource has the words; the resources that have are looked up once. */
export function textTest(searched: SearchedType, resource: string, expression: TextExpression): Sql {
  return sql(
    `${resource}.rid IN (SELECT rowid FROM resource_text WHERE resource_text MATCH ?)`,
    textMatch(searched, expression),
  );
}

/** Rows [rid] of all resources whose text has the words. */
export function textProbe(searched: SearchedType, expression: TextExpression): Sql {
  return sql(
    'SELECT w.rowid FROM resource_text w WHERE w.resource_text MATCH ?',
    textMatch(searched, expression),
  );
}

/** A query of FTS5 on the resources of a type. */
export function textMatch({ scope }: SearchedType, { part, query }: TextExpression): string {
  const columns = part === 'narrative' ? 'narrative' : 'narrative content';
  return `scope : "${scopeWord(scope)}" AND {${columns}} : (${queryText(query)})`;
}

/** Words have letters and digits alone, so that nothing in quotes has to be escaped. */
function queryText(query: TextQuery): string {
  if ('words' in query) return `"${query.words.join(' ')}"${query.prefix ? ' *' : ''}`;
  if ('any' in query) return query.any.map((one) => `(${queryText(one)})`).join(' OR ');
  const all = query.all.map((one) => `(${queryText(one)})`).join(' AND ');
  if (query.none.length === 0) return all;
  return `(${all}) NOT (${query.none.map((one) => `(${queryText(one)})`).join(' OR ')})`;
}
