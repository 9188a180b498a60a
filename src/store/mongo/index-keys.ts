import { createHash } from 'node:crypto';
import type { ValueFamily } from '../../search/expression.ts';

/**
 * The texts that stand for index values in the array `keys` of a document, one B-tree for all parameters: a letter
 * for the form, the parameter, and the value. What begins alike stands together, so that a prefix is a range.
 */
export type KeyForm =
  /** A token by its code, by its code and system, by its system. */
  | 'c'
  | 'b'
  | 's'
  /** A string folded, and as written. */
  | 'f'
  | 'e'
  /** A local reference by type and id, and by id alone; a reference by URL. */
  | 'r'
  | 'i'
  | 'u'
  /** A URI. */
  | 'v';

/** Ends the parameter and parts values; it occurs in no parameter and, by FHIR, in no value. */
const separator = '\u0001';

/** Above every text that starts with a prefix, when it follows the prefix. */
const lastCharacter = '\u{10ffff}';

/** Longest text as written that is a key itself, in UTF-16 units; longer ones are known by their hash. */
const longestExact = 255;

/** The beginning of all keys of a form and a parameter. */
export function keyPrefix(form: KeyForm, parameter: string): string {
  return `${form}${parameter}${separator}`;
}

export function keyOf(form: Exclude<KeyForm, 'b' | 'e'>, parameter: string, value: string): string {
  return keyPrefix(form, parameter) + value;
}

/** @param code absent: a value with a system alone */
export function codeKey(parameter: string, code: string | undefined): string {
  return keyOf('c', parameter, code ?? separator);
}

/** @param system `undefined` or `null`: none */
export function codedKey(parameter: string, code: string, system: string | null | undefined): string {
  return keyPrefix('b', parameter) + code + separator + plain(system ?? '');
}

export function systemKey(parameter: string, system: string | null | undefined): string {
  return keyOf('s', parameter, plain(system ?? ''));
}

export function exactKey(parameter: string, exact: string): string {
  const value =
    exact.length <= longestExact ? exact : createHash('sha256').update(exact).digest('base64url') + separator;
  return keyPrefix('e', parameter) + value;
}

export function referenceKey(parameter: string, { type, id }: { type: string; id: string }): string {
  return keyOf('r', parameter, `${type}/${id}`);
}

/** The local targets among the keys of a document for a reference parameter. */
export function targetsOf(
  keys: readonly string[],
  parameter: string,
  targetType?: string,
): { type: string; id: string }[] {
  const prefix = keyPrefix('r', parameter) + (targetType === undefined ? '' : `${targetType}/`);
  const start = keyPrefix('r', parameter).length;
  return keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const slash = key.indexOf('/', start);
      return { type: key.slice(start, slash), id: key.slice(slash + 1) };
    });
}

/** The forms of which every value of a family that is kept in `keys` has one. */
export const formsOfFamily: Readonly<Record<'string' | 'token' | 'reference' | 'uri', readonly KeyForm[]>> = {
  string: ['f'],
  token: ['c'],
  reference: ['i', 'u'],
  uri: ['v'],
};

/** All texts that begin with this one, as bounds. */
export function textsFrom(prefix: string): { $gte: string; $lt: string } {
  return { $gte: prefix, $lt: prefix + lastCharacter };
}

/** The families that are kept as ranges. */
export type RangeFamily = 'date' | 'number' | 'quantity';

export function isRangeFamily(family: ValueFamily): family is RangeFamily {
  return family === 'date' || family === 'number' || family === 'quantity';
}

/** The parameter of a range, told apart by its family. */
export function rangeName(family: RangeFamily, parameter: string): string {
  return family[0] + parameter;
}

/** The name of a sort key, as a field. */
export function sortName(family: ValueFamily, parameter: string): string {
  return `${family}-${parameter.replaceAll('.', '․')}`;
}

/** A system is the last part of a key: without the separator it is told from the code before it. */
function plain(system: string): string {
  return system.replaceAll(separator, ' ');
}
