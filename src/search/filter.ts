import { fhirError } from '../fhir/error.ts';
import { allOf, anyOf } from './combine.ts';
import type { Expression } from './expression.ts';
import { type FilterSyntax, FilterSyntaxError, parseFilterSyntax } from './filter-syntax.ts';
import { foldedKey } from './fold.ts';
import { isLink, parseLink } from './links.ts';
import { type CriterionContext, malformedValue } from './parse-values/context.ts';
import { withParts } from './parts.ts';

/** Parses `name=value` on a type, as `parseCriterion`. */
type ParseCriterion = (
  type: string,
  name: string,
  value: string,
  context: CriterionContext,
) => Expression | undefined;

/** A test of a filter as a criterion of a search: the modifier, what stands before the value, and its negation. */
interface Meaning {
  modifier?: string;
  prefix?: string;
  negated?: true;
  /** The whole text, without regard to case and accents, which no modifier asks for. */
  whole?: true;
}

const RANGES: Readonly<Record<string, Meaning>> = Object.fromEntries(
  ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'].map((operator) => [operator, { prefix: operator }]),
);

/** The operators by the kind of parameter (search_filter.html). */
const MEANINGS: Readonly<Record<string, Readonly<Record<string, Meaning>>>> = {
  string: {
    eq: { whole: true },
    ne: { whole: true, negated: true },
    co: { modifier: ':contains' },
    sw: {},
  },
  token: {
    eq: {},
    ne: { negated: true },
    in: { modifier: ':in' },
    ni: { modifier: ':not-in' },
    ss: { modifier: ':above' },
    sb: { modifier: ':below' },
  },
  reference: { eq: {}, re: {}, ne: { negated: true } },
  uri: { eq: {}, ne: { negated: true }, ss: { modifier: ':above' }, sb: { modifier: ':below' } },
  id: { eq: {}, ne: { negated: true } },
  date: RANGES,
  number: RANGES,
  quantity: RANGES,
  lastUpdated: RANGES,
};

/**
 * The condition of `_filter` (search_filter.html) on resources of `type`. Parameters may be chained.
 * @throws FhirError 400: `value` when the filter is malformed or names an unknown parameter, `not-supported` for an
 *   operator that the parameter does not take, `too-costly` for a filter that is too long
 */
export function parseFilter(
  type: string,
  filter: string,
  context: CriterionContext,
  parseCriterion: ParseCriterion,
): Expression {
  return expressionOf(syntaxOf(filter, context));

  function expressionOf(syntax: FilterSyntax): Expression {
    switch (syntax.kind) {
      case 'and':
        return allOf(syntax.operands.map(expressionOf));
      case 'or':
        return anyOf(syntax.operands.map(expressionOf));
      case 'not':
        return { kind: 'not', operand: expressionOf(syntax.operand) };
      case 'test': {
        const condition = conditionAt(type, syntax.path, syntax);
        if (condition === undefined) throw malformedValue(context.name, `search parameters of ${type}`);
        return condition;
      }
    }
  }

  function conditionAt(
    on: string,
    path: string,
    test: Extract<FilterSyntax, { kind: 'test' }>,
  ): Expression | undefined {
    const linked = { ...context, name: path };
    if (isLink(path)) return parseLink(on, path, linked, (target, rest) => conditionAt(target, rest, test));
    const parameter = context.parameters.get(on, path);
    if (parameter?.family === undefined) return undefined;
    const { family } = parameter;
    const { operator, value } = test;
    if (operator === 'pr') return parseCriterion(on, `${path}:missing`, opposite(value), context);
    const meaning = MEANINGS[family]?.[operator];
    if (meaning === undefined) {
      const known = [...Object.keys(MEANINGS[family] ?? {}), 'pr'].join(', ');
      throw fhirError(
        400,
        'not-supported',
        `${context.name}: ${path} takes the operators ${known}`,
        context.name,
      );
    }
    const literal = (meaning.prefix ?? '') + value.replace(/[\\,]/g, '\\$&');
    const condition = meaning.whole
      ? withParts(parameter, ({ code }) => wholeText(code, value))
      : parseCriterion(on, path + (meaning.modifier ?? ''), literal, context);
    return condition && meaning.negated ? { kind: 'not', operand: condition } : condition;
  }
}

function syntaxOf(filter: string, { name }: CriterionContext): FilterSyntax {
  try {
    return parseFilterSyntax(filter);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    const diagnostics = `The value of ${name} is refused: ${error.message}`;
    throw fhirError(400, error.isTooLong ? 'too-costly' : 'value', diagnostics, name);
  }
}

function wholeText(parameter: string, text: string): Expression {
  return { kind: 'string', parameter, match: 'whole', value: foldedKey(text) };
}

/** `pr true` is `:missing=false`. */
function opposite(value: string): string {
  if (value === 'true') return 'false';
  return value === 'false' ? 'true' : value;
}
