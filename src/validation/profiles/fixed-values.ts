import { decimalText } from '../../fhir/json.ts';
import { interned } from '../../fhir/known-strings.ts';
import { isObject } from '../objects.ts';

/** Whether a value is exactly the one that a definition fixes (elementdefinition.html#ElementDefinition.fixed[x]). */
export function equalsFixed(fixed: unknown, value: unknown): boolean {
  if (fixed === value) return true;
  if (Array.isArray(fixed)) {
    return (
      Array.isArray(value) &&
      value.length === fixed.length &&
      fixed.every((entry, index) => equalsFixed(entry, value[index]))
    );
  }
  if (isObject(fixed)) {
    if (!isObject(value)) return false;
    const keys = Object.keys(fixed);
    return (
      keys.length === Object.keys(value).length && keys.every((key) => equalsFixed(fixed[key], value[key]))
    );
  }
  return equalPrimitives(fixed, value);
}

/** Whether a value has all that a pattern has (elementdefinition.html#ElementDefinition.pattern[x]). */
export function matchesPattern(pattern: unknown, value: unknown): boolean {
  return patternTest(pattern)(value);
}

type Test = (value: unknown) => boolean;

/** As `matchesPattern`, for a pattern that many values are held against. */
export function patternTest(pattern: unknown): Test {
  if (typeof pattern === 'string') {
    const expected = interned(pattern);
    return (value) => value === expected;
  }
  if (Array.isArray(pattern)) {
    const tests = pattern.map(patternTest);
    return (value) => Array.isArray(value) && hasAll(tests, value);
  }
  if (!isObject(pattern)) return (value) => equalPrimitives(pattern, value);
  const tests = Object.entries(pattern).map(([key, one]) => ({ key, test: patternTest(one) }));
  return (value) => {
    if (!isObject(value)) return false;
    for (const { key, test } of tests) if (!test(value[key])) return false;
    return true;
  };
}

/** Whether for each test there is an entry that passes it. */
function hasAll(tests: readonly Test[], entries: readonly unknown[]): boolean {
  for (const test of tests) if (!entries.some(test)) return false;
  return true;
}

/**
 * The child at which a value differs first from what is expected, undefined where it is the value itself, or one of the
 * repetitions of a child.
 */
export function firstDifference(
  expected: unknown,
  value: unknown,
  fits: (expected: unknown, value: unknown) => boolean,
): string | undefined {
  if (!isObject(expected) || !isObject(value)) return undefined;
  for (const key in expected) {
    if (fits(expected[key], value[key])) continue;
    return value[key] === undefined || Array.isArray(expected[key]) ? undefined : key;
  }
  return undefined;
}

/** Decimals are compared by value: a definition may have lost the digits that a document keeps. */
function equalPrimitives(expected: unknown, value: unknown): boolean {
  if (expected === value) return true;
  const left = decimalText(expected);
  const right = decimalText(value);
  return left !== undefined && right !== undefined && Number(left) === Number(right);
}
