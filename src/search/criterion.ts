import { fhirError } from '../fhir/error.ts';
import { allOf, anyOf } from './combine.ts';
import type { Expression, SortKey } from './expression.ts';
import type { SearchParameter } from './parameters.ts';
import {
  type CriterionContext,
  malformedValue,
  unsupportedModifier,
  type ValueParser,
} from './parse-values/context.ts';
import { parseDateValue, parseLastUpdatedValue } from './parse-values/date.ts';
import { resolveEscapes, splitUnescaped } from './parse-values/escapes.ts';
import { parseNumberValue } from './parse-values/number.ts';
import { parseQuantityValue } from './parse-values/quantity.ts';
import { parseReferenceValue } from './parse-values/reference.ts';
import { parseStringValue } from './parse-values/string.ts';
import { parseTokenValue } from './parse-values/token.ts';
import { parseUriValue } from './parse-values/uri.ts';

/** The most target types that a chain without a type fans out to. */
const CHAIN_FAN_OUT = 16;

interface Family {
  parse: ValueParser;
  /** Modifiers beside `missing`; a reference also takes the names of its target types. */
  modifiers: readonly string[];
}

const FAMILIES: Readonly<Record<Exclude<SortKey['family'], 'id'>, Family>> = {
  string: { parse: parseStringValue, modifiers: ['exact', 'contains'] },
  token: { parse: parseTokenValue, modifiers: ['not'] },
  date: { parse: parseDateValue, modifiers: [] },
  number: { parse: parseNumberValue, modifiers: [] },
  quantity: { parse: parseQuantityValue, modifiers: [] },
  reference: { parse: parseReferenceValue, modifiers: [] },
  uri: { parse: parseUriValue, modifiers: [] },
  lastUpdated: { parse: parseLastUpdatedValue, modifiers: [] },
};

/**
 * The condition of one search criterion on resources of `type`: `name=value` with its modifier, its chain and its
 * comma-separated alternatives. `undefined` when the server has no such parameter for the type.
 * @throws FhirError 400 on a malformed value, an unsupported modifier or a chain that cannot be followed
 */
export function parseCriterion(type: string, name: string, value: string, context: CriterionContext) {
  const dot = name.indexOf('.');
  return dot < 0
    ? parseSimple(type, name, value, context)
    : parseChain(type, name.slice(0, dot), name.slice(dot + 1), value, context);
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
  const condition = anyOf(values.map((part) => parse(parameter, part, context, modifier)));
  return modifier === 'not' ? { kind: 'not', operand: condition } : condition;
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
  { code }: SearchParameter,
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
  return { kind: 'missing', parameter: code, family, missing };
}

/** `parameter.rest` or `parameter:Type.rest` (search.html#chaining), one level deep. */
function parseChain(
  type: string,
  head: string,
  rest: string,
  value: string,
  context: CriterionContext,
): Expression | undefined {
  const [code = '', targetType, ...more] = head.split(':');
  const parameter = context.parameters.get(type, code);
  if (parameter?.family === undefined) {
    return undefined;
  }
  if (parameter.family !== 'reference') {
    throw fhirError(
      400,
      'not-supported',
      `${context.name}: ${code} is no reference and cannot be chained`,
      context.name,
    );
  }
  if (rest.includes('.')) {
    throw fhirError(400, 'not-supported', `${context.name}: chains of one level are supported`, context.name);
  }
  if (targetType !== undefined && (more.length > 0 || !parameter.targets.includes(targetType))) {
    throw unsupportedModifier(context.name, typeModifiers(parameter));
  }
  const targets = targetType === undefined ? chainTargets(parameter, rest, context) : [targetType];
  const conditions = targets.flatMap((target): Expression[] => {
    const expression = parseSimple(target, rest, value, context);
    return expression === undefined
      ? []
      : [{ kind: 'chain', parameter: code, targetType: target, expression }];
  });
  return conditions.length === 0 ? undefined : anyOf(conditions);
}

/** The target types that have the parameter which the chain goes on with. */
function chainTargets(
  { code, targets }: SearchParameter,
  rest: string,
  { parameters, name }: CriterionContext,
): readonly string[] {
  const [restCode = ''] = rest.split(':');
  const candidates = targets.filter((target) => parameters.get(target, restCode)?.family !== undefined);
  if (candidates.length > CHAIN_FAN_OUT) {
    const hint = `name the type, as in ${code}:${candidates[0]}.${restCode}`;
    throw fhirError(400, 'too-costly', `${name} could mean ${candidates.length} types: ${hint}`, name);
  }
  return candidates;
}

function typeModifiers({ targets }: SearchParameter): readonly string[] {
  return targets.length > CHAIN_FAN_OUT ? ['[type]'] : targets;
}
