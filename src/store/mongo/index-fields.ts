import { compositePrefix } from '../../search/derived-parameters.ts';
import type { ValueFamily } from '../../search/expression.ts';
import type { IndexValues, QuantityValue } from '../../search/index-values.ts';
import { compareSortValues } from '../sorted-values.ts';
import type { IndexFields, RangeField, SortValue } from './documents.ts';
import {
  codedKey,
  codeKey,
  exactKey,
  keyOf,
  rangeName,
  referenceKey,
  sortName,
  systemKey,
} from './index-keys.ts';

/** The index values of a resource as fields of its document, without those of its words. */
export function indexFields(
  values: IndexValues,
): Pick<IndexFields, 'keys' | 'ranges' | 'lowest' | 'highest'> {
  const keys = new Set<string>();
  const ranges: RangeField[] = [];
  const bounds = new Bounds();
  for (const { parameter, folded, exact } of values.string) {
    keys.add(keyOf('f', parameter, folded));
    keys.add(exactKey(parameter, exact));
    bounds.add('string', parameter, folded);
  }
  for (const { parameter, code, system } of values.token) {
    keys.add(codeKey(parameter, code));
    if (code !== undefined) keys.add(codedKey(parameter, code, system));
    keys.add(systemKey(parameter, system));
    bounds.add('token', parameter, code ?? '');
  }
  for (const value of values.reference) {
    const { parameter } = value;
    if ('url' in value) {
      keys.add(keyOf('u', parameter, value.url));
      bounds.add('reference', parameter, value.url);
    } else {
      keys.add(referenceKey(parameter, value));
      keys.add(keyOf('i', parameter, value.id));
      bounds.add('reference', parameter, value.id);
    }
  }
  for (const { parameter, value } of values.uri) {
    keys.add(keyOf('v', parameter, value));
    bounds.add('uri', parameter, value);
  }
  for (const family of ['date', 'number', 'quantity'] as const) {
    for (const value of values[family]) {
      const { parameter, low, high } = value;
      ranges.push({ p: rangeName(family, parameter), low, high, ...unitOf(value) });
      bounds.add(family, parameter, low);
    }
  }
  return { keys: [...keys], ranges, lowest: bounds.lowest, highest: bounds.highest };
}

/** No index values: what a deleted resource has. */
export function noIndexFields(): IndexFields {
  return { keys: [], ranges: [], lowest: {}, highest: {}, words: [], text: { narrative: '', content: '' } };
}

function unitOf({ system, code, unit }: Partial<QuantityValue>): Partial<RangeField> {
  return {
    ...(system === undefined ? {} : { system }),
    ...(code === undefined ? {} : { code }),
    ...(unit === undefined ? {} : { unit }),
  };
}

/** The lowest and the highest value of each parameter, by which resources are sorted. */
class Bounds {
  readonly lowest: Record<string, SortValue> = {};
  readonly highest: Record<string, SortValue> = {};

  add(family: ValueFamily, parameter: string, value: SortValue): void {
    // Composites are found by, never sorted by.
    if (parameter.includes(compositePrefix(''))) return;
    const name = sortName(family, parameter);
    const { [name]: low = value } = this.lowest;
    const { [name]: high = value } = this.highest;
    this.lowest[name] = compareSortValues(value, low) < 0 ? value : low;
    this.highest[name] = compareSortValues(value, high) > 0 ? value : high;
  }
}
