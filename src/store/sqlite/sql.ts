import type { SqlValue } from './connection.ts';

/** A piece of SQL with the values of its placeholders, in their order. */
export interface Sql {
  text: string;
  values: SqlValue[];
}

export function sql(text: string, ...values: SqlValue[]): Sql {
  return { text, values };
}

/** All of the conditions. */
export function all(conditions: readonly Sql[]): Sql {
  return combine(conditions, 'AND', '1');
}

/** Any of the conditions. */
export function any(conditions: readonly Sql[]): Sql {
  return combine(conditions, 'OR', '0');
}

/** Balanced, because SQLite limits the depth of an expression and a list of values can be long. */
function combine(conditions: readonly Sql[], operator: 'AND' | 'OR', neutral: string): Sql {
  const [first] = conditions;
  if (first === undefined) return sql(neutral);
  if (conditions.length === 1) return first;
  const middle = conditions.length >> 1;
  const left = combine(conditions.slice(0, middle), operator, neutral);
  const right = combine(conditions.slice(middle), operator, neutral);
  return { text: `(${left.text} ${operator} ${right.text})`, values: [...left.values, ...right.values] };
}
