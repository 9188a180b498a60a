import { isId } from '../fhir/reference.ts';
import { allOf, anyOf } from './combine.ts';
import type { Expression, SortKey } from './expression.ts';
import { parseFilter } from './filter.ts';
import { isLink, parseLink, typeModifiers } from './links.ts';
import { splitComposite } from './parse-values/composite.ts';
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
import { parseTokenValue } from './parse-values/token.ts';
import { parseUriValue } from './parse-values/uri.ts';
import { missingWithParts, withParts } from './parts.ts';
import type { SearchParameter } from './search-parameter.ts';

interface Family {
  parse: ValueParser;
  /** Modifiers beside `missing`; a reference also takes the names of its target types. */
  modifiers: readonly string[];
}

const FAMILIES: Readonly<Record<Exclude<SortKey['family'], 'id'>, Family>> = {
  string: { parse: parseStringValue, modifiers: ['exact', 'contains'] },
  token: { parse: parseTokenValue, modifiers: ['not', 'text', 'in', 'not-in', 'of-type'] },
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
  if (name === '_filter') return parseFilter(type, value, context, parseCriterion);
  return isLink(name)
    ? parseLink(type, name, context, (next, rest) => parseCriterion(next, rest, value, context))
    : parseSimple(type, name, value, context);
}

/** The items of lists (search.html#list); the current lists of a patient (`$current-…`) are not kept here. */
function parseList(value: string, { name }: CriterionContext): Expression {
  const ids = value.split(',').filter((id) => id !== '');
  if (!ids.every(isId)) throw malformedValue(name, 'the id of a List');
  return { kind: 'has', parameter: 'item', sourceType: 'List', expression: { kind: 'ids', ids } };
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
    return parseComposite(parameter, parameter.components.value, value, modifier, context);
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
  const { parse, modifiers: supported } = FAMILIES[parameter.family];
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
  second: SearchParameter,
  value: string,
  modifier: string | undefined,
  context: CriterionContext,
): Expression | undefined {
  const { family } = second;
  if (family === undefined || family === 'id') return undefined;
  if (modifier !== undefined) throw unsupportedModifier(context.name, []);
  const values = splitUnescaped(value, ',').filter((part) => part !== '');
  return anyOf(
    values.flatMap((part) =>
      (parts.length === 0 ? [code] : parts).map((one) => {
        const { parameter, value: rest } = splitComposite(one, second, part, context);
        return FAMILIES[family].parse(parameter, rest, context, undefined);
      }),
    ),
  );
}

function parseNear(
  parameter: SearchParameter,
  value: string,
  modifier: string | undefined,
  context: CriterionContext,
): Expression {
  if (modifier !== undefined) throw unsupportedModifier(context.name, []);
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
  { name }: CriterionContext,
): Expression {
  if (value !== 'true' && value !== 'false') {
    throw malformedValue(name, 'true or false');
  }
  const missing = value === 'true';
  if (family === 'id' || family === 'lastUpdated') {
    return missing ? anyOf([]) : allOf([]);
  }
  return missingWithParts(parameter, family, missing);
}
