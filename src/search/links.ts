import { fhirError } from '../fhir/error.ts';
import { anyOf } from './combine.ts';
import { writtenCanonicalParameter } from './derived-parameters.ts';
import type { Expression } from './expression.ts';
import { type CriterionContext, unsupportedModifier } from './parse-values/context.ts';
import { isSearchable, type SearchParameter } from './search-parameter.ts';

/** The most target types that a chain without a type fans out to. */
const CHAIN_FAN_OUT = 16;

/** The most references that one criterion follows, by chains and `_has` together. */
const MOST_LINKS = 5;

const HAS = '_has:';

/** The condition that a criterion sets on the resources of a type at the other end of a reference. */
export type ParseRest = (type: string, name: string) => Expression | undefined;

/**
 * Reads the first link of a criterion, `parameter.rest`, `parameter:Type.rest` (search.html#chaining) or
 * `_has:Type:parameter:rest` (search.html#has); `rest` may hold further links of both kinds.
 * `undefined` when a parameter on the way is not known.
 * @throws FhirError 400: `not-supported` for a link that cannot be followed, `too-costly` for too many
 */
export function parseLink(
  type: string,
  name: string,
  context: CriterionContext,
  parseRest: ParseRest,
): Expression | undefined {
  checkLinks(context);
  if (name.startsWith(HAS)) return parseHas(type, name.slice(HAS.length), context, parseRest);
  const dot = name.indexOf('.');
  return parseChain(type, name.slice(0, dot), name.slice(dot + 1), context, parseRest);
}

/** True when the name of a criterion starts with a link. */
export function isLink(name: string): boolean {
  return name.startsWith(HAS) || name.includes('.');
}

/** The names of the types that a reference parameter takes as modifiers, for refusals. */
export function typeModifiers({ targets }: SearchParameter): readonly string[] {
  return targets.length > CHAIN_FAN_OUT ? ['[type]'] : targets;
}

function checkLinks({ name }: CriterionContext): void {
  const links = name.split('.').length - 1 + name.split(HAS).length - 1;
  if (links > MOST_LINKS) {
    throw fhirError(400, 'too-costly', `${name}: a criterion follows at most ${MOST_LINKS} references`, name);
  }
}

function parseChain(
  type: string,
  head: string,
  rest: string,
  context: CriterionContext,
  parseRest: ParseRest,
): Expression | undefined {
  const [code = '', targetType, ...more] = head.split(':');
  const parameter = context.parameters.get(type, code);
  if (parameter?.family === undefined) return undefined;
  if (parameter.family !== 'reference') {
    const problem = `${context.name}: ${code} is no reference and cannot be chained`;
    throw fhirError(400, 'not-supported', problem, context.name);
  }
  if (targetType !== undefined && (more.length > 0 || !parameter.targets.includes(targetType))) {
    throw unsupportedModifier(context.name, typeModifiers(parameter));
  }
  const targets = targetType === undefined ? chainTargets(parameter, rest, context) : [targetType];
  const conditions = targets.flatMap((target): Expression[] => {
    takeWay(context);
    const expression = parseRest(target, rest);
    if (expression === undefined) return [];
    return links(parameter, target).map((link) => ({
      kind: 'chain',
      targetType: target,
      expression,
      ...link,
    }));
  });
  return conditions.length === 0 ? undefined : anyOf(conditions);
}

function parseHas(
  type: string,
  link: string,
  context: CriterionContext,
  parseRest: ParseRest,
): Expression | undefined {
  const [, sourceType = '', code = '', rest = ''] = /^(\w+):([\w-]+):(.+)$/s.exec(link) ?? [];
  const parameter = context.parameters.get(sourceType, code);
  if (parameter?.family !== 'reference' || !parameter.targets.includes(type)) {
    const expected = `_has:Type:parameter:…, with a reference parameter of Type that may point to ${type}`;
    throw fhirError(400, 'not-supported', `${context.name}: expected ${expected}`, context.name);
  }
  takeWay(context);
  const expression = parseRest(sourceType, rest);
  if (expression === undefined) return undefined;
  return anyOf(links(parameter, type).map((link) => ({ kind: 'has', sourceType, expression, ...link })));
}

/** How a parameter names resources of a type: by references, and where it has them by canonical ones too. */
function links({ code, canonicalTargets }: SearchParameter, target: string) {
  const references: { parameter: string; canonical?: true } = { parameter: code };
  if (!canonicalTargets.includes(target)) return [references];
  return [references, { parameter: writtenCanonicalParameter(code), canonical: true as const }];
}

/** The target types that have the parameter which the chain goes on with. */
function chainTargets(
  { code, targets }: SearchParameter,
  rest: string,
  { parameters, name }: CriterionContext,
): readonly string[] {
  const candidates = targets.filter((target) => goesOn(target, rest));
  if (candidates.length > CHAIN_FAN_OUT) {
    const hint = `name the type, as in ${code}:${candidates[0]}.${rest}`;
    throw fhirError(400, 'too-costly', `${name} could mean ${candidates.length} types: ${hint}`, name);
  }
  return candidates;

  function goesOn(target: string, next: string): boolean {
    const [first = '', source = '', reference = ''] = next.split(/[:.]/);
    return next.startsWith(HAS)
      ? (parameters.get(source, reference)?.targets.includes(target) ?? false)
      : isIndexed(parameters.get(target, first));
  }
}

function isIndexed(parameter: SearchParameter | undefined): boolean {
  return parameter !== undefined && isSearchable(parameter);
}

function takeWay(context: CriterionContext): void {
  context.ways.taken += 1;
  if (context.ways.taken > context.ways.most) {
    const problem = `${context.name} could follow more than ${context.ways.most} ways through the types: name the types`;
    throw fhirError(400, 'too-costly', problem, context.name);
  }
}
