import { allOf, anyOf } from './combine.ts';
import { identifierParameter, latitudeParameter, textParameter } from './derived-parameters.ts';
import type { Expression, SortKey } from './expression.ts';
import { parseFilter } from './filter.ts';
import { isLink, parseLink, typeModifiers } from './links.ts';
import { parseList } from './lists.ts';
import { parseCompositeValue } from './parse-values/composite.ts';
import {
  type CriterionContext,
  malformedValue,
  unsupportedModifier,
  type ValueParser,
} from './parse-values/context.ts';
import { parseDateValue, parseLastUpdatedValue } from './parse-values/date.ts';
import { resolveEscapes, splitUnescaped } from './parse-values/escapes.ts';
import { parseNearValue } from './parse-values/near.ts';
import { parseNumberValue } from './parse-values/number.ts';
import { parseQuantityValue } from './parse-values/quantity.ts';
import { parseReferenceValue } from './parse-values/reference.ts';
import { parseStringValue } from './parse-values/string.ts';
import { parseTextValue } from './parse-values/text.ts';
import { parseTokenValue } from './parse-values/token.ts';
import { parseUriValue } from './parse-values/uri.ts';
import { missingWithParts, withParts } from './parts.ts';
import { hierarchicalTargets } from './reference-hierarchy.ts';
import type { SearchParameter } from './search-parameter.ts';
import { type TextPart, textPartOf } from './text-parts.ts';

interface Family {
  parse: ValueParser;
  /** Modifiers beside `missing`; a reference also takes the names of its target types. */
  modifiers: readonly string[];
}

const FAMILIES: Readonly<Record<Exclude<SortKey['family'], 'id'>, Family>> = {
  string: { parse: parseStringValue, modifiers: ['exact', 'contains'] },
  token: { parse: parseTokenValue, modifiers: ['not', 'text', 'in', 'not-in', 'above', 'below', 'of-type'] },
  date: { parse: parseDateValue, modifiers: [] },
  number: { parse: parseNumberValue, modifiers: [] },
  quantity: { parse: parseQuantityValue, modifiers: [] },
  reference: { parse: parseReferenceValue, modifiers: ['identifier'] },
  uri: { parse: parseUriValue, modifiers: ['below', 'above'] },
  lastUpdated: { parse: parseLastUpdatedValue, modifiers: [] },
};

/**
 * The condition of one search criterion on resources of `type`: `name=value` with its modifier, its chain or
 * `_has` and its comma-separated alternatives. `undefined` when the server has no such parameter for the type.
 * @throws FhirError 400 on a malformed value, an unsupported modifier or a link that cannot be followed
 */
export function parseCriterion(
  type: string,
  name: string,
  value: string,
  context: CriterionContext,
): Expression | undefined {
  if (name === '_list') return parseList(value, context);
  const textPart = textPartOf(name.replace(/:.*$/s, ''));
  if (textPart !== undefined && !isLink(name)) return parseText(textPart, name, value, context);
  if (name === '_filter') return parseFilter(type, value, context, parseCriterion);
  return isLink(name)
    ? parseLink(type, name, context, (next, rest) => parseCriterion(next, rest, value, context))
    : parseSimple(type, name, value, context);
}

function parseText(part: TextPart, name: string, value: string, context: CriterionContext): Expression {
  if (name.includes(':')) throw unsupportedModifier(context.name, []);
  return parseTextValue(part, value, context);
}

function parseSimple(
  type: string,
  name: string,
  value: string,
  context: CriterionContext,
): Expression | undefined {
  const [code = '', ...modifiers] = name.split(':');
  const modifier = modifiers.length === 0 ? undefined : modifiers.join(':');
  const parameter = context.parameters.get(type, code);
  if (parameter?.components !== undefined) {
    return parseComposite(parameter, parameter.components, value, modifier, context);
  }
  if (parameter?.isPosition) {
    return parseNear(parameter, value, modifier, context);
  }
  if (parameter?.family === undefined) {
    return undefined;
  }
  if (modifier === 'missing') {
    return parseMissing(parameter, parameter.family, value, context);
  }
  const values = splitUnescaped(value, ',').filter((part) => part !== '');
  if (parameter.family === 'id') {
    return parseIds(values, modifier, context);
  }
  const { parse, modifiers: usual } = FAMILIES[parameter.family];
  const isHierarchical = hierarchicalTargets(parameter, context.parameters).length > 0;
  const further = isHierarchical
    ? ['above', 'below']
    : parameter.canonicalTargets.length > 0
      ? ['below']
      : [];
  const supported = [...usual, ...further];
  if (modifier !== undefined && !supported.includes(modifier) && !parameter.targets.includes(modifier)) {
    throw unsupportedModifier(context.name, ['missing', ...supported, ...typeModifiers(parameter)]);
  }
  const condition = withParts(parameter, (one) =>
    anyOf(values.map((part) => parse(one, part, context, modifier))),
  );
  return modifier === 'not' || modifier === 'not-in' ? { kind: 'not', operand: condition } : condition;
}

function parseComposite(
  { code, parts }: SearchParameter,
  components: NonNullable<SearchParameter['components']>,
  value: string,
  modifier: string | undefined,
  context: CriterionContext,
): Expression | undefined {
  const { family } = components.value;
  if (family === undefined || family === 'id' || family === 'lastUpdated') return undefined;
  const codes = parts.length === 0 ? [code] : parts;
  if (modifier === 'missing') {
    const missing = truth(value, context);
    const nodes = codes.map(
      (parameter): Expression => ({ kind: 'missing', parameter, family, missing, anyKey: true }),
    );
    return missing ? allOf(nodes) : anyOf(nodes);
  }
  if (modifier !== undefined) throw unsupportedModifier(context.name, ['missing']);
  const { parse } = FAMILIES[family];
  return anyOf(
    splitUnescaped(value, ',')
      .filter((part) => part !== '')
      .flatMap((part) => codes.map((one) => parseCompositeValue(one, components, part, context, parse))),
  );
}

function parseNear(
  parameter: SearchParameter,
  value: string,
  modifier: string | undefined,
  context: CriterionContext,
): Expression {
  if (modifier === 'missing') {
    const coordinate = latitudeParameter(parameter.code);
    return { kind: 'missing', parameter: coordinate, family: 'number', missing: truth(value, context) };
  }
  if (modifier !== undefined) throw unsupportedModifier(context.name, ['missing']);
  const values = splitUnescaped(value, ',').filter((part) => part !== '');
  return anyOf(values.map((part) => parseNearValue(parameter, part, context, undefined)));
}

function parseIds(
  values: readonly string[],
  modifier: string | undefined,
  context: CriterionContext,
): Expression {
  const condition: Expression = { kind: 'ids', ids: values.map(resolveEscapes) };
  if (modifier === undefined) {
    return condition;
  }
  if (modifier !== 'not') {
    throw unsupportedModifier(context.name, ['missing', 'not']);
  }
  return { kind: 'not', operand: condition };
}

/** Every resource has an id and an instant of its last change. */
function parseMissing(
  parameter: SearchParameter,
  family: SortKey['family'],
  value: string,
  context: CriterionContext,
): Expression {
  const missing = truth(value, context);
  if (family === 'id' || family === 'lastUpdated') {
    return missing ? anyOf([]) : allOf([]);
  }
  const own = missingWithParts(parameter, family, missing);
  const beside = besideOwnValues[family];
  if (beside === undefined) return own;
  const { code, parts } = parameter;
  const others = [code, ...parts].map(
    (one): Expression => ({ kind: 'missing', parameter: beside.name(one), family: beside.family, missing }),
  );
  return missing ? allOf([own, ...others]) : anyOf([own, ...others]);
}

/** The element is there too when all it holds is a text, or the identifier of what it refers to. */
const besideOwnValues: Readonly<
  Partial<Record<SortKey['family'], { name: (code: string) => string; family: 'string' | 'token' }>>
> = {
  token: { name: textParameter, family: 'string' },
  reference: { name: identifierParameter, family: 'token' },
};

/** The value of `:missing`. */
function truth(value: string, { name }: CriterionContext): boolean {
  if (value !== 'true' && value !== 'false') throw malformedValue(name, 'true or false');
  return value === 'true';
}
