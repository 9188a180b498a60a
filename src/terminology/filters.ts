import type { ValueSetComposeIncludeFilter } from 'fhir/r4.d.ts';
import { readPattern } from '../fhir/fhirpath/evaluation/regular-expression/pattern.ts';
import type { CodeSystemIndex } from './code-system-index.ts';
import { propertyText } from './concept-properties.ts';

/** Whether a concept of the index, by its number, is chosen. */
export type ConceptTest = (concept: number) => boolean;

/** Characters of a regular expression, at most. */
const longestExpression = 500;

/**
 * The test of all filters of an include together (valueset.html#compositions).
 * @param spend counts the concepts that are gone through to make it; false when there were too many
 * @returns why one of them cannot be applied, where that is so
 */
export function filtersTest(
  index: CodeSystemIndex,
  filters: readonly ValueSetComposeIncludeFilter[],
  spend: (concepts: number) => boolean,
): ConceptTest | { problem: string } {
  const tests: ConceptTest[] = [];
  for (const filter of filters) {
    const test = filterTest(index, filter, spend);
    if (typeof test !== 'function') return test;
    tests.push(test);
  }
  return (concept) => tests.every((test) => test(concept));
}

function filterTest(
  index: CodeSystemIndex,
  { property, op, value }: ValueSetComposeIncludeFilter,
  spend: (concepts: number) => boolean,
): ConceptTest | { problem: string } {
  const isCode = property === 'concept' || property === 'code';
  switch (op) {
    case 'is-a':
    case 'descendent-of':
    case 'is-not-a':
    case 'generalizes': {
      if (!isCode) return { problem: `the filter ${op} is of concepts, not of ${property}` };
      const root = index.find(value);
      if (root === undefined) return op === 'is-not-a' ? () => true : () => false;
      const related = op === 'generalizes' ? index.above(root) : index.below(root);
      if (!spend(related.size)) return { problem: 'its filters go through too many concepts' };
      if (op === 'is-not-a') return (concept) => !related.has(concept);
      if (op === 'descendent-of') return (concept) => concept !== root && related.has(concept);
      return (concept) => related.has(concept);
    }
    case '=':
      if (isCode) return oneOf(index, [value]);
      return withValue(index, property, (text) => text === value);
    case 'in':
    case 'not-in': {
      const values = value.split(',').map((one) => one.trim());
      const all = new Set(values);
      const test = isCode ? oneOf(index, values) : withValue(index, property, (text) => all.has(text));
      return op === 'in' ? test : (concept) => !test(concept);
    }
    case 'exists': {
      const has = isCode ? () => true : withValue(index, property, () => true);
      return value === 'false' ? (concept) => !has(concept) : has;
    }
    case 'regex': {
      try {
        const matches = regularExpression(value);
        return isCode
          ? (concept) => matches(index.code(concept))
          : withValue(index, property, (text) => matches(text));
      } catch (error) {
        if (!(error instanceof RegularExpressionError)) throw error;
        return {
          problem: `the regular expression of the filter of ${property} is not taken: ${error.message}`,
        };
      }
    }
    default:
      return { problem: `the filter operator ${op} is not known` };
  }
}

/** An expression that cannot be taken; the message tells why. */
class RegularExpressionError extends Error {}

/**
 * The test that a whole text matches. The expression comes from a caller's value set: it is matched in a time that the
 * lengths of both bound.
 * @throws RegularExpressionError
 */
function regularExpression(source: string): (text: string) => boolean {
  const refused = (problem: string) => new RegularExpressionError(problem);
  if (source.length > longestExpression) throw refused(`it has more than ${longestExpression} characters`);
  // What would close the group that is put around it is refused before.
  readPattern(source, refused);
  const pattern = readPattern(`^(?:${source})$`, refused);
  return (text) => pattern.matches(text, () => undefined);
}

function oneOf(index: CodeSystemIndex, codes: readonly string[]): ConceptTest {
  const chosen = new Set(codes.map((code) => index.find(code)));
  return (concept) => chosen.has(concept);
}

/** A concept one of whose values of a property passes. */
function withValue(index: CodeSystemIndex, property: string, passes: (text: string) => boolean): ConceptTest {
  switch (property) {
    case 'display':
      return (concept) => passes(index.display(concept) ?? '');
    case 'definition':
      return (concept) => passes(index.details(concept).definition ?? '');
    case 'parent':
      return (concept) => index.parents(concept).some((parent) => passes(index.code(parent)));
    case 'child':
      return (concept) => index.children(concept).some((child) => passes(index.code(child)));
    default:
      return (concept) =>
        (index.details(concept).property ?? []).some((one) => {
          const text = one.code === property ? propertyText(one) : undefined;
          return text !== undefined && passes(text);
        });
  }
}
