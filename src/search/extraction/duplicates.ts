import type { ValueFamily } from '../expression.ts';
import type { IndexValues } from '../index-values.ts';

/** What tells two values of one parameter apart, beside the derived parameter that they may be indexed under. */
const FIELDS: Readonly<Record<ValueFamily, readonly string[]>> = {
  string: ['exact', 'parameter'],
  token: ['system', 'code', 'parameter'],
  date: ['low', 'high', 'parameter'],
  number: ['low', 'high', 'parameter'],
  quantity: ['low', 'high', 'system', 'code', 'unit', 'parameter'],
  reference: ['type', 'id', 'url', 'parameter'],
  uri: ['value', 'parameter'],
};

/** Up to this many values, comparing each with each is cheaper than a set. */
const FEW = 16;

type Value = Readonly<Record<string, unknown>>;

/** Removes repeated values of `family` from position `start` on, which are those of one parameter. */
export function removeDuplicates(values: IndexValues, family: ValueFamily, start: number): void {
  const list = values[family] as unknown as Value[];
  const count = list.length - start;
  if (count < 2) {
    return;
  }
  const fields = FIELDS[family];
  const isRepeated = count <= FEW ? comparison(list, start, fields) : membership(fields);
  let end = start;
  for (let position = start; position < list.length; position++) {
    const value = list[position] as Value;
    if (!isRepeated(value, end)) {
      list[end++] = value;
    }
  }
  list.length = end;
}

function comparison(list: readonly Value[], start: number, fields: readonly string[]) {
  return (value: Value, end: number): boolean => {
    for (let position = start; position < end; position++) {
      const other = list[position] as Value;
      if (fields.every((field) => other[field] === value[field])) {
        return true;
      }
    }
    return false;
  };
}

function membership(fields: readonly string[]) {
  const seen = new Set<string>();
  return (value: Value): boolean => {
    const key = JSON.stringify(fields.map((field) => value[field] ?? null));
    const isRepeated = seen.has(key);
    seen.add(key);
    return isRepeated;
  };
}
