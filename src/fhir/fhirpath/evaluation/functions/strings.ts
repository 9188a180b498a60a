import type { Call, FunctionRule } from '../call.ts';
import { integer, type Node, text } from '../node.ts';
import { textReader } from '../paths.ts';
import { collectionPlan, type Plan, singlePlan, truthPlan } from '../plan.ts';
import { type Pattern, readPattern } from '../regular-expression/pattern.ts';
import type { Scope } from '../scope.ts';
import { system } from '../types.ts';
import { singleNumber, singleText } from '../values.ts';

/**
 * A test of a text with another one. `ofNothing` is what it says of nothing: `startsWith` and `endsWith` are false,
 * as in the HL7 validator, on which R4's constraint ref-1 relies.
 */
function textTest(
  holds: (input: string, part: string) => boolean,
  ofNothing: boolean | undefined,
): FunctionRule {
  const plan = (call: Call): Plan => {
    const { operand } = call;
    const part = call.parameter(0);
    const literal = call.literal(0);
    const read = textReader(operand);
    return truthPlan((focus, scope) => {
      const input = read === undefined ? singleText(operand.nodes(focus, scope), scope) : read(focus);
      if (typeof input !== 'string') return ofNothing;
      scope.spend(input.length >> 6);
      const wanted = literal ?? singleText(part.nodes(focus, scope), scope);
      return wanted === undefined ? undefined : holds(input, wanted);
    });
  };
  return { least: 1, most: 1, plan };
}

/** A function of a text that makes another value of it. */
function ofText(type: 'String' | 'Integer', make: (input: string) => Node | undefined): FunctionRule {
  const plan = ({ operand }: Call): Plan =>
    singlePlan(system[type], (focus, scope) => {
      const input = singleText(operand.nodes(focus, scope), scope);
      return input === undefined ? undefined : make(input);
    });
  return { least: 0, most: 0, plan };
}

function indexOfPlan(call: Call): Plan {
  const { operand } = call;
  const part = call.parameter(0);
  return singlePlan(system.Integer, (focus, scope) => {
    const input = singleText(operand.nodes(focus, scope), scope);
    const wanted = singleText(part.nodes(focus, scope), scope);
    return input === undefined || wanted === undefined ? undefined : integer(input.indexOf(wanted));
  });
}

function substringPlan(call: Call): Plan {
  const { operand } = call;
  const start = call.parameter(0);
  const length = call.optional(1);
  return singlePlan(system.String, (focus, scope) => {
    const input = singleText(operand.nodes(focus, scope), scope);
    const from = singleNumber(start.nodes(focus, scope), scope);
    if (input === undefined || from === undefined || from < 0 || from >= input.length) return undefined;
    const count = length && singleNumber(length.nodes(focus, scope), scope);
    return text(count === undefined ? input.slice(from) : input.slice(from, from + Math.max(count, 0)));
  });
}

function replacePlan(call: Call): Plan {
  const { operand } = call;
  const part = call.parameter(0);
  const substitution = call.parameter(1);
  return singlePlan(system.String, (focus, scope) => {
    const input = singleText(operand.nodes(focus, scope), scope);
    const wanted = singleText(part.nodes(focus, scope), scope);
    const other = singleText(substitution.nodes(focus, scope), scope);
    if (input === undefined || wanted === undefined || other === undefined) return undefined;
    const pieces = wanted === '' ? ['', ...Array.from(input), ''] : input.split(wanted);
    scope.spend(input.length + pieces.length * other.length);
    return text(pieces.join(other));
  });
}

/** The pattern of a parameter, read once where it is a literal. */
function patternOf(call: Call, index: number): (focus: Node, scope: Scope) => Pattern | undefined {
  const refused = (problem: string) => call.error(problem);
  const literal = call.literal(index);
  if (literal !== undefined) {
    const pattern = readPattern(literal, refused);
    return () => pattern;
  }
  const parameter = call.parameter(index);
  return (focus, scope) => {
    const source = singleText(parameter.nodes(focus, scope), scope);
    return source === undefined ? undefined : readPattern(source, refused);
  };
}

/** A match anywhere in the text; patterns that want the whole text say `^` and `$`. */
function matchesPlan(call: Call): Plan {
  const { operand } = call;
  const pattern = patternOf(call, 0);
  return truthPlan((focus, scope) => {
    const input = singleText(operand.nodes(focus, scope), scope);
    if (input === undefined) return undefined;
    return pattern(focus, scope)?.matches(input, (steps) => scope.spend(steps));
  });
}

function replaceMatchesPlan(call: Call): Plan {
  const { operand } = call;
  const pattern = patternOf(call, 0);
  const substitution = call.parameter(1);
  return singlePlan(system.String, (focus, scope) => {
    const input = singleText(operand.nodes(focus, scope), scope);
    const other = singleText(substitution.nodes(focus, scope), scope);
    const found = input === undefined || other === undefined ? undefined : pattern(focus, scope);
    if (input === undefined || other === undefined || found === undefined) return undefined;
    return text(found.replaced(input, other, (steps) => scope.spend(steps)));
  });
}

function splitPlan(call: Call): Plan {
  const { operand } = call;
  const separator = call.parameter(0);
  return collectionPlan([system.String], (focus, scope) => {
    const input = singleText(operand.nodes(focus, scope), scope);
    const between = singleText(separator.nodes(focus, scope), scope);
    if (input === undefined || between === undefined) return [];
    scope.spend(input.length);
    return input.split(between).map(text);
  });
}

function toCharsPlan({ operand }: Call): Plan {
  return collectionPlan([system.String], (focus, scope) => {
    const input = singleText(operand.nodes(focus, scope), scope) ?? '';
    scope.spend(input.length);
    return Array.from(input, text);
  });
}

function joinPlan(call: Call): Plan {
  const { operand } = call;
  const separator = call.optional(0);
  return singlePlan(system.String, (focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    if (nodes.length === 0) return undefined;
    const between = (separator && singleText(separator.nodes(focus, scope), scope)) ?? '';
    const texts = nodes.map((node) => singleText([node], scope)).filter((part) => part !== undefined);
    const joined = texts.join(between);
    scope.spend(nodes.length + (joined.length >> 4));
    return text(joined);
  });
}

/** FHIRPath N1, string manipulation */
export const stringFunctions = {
  startsWith: textTest((input, part) => input.startsWith(part), false),
  endsWith: textTest((input, part) => input.endsWith(part), false),
  contains: textTest((input, part) => input.includes(part), undefined),
  indexOf: { least: 1, most: 1, plan: indexOfPlan },
  substring: { least: 1, most: 2, plan: substringPlan },
  upper: ofText('String', (input) => text(input.toUpperCase())),
  lower: ofText('String', (input) => text(input.toLowerCase())),
  trim: ofText('String', (input) => text(input.trim())),
  length: ofText('Integer', (input) => integer(input.length)),
  replace: { least: 2, most: 2, plan: replacePlan },
  matches: { least: 1, most: 1, plan: matchesPlan },
  replaceMatches: { least: 2, most: 2, plan: replaceMatchesPlan },
  split: { least: 1, most: 1, plan: splitPlan },
  join: { least: 0, most: 1, plan: joinPlan },
  toChars: { least: 0, most: 0, plan: toCharsPlan },
} satisfies Record<string, FunctionRule>;
