import { anyOf } from '../combine.ts';
import { mediaTypeParameter, ofTypeCode, ofTypeParameter, textParameter } from '../derived-parameters.ts';
import type { Expression, TokenExpression } from '../expression.ts';
import type { SearchParameter } from '../search-parameter.ts';
import { type CriterionContext, malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes, splitUnescaped } from './escapes.ts';
import { parseStringValue } from './string.ts';

const EXPECTED = 'code, system|code, |code or system|';

/**
 * search.html#token, matched literally; `:text`, `:in`, `:not-in`, `:above`, `:below` and `:of-type`
 * (search.html#modifiers).
 */
export const parseTokenValue: ValueParser = (parameter, value, context, modifier) => {
  switch (modifier) {
    case 'text':
      return parseStringValue(
        { ...parameter, code: textParameter(parameter.code) },
        value,
        context,
        undefined,
      );
    case 'in':
    case 'not-in':
      return inValueSet(parameter.code, resolveEscapes(value), context);
    case 'above':
    case 'below':
      return modifier === 'below' && isMediaType(parameter, value)
        ? belowMediaType(parameter.code, value)
        : related(parameter.code, value, modifier, context);
    case 'of-type':
      return ofType(parameter.code, value, context);
    default:
      return inAnyCase(literal(parameter.code, value, context));
  }
};

/** Addresses of mail are strings, of which the case does not count: see how contact points are indexed. */
function inAnyCase(token: TokenExpression): Expression {
  const lower = token.code?.toLowerCase();
  if (lower === undefined || lower === token.code || !lower.includes('@')) return token;
  return anyOf([token, { ...token, code: lower }]);
}

/** True for a media type without parameters that is searched in such elements, as R4 names them all. */
function isMediaType({ expression = '' }: SearchParameter, value: string): boolean {
  return /\.contentType\b/.test(expression) && /^[\w.+-]+\/[\w.+-]+$/.test(value);
}

/** A media type with or without parameters (search.html#mimetype). */
function belowMediaType(parameter: string, type: string): Expression {
  return anyOf([
    { kind: 'token', parameter, code: type },
    { kind: 'token', parameter: mediaTypeParameter(parameter), code: type.toLowerCase() },
  ]);
}

function literal(code: string, value: string, { name }: CriterionContext): TokenExpression {
  const parts = splitUnescaped(value, '|').map(resolveEscapes);
  const [first = '', second] = parts;
  if (parts.length > 2 || (first === '' && !second)) {
    throw malformedValue(name, EXPECTED);
  }
  const token: TokenExpression = { kind: 'token', parameter: code };
  if (second === undefined) {
    return { ...token, code: first };
  }
  const system = first === '' ? null : first;
  return second === '' ? { ...token, system } : { ...token, system, code: second };
}

/** The tokens of a value set whose codes this server knows. */
function inValueSet(parameter: string, url: string, { parameters, name }: CriterionContext): Expression {
  const valueSet = parameters.valueSet(url);
  if (valueSet === undefined) {
    throw malformedValue(name, 'the canonical URL of a value set that this server can expand');
  }
  const tokens = Object.entries(valueSet.systems).flatMap(([system, codes]): TokenExpression[] =>
    codes === null
      ? [{ kind: 'token', parameter, system }]
      : codes.map((code) => ({ kind: 'token', parameter, system, code })),
  );
  return anyOf(tokens);
}

/** The tokens of a code and of those that are below or above it in its code system. */
function related(
  parameter: string,
  value: string,
  modifier: 'above' | 'below',
  context: CriterionContext,
): Expression {
  const { system, code } = literal(parameter, value, context);
  const codes =
    typeof system === 'string' && code !== undefined
      ? context.parameters.relatedCodes(system, code, modifier)
      : undefined;
  if (codes === undefined) {
    throw malformedValue(context.name, 'system|code of a code system whose hierarchy this server knows');
  }
  return anyOf(codes.map((one) => ({ kind: 'token', parameter, system: system as string, code: one })));
}

function ofType(parameter: string, value: string, { name }: CriterionContext): TokenExpression {
  const [system = '', typeCode = '', identifier = '', ...more] = splitUnescaped(value, '|').map(
    resolveEscapes,
  );
  if (system === '' || typeCode === '' || identifier === '' || more.length > 0) {
    throw malformedValue(name, 'system|code|value: the type of the identifier and its value');
  }
  const code = ofTypeCode(typeCode, identifier);
  return { kind: 'token', parameter: ofTypeParameter(parameter), system, code };
}
