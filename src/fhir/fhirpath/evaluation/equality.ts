import { decimalText } from '../../json.ts';
import type { Node, Nodes } from './node.ts';
import type { Scope } from './scope.ts';
import { compareTemporals, temporalKey } from './temporal.ts';
import { type Operand, operandOf, type Quantity } from './values.ts';

/** `=` of two values; `undefined` where dates of different precision or units leave it open. */
export function isEqual(left: Node, right: Node, scope: Scope): boolean | undefined {
  if (typeof left.value === 'string' && left.value === right.value) return true;
  const first = operandOf(left);
  const second = operandOf(right);
  if (first === undefined || second === undefined) {
    return first === second && structureKey(left, scope) === structureKey(right, scope);
  }
  if (first.kind === 'temporal' && second.kind === 'temporal') {
    if ((first.value.type === 'Time') !== (second.value.type === 'Time')) return false;
    const order = compareTemporals(first.value, second.value);
    return order === undefined ? undefined : order === 0;
  }
  if (first.kind === 'quantity' && second.kind === 'quantity') {
    const order = compareQuantities(first.value, second.value, scope);
    return order === undefined ? undefined : order === 0;
  }
  return sameText(first, second);
}

/** A text equals a date that is written like it, as the values of elements are texts. */
function sameText(first: Operand, second: Operand): boolean {
  if (first.kind === second.kind) return first.value === second.value;
  return plain(first) === plain(second);
}

function plain({ kind, value }: Operand): unknown {
  return kind === 'temporal' ? value.text : value;
}

/** `=` of two collections: the same values in the same order; `undefined` where one is empty. */
export function areEqual(left: Nodes, right: Nodes, scope: Scope): boolean | undefined {
  if (left.length === 0 || right.length === 0) return undefined;
  if (left.length !== right.length) return false;
  scope.spend(left.length);
  let equal: boolean | undefined = true;
  for (let index = 0; index < left.length; index++) {
    const same = isEqual(left[index] as Node, right[index] as Node, scope);
    if (same === false) return false;
    if (same === undefined) equal = undefined;
  }
  return equal;
}

/**
 * `~` of two values: texts whatever their case and white space, numbers to the precision of the less precise one, dates
 * only of the same precision.
 */
function isEquivalent(left: Node, right: Node, scope: Scope): boolean {
  const first = operandOf(left);
  const second = operandOf(right);
  if (first === undefined || second === undefined) {
    return first === second && equivalenceKey(left, scope) === equivalenceKey(right, scope);
  }
  if (first.kind === 'text' && second.kind === 'text') {
    scope.spend((first.value.length + second.value.length) >> 4);
    return folded(first.value) === folded(second.value);
  }
  if (first.kind === 'number' && second.kind === 'number')
    return isNear(left, right, first.value, second.value);
  return isEqual(left, right, scope) === true;
}

/** `~` of two collections: the same values in any order. */
export function areEquivalent(left: Nodes, right: Nodes, scope: Scope): boolean {
  if (left.length !== right.length) return false;
  const open = [...right];
  return left.every((node) => {
    scope.spend(open.length);
    const index = open.findIndex((candidate) => isEquivalent(node, candidate, scope));
    if (index >= 0) open.splice(index, 1);
    return index >= 0;
  });
}

/** The sign of the order of two values, `undefined` where it is open or they do not compare. */
export function compare(left: Operand, right: Operand, scope: Scope): number | undefined {
  if (left.kind === 'number' && right.kind === 'number') return Math.sign(left.value - right.value);
  if (left.kind === 'text' && right.kind === 'text') {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  }
  if (left.kind === 'temporal' && right.kind === 'temporal') return compareTemporals(left.value, right.value);
  const first = asQuantity(left);
  const second = asQuantity(right);
  return first && second && compareQuantities(first, second, scope);
}

/** A number stands for a quantity of unit 1. */
function asQuantity(operand: Operand): Quantity | undefined {
  if (operand.kind === 'number') return { value: operand.value, unit: '1' };
  return operand.kind === 'quantity' ? operand.value : undefined;
}

/** The UCUM codes of the calendar units, which the definite durations equal (FHIRPath N1, time-valued quantities). */
const calendarCodes: Readonly<Record<string, string>> = {
  year: 'a',
  month: 'mo',
  week: 'wk',
  day: 'd',
  hour: 'h',
  minute: 'min',
  second: 's',
  millisecond: 'ms',
};

function compareQuantities(left: Quantity, right: Quantity, scope: Scope): number | undefined {
  const unit = calendarCodes[left.unit] ?? left.unit;
  const target = calendarCodes[right.unit] ?? right.unit;
  if (unit === target) return Math.sign(left.value - right.value);
  const converted = scope.environment.convert?.(left.value, unit, target);
  if (converted === undefined) return undefined;
  const difference = converted - right.value;
  // What the conversion rounds is no difference.
  return Math.abs(difference) <= Math.abs(right.value) * 1e-12 ? 0 : Math.sign(difference);
}

/** The same text for values that are equal; making it costs more than visiting a value. */
export function equalityKey(node: Node, scope: Scope): string {
  const operand = operandOf(node);
  if (operand === undefined || (operand.kind === 'quantity' && node.type.kind !== 'system')) {
    return structureKey(node, scope);
  }
  scope.spend(5);
  switch (operand.kind) {
    case 'temporal':
      return `@${temporalKey(operand.value)}`;
    case 'quantity':
      return `q${operand.value.value} ${operand.value.unit}`;
    case 'text':
      scope.spend(operand.value.length >> 5);
      return `t${operand.value}`;
    default:
      return `${operand.kind.charAt(0)}${operand.value}`;
  }
}

/** A primitive without value is told by its companion. */
function structureKey({ value, companion }: Node, scope: Scope): string {
  return charged(`{${keyOf(value ?? companion, (text) => JSON.stringify(text))}`, scope);
}

function equivalenceKey({ value }: Node, scope: Scope): string {
  return charged(keyOf(value, folded), scope);
}

function charged(key: string, scope: Scope): string {
  scope.spend(30 + key.length);
  return key;
}

function keyOf(value: unknown, ofText: (text: string) => string): string {
  if (typeof value === 'string') return ofText(value);
  const number = decimalText(value);
  if (number !== undefined) return String(Number(number));
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => keyOf(item, ofText)).join()}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${key}:${keyOf(member, ofText)}`);
  return `{${members.join()}}`;
}

function folded(text: string): string {
  return text.toLowerCase().replace(/\s/g, ' ');
}

function isNear(left: Node, right: Node, first: number, second: number): boolean {
  const digits = Math.min(fractionDigits(left.value), fractionDigits(right.value));
  return Math.abs(first - second) < 10 ** -digits / 2 || first.toFixed(digits) === second.toFixed(digits);
}

function fractionDigits(value: unknown): number {
  const fraction = /\.(\d+)/.exec(decimalText(value) ?? '')?.[1] ?? '';
  return Math.min(fraction.length, 100);
}
