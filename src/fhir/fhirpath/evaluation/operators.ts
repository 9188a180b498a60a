import type { Operator } from '../syntax.ts';
import { areEqual, areEquivalent, compare, equalityKey, isEqual } from './equality.ts';
import { decimal, integer, Node, type Nodes, text } from './node.ts';
import { singleReader, textReader } from './paths.ts';
import { collectionPlan, isTruth, numberPlan, type Plan, singlePlan, truthPlan } from './plan.ts';
import type { Scope } from './scope.ts';
import { compareTemporals, shifted, temporal } from './temporal.ts';
import { system } from './types.ts';
import { type Operand, operandOf, singleNode, singleOperand, singleText } from './values.ts';

/** `and` of three values. */
export function andPlan(left: Plan, right: Plan): Plan {
  return truthPlan((focus, scope) => {
    const first = left.truth(focus, scope);
    if (first === false) return false;
    const second = right.truth(focus, scope);
    return second === false ? false : first === undefined ? undefined : second;
  });
}

/** `or` of three values. */
export function orPlan(left: Plan, right: Plan): Plan {
  return truthPlan((focus, scope) => {
    const first = left.truth(focus, scope);
    if (first === true) return true;
    const second = right.truth(focus, scope);
    return second === true ? true : first === undefined ? undefined : second;
  });
}

function xorPlan(left: Plan, right: Plan): Plan {
  return truthPlan((focus, scope) => {
    const first = left.truth(focus, scope);
    const second = right.truth(focus, scope);
    return first === undefined || second === undefined ? undefined : first !== second;
  });
}

function impliesPlan(left: Plan, right: Plan): Plan {
  return truthPlan((focus, scope) => {
    const first = left.truth(focus, scope);
    if (first === false) return true;
    const second = right.truth(focus, scope);
    return second === true ? true : first === undefined ? undefined : second;
  });
}

/** `=` and `!=`. */
export function equalityPlan(left: Plan, right: Plan, negated: boolean, literal: unknown): Plan {
  const read = typeof literal === 'string' ? textReader(left) : undefined;
  if (read !== undefined) {
    return truthPlan((focus) => {
      const value = read(focus);
      return value === undefined ? undefined : (value === literal) !== negated;
    });
  }
  const { number } = left;
  const { number: other } = right;
  if (number !== undefined && other !== undefined) {
    return truthPlan((focus, scope) => (number(focus, scope) === other(focus, scope)) !== negated);
  }
  if (isTruth(left) && isTruth(right)) {
    return truthPlan((focus, scope) => {
      const first = left.truth(focus, scope);
      const second = right.truth(focus, scope);
      return first === undefined || second === undefined ? undefined : (first === second) !== negated;
    });
  }
  return truthPlan((focus, scope) => {
    const first = left.nodes(focus, scope);
    if (first.length === 0) return undefined;
    const equal = areEqual(first, right.nodes(focus, scope), scope);
    return equal === undefined ? undefined : equal !== negated;
  });
}

/** `|`: the values of both, each once. */
export function unionPlan(left: Plan, right: Plan): Plan {
  const types = left.types && right.types && [...new Set([...left.types, ...right.types])];
  return collectionPlan(
    types,
    (focus, scope) => distinct([...left.nodes(focus, scope), ...right.nodes(focus, scope)], scope),
    { exists: (focus, scope) => left.exists(focus, scope) || right.exists(focus, scope) },
  );
}

/** Each value once, the first of those that are equal. */
export function distinct(nodes: Nodes, scope: Scope): Nodes {
  if (nodes.length < 2) return nodes;
  const seen = new Set<string>();
  return nodes.filter((node) => isFirst(node, seen, scope));
}

/** Whether no equal value was seen before; it is seen from now on. */
export function isFirst(node: Node, seen: Set<string>, scope: Scope): boolean {
  const key = equalityKey(node, scope);
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** `in`: whether the one value of the left is on the right. */
function membershipPlan(item: Plan, collection: Plan): Plan {
  if (collection.isIndependent) return rememberedMembership(item, collection);
  return truthPlan((focus, scope) => {
    const node = singleNode(item.nodes(focus, scope), scope);
    if (node === undefined) return undefined;
    const nodes = collection.nodes(focus, scope);
    scope.spend(nodes.length);
    return nodes.some((candidate) => isEqual(candidate, node, scope) === true);
  });
}

/** A collection that is the same for the whole resource is looked through once. */
function rememberedMembership(item: Plan, collection: Plan): Plan {
  const memory = {};
  return truthPlan((focus, scope) => {
    const node = singleNode(item.nodes(focus, scope), scope);
    if (node === undefined) return undefined;
    const keys = scope.remembered(
      memory,
      () => new Set(collection.nodes(focus, scope).map((each) => equalityKey(each, scope))),
    );
    return keys.has(equalityKey(node, scope));
  });
}

/** `in` of a union of literal texts. */
export function literalMembershipPlan(item: Plan, texts: ReadonlySet<string>): Plan {
  const read = textReader(item);
  return truthPlan((focus, scope) => {
    const value = read === undefined ? singleText(item.nodes(focus, scope), scope) : read(focus);
    return value === undefined ? undefined : typeof value === 'string' && texts.has(value);
  });
}

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function comparisonPlan(left: Plan, right: Plan, holds: (order: number) => boolean): Plan {
  const { number } = left;
  const { number: other } = right;
  if (number !== undefined && other !== undefined) {
    return truthPlan((focus, scope) => holds(number(focus, scope) - other(focus, scope)));
  }
  const dates = datesPlan(left, right, holds);
  if (dates !== undefined) return dates;
  return truthPlan((focus, scope) => {
    const nodes = bothOf(left, right, focus, scope);
    const first = nodes && singleOperand(nodes.left, scope);
    const second = nodes && singleOperand(nodes.right, scope);
    const order = first && second && compare(first, second, scope);
    return order === undefined ? undefined : holds(order);
  });
}

/** Both operands, undefined where one is empty: the result is empty then, whatever the other one is. */
function bothOf(
  left: Plan,
  right: Plan,
  focus: Node,
  scope: Scope,
): { left: Nodes; right: Nodes } | undefined {
  const first = left.nodes(focus, scope);
  if (first.length === 0) return undefined;
  const second = right.nodes(focus, scope);
  return second.length === 0 ? undefined : { left: first, right: second };
}

/** Two dates of one form are in the order of their texts; others are read. */
function datesPlan(left: Plan, right: Plan, holds: (order: number) => boolean): Plan | undefined {
  const first = singleReader(left.path, ({ system }) => system === 'Date' || system === 'DateTime');
  const second = singleReader(right.path, ({ system }) => system === 'Date' || system === 'DateTime');
  if (first === undefined || second === undefined) return undefined;
  return truthPlan((focus) => {
    const one = first(focus);
    const other = second(focus);
    if (typeof one !== 'string' || typeof other !== 'string') return undefined;
    if (one.length === other.length && (one.length <= 10 || (one.endsWith('Z') && other.endsWith('Z')))) {
      return holds(one < other ? -1 : one > other ? 1 : 0);
    }
    const order = compareTexts(one, other);
    return order === undefined ? undefined : holds(order);
  });
}

function compareTexts(left: string, right: string): number | undefined {
  const first = temporal(left);
  const second = temporal(right);
  return first && second && compareTemporals(first, second);
}

/** What an arithmetic operator makes of two numbers; `undefined` where that is no number. */
const arithmetic: Readonly<Record<string, (left: number, right: number) => number | undefined>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? undefined : left / right),
  div: (left, right) => (right === 0 ? undefined : Math.trunc(left / right)),
  mod: (left, right) => (right === 0 ? undefined : left % right),
};

function arithmeticPlan(operator: string, left: Plan, right: Plan): Plan {
  const operate = arithmetic[operator] as (left: number, right: number) => number | undefined;
  const { number } = left;
  const { number: other } = right;
  if (operator === '+' && number !== undefined && other !== undefined) {
    return numberPlan((focus, scope) => number(focus, scope) + other(focus, scope));
  }
  return singlePlan(undefined, (focus, scope) => {
    const nodes = bothOf(left, right, focus, scope);
    const first = nodes && singleNode(nodes.left, scope);
    const second = nodes && singleNode(nodes.right, scope);
    const one = first && operandOf(first);
    const other = second && operandOf(second);
    if (one === undefined || other === undefined) return undefined;
    if (one.kind === 'number' && other.kind === 'number') {
      return numberNode(operator, operate(one.value, other.value), first as Node, second as Node);
    }
    return ofOtherKinds(operator, one, other, scope);
  });
}

/** Fifteen digits are those that a double holds for sure, so that 0.1 + 0.2 is 0.3. */
function numberNode(operator: string, value: number | undefined, left: Node, right: Node): Node | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  const isWhole = operator === 'div' || (left.type.system === 'Integer' && right.type.system === 'Integer');
  return isWhole && operator !== '/' ? integer(value) : decimal(Number(value.toPrecision(15)));
}

function ofOtherKinds(operator: string, left: Operand, right: Operand, scope: Scope): Node | undefined {
  if (operator === '+' && left.kind === 'text' && right.kind === 'text') {
    return text(joined(left.value, right.value, scope));
  }
  if (right.kind === 'quantity' && (operator === '+' || operator === '-')) {
    const amount = operator === '+' ? right.value.value : -right.value.value;
    if (left.kind === 'temporal') {
      const moved = shifted(left.value, amount, right.value.unit);
      if (moved === undefined) throw scope.error('A date is moved by something else than a time');
      return new Node(moved, undefined, system[moved.type]);
    }
    if (left.kind === 'quantity' && left.value.unit === right.value.unit) {
      const value = Number((left.value.value + amount).toPrecision(15));
      return new Node({ value, unit: left.value.unit }, undefined, system.Quantity);
    }
  }
  throw scope.error(`${operator} of a ${left.kind} and a ${right.kind}`);
}

/** `&`: texts one behind the other, nothing counting as an empty text. */
function concatenationPlan(left: Plan, right: Plan): Plan {
  return singlePlan(system.String, (focus, scope) =>
    text(
      joined(
        singleText(left.nodes(focus, scope), scope) ?? '',
        singleText(right.nodes(focus, scope), scope) ?? '',
        scope,
      ),
    ),
  );
}

function joined(left: string, right: string, scope: Scope): string {
  scope.spend((left.length + right.length) >> 4);
  return left + right;
}

export function operationPlan(operator: Operator, left: Plan, right: Plan): Plan {
  switch (operator) {
    case 'xor':
      return xorPlan(left, right);
    case 'implies':
      return impliesPlan(left, right);
    case 'in':
      return membershipPlan(left, right);
    case 'contains':
      return membershipPlan(right, left);
    case '&':
      return concatenationPlan(left, right);
    case '~':
    case '!~':
      return truthPlan(
        (focus, scope) =>
          areEquivalent(left.nodes(focus, scope), right.nodes(focus, scope), scope) === (operator === '~'),
      );
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparisonPlan(left, right, orders[operator] as (order: number) => boolean);
    default:
      return arithmeticPlan(operator, left, right);
  }
}

/** `-x` */
export function negativePlan(operand: Plan): Plan {
  return singlePlan(undefined, (focus, scope) => {
    const node = singleNode(operand.nodes(focus, scope), scope);
    const value = node && operandOf(node);
    if (value === undefined) return undefined;
    if (value.kind === 'quantity') {
      return new Node({ ...value.value, value: -value.value.value }, undefined, system.Quantity);
    }
    if (value.kind !== 'number') throw scope.error(`- of a ${value.kind}`);
    return node?.type.system === 'Integer' ? integer(-value.value) : decimal(-value.value);
  });
}
