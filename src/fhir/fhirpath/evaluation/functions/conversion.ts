import { decimalText } from '../../../json.ts';
import type { Call, FunctionRule } from '../call.ts';
import { decimal, integer, Node, text } from '../node.ts';
import { type Plan, singlePlan, truthPlan } from '../plan.ts';
import { temporal } from '../temporal.ts';
import { type SystemType, system } from '../types.ts';
import { type Operand, operandOf, singleNode } from '../values.ts';

/** A value as one of another type, `undefined` where it has no such form (FHIRPath N1, conversion). */
type Conversion = (value: Operand, node: Node) => Node | undefined;

const truthTexts: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  '1': true,
  '1.0': true,
  false: false,
  f: false,
  no: false,
  n: false,
  '0': false,
  '0.0': false,
};

function booleanNode(value: boolean): Node {
  return new Node(value, undefined, system.Boolean);
}

function toBoolean(operand: Operand): Node | undefined {
  if (operand.kind === 'boolean') return booleanNode(operand.value);
  if (operand.kind === 'number' && (operand.value === 0 || operand.value === 1)) {
    return booleanNode(operand.value === 1);
  }
  const name = operand.kind === 'text' ? operand.value.toLowerCase() : '';
  return Object.hasOwn(truthTexts, name) ? booleanNode(truthTexts[name] as boolean) : undefined;
}

function toInteger(operand: Operand, { type }: Node): Node | undefined {
  if (operand.kind === 'boolean') return integer(operand.value ? 1 : 0);
  if (operand.kind === 'number') return type.system === 'Integer' ? integer(operand.value) : undefined;
  const isWhole = operand.kind === 'text' && /^[+-]?\d{1,15}$/.test(operand.value);
  return isWhole ? integer(Number(operand.value)) : undefined;
}

function toDecimal(operand: Operand): Node | undefined {
  if (operand.kind === 'boolean') return decimal(operand.value ? 1 : 0);
  if (operand.kind === 'number') return decimal(operand.value);
  const isNumber = operand.kind === 'text' && /^[+-]?\d{1,100}(?:\.\d{1,100})?$/.test(operand.value);
  return isNumber ? decimal(Number(operand.value)) : undefined;
}

function toText(operand: Operand, { value }: Node): Node {
  switch (operand.kind) {
    case 'temporal':
      return text(operand.value.text);
    case 'quantity':
      return text(`${operand.value.value} ${quoted(operand.value.unit)}`);
    case 'number':
      return text(decimalText(value) ?? String(operand.value));
    default:
      return text(String(operand.value));
  }
}

/** A UCUM code stands in quotes, a calendar unit does not. */
function quoted(unit: string): string {
  return /^(?:year|month|week|day|hour|minute|second|millisecond)$/.test(unit) ? unit : `'${unit}'`;
}

function toTemporal(type: 'Date' | 'DateTime' | 'Time'): Conversion {
  return (operand) => {
    if (operand.kind !== 'text' && operand.kind !== 'temporal') return undefined;
    const source = operand.kind === 'text' ? operand.value : operand.value.text;
    const read = temporal(type === 'Date' ? source.replace(/T.*$/s, '') : source.replace(/^T/, ''));
    if (read === undefined || (read.type === 'Time') !== (type === 'Time')) return undefined;
    return new Node({ ...read, type }, undefined, system[type]);
  };
}

const quantityText = /^([+-]?\d{1,100}(?:\.\d{1,100})?)\s*(?:'([^']{1,100})'|([a-z]+))?$/;

function toQuantity(operand: Operand): Node | undefined {
  if (operand.kind === 'quantity') return quantityNode(operand.value.value, operand.value.unit);
  if (operand.kind === 'number') return quantityNode(operand.value, '1');
  if (operand.kind === 'boolean') return quantityNode(operand.value ? 1 : 0, '1');
  const match = operand.kind === 'text' ? quantityText.exec(operand.value) : null;
  if (match === null) return undefined;
  const [, value, code, word] = match;
  const unit = word === undefined ? (code ?? '1') : word.replace(/s$/, '');
  return word !== undefined && quoted(unit) !== unit ? undefined : quantityNode(Number(value), unit);
}

function quantityNode(value: number, unit: string): Node {
  return new Node({ value, unit }, undefined, system.Quantity);
}

/** `toX()` and `convertsToX()` of one type. */
function conversion(type: SystemType, convert: Conversion): Record<string, FunctionRule> {
  const to = ({ operand }: Call): Plan =>
    singlePlan(system[type], (focus, scope) => {
      const node = singleNode(operand.nodes(focus, scope), scope);
      const value = node && operandOf(node);
      return value && convert(value, node as Node);
    });
  const convertsTo = ({ operand }: Call): Plan =>
    truthPlan((focus, scope) => {
      const node = singleNode(operand.nodes(focus, scope), scope);
      if (node === undefined) return undefined;
      const value = operandOf(node);
      return value !== undefined && convert(value, node) !== undefined;
    });
  return {
    [`to${type}`]: { least: 0, most: 0, plan: to },
    [`convertsTo${type}`]: { least: 0, most: 0, plan: convertsTo },
  };
}

/** FHIRPath N1, conversion */
export const conversionFunctions: Readonly<Record<string, FunctionRule>> = {
  ...conversion('Boolean', toBoolean),
  ...conversion('Integer', toInteger),
  ...conversion('Decimal', toDecimal),
  ...conversion('String', toText),
  ...conversion('Date', toTemporal('Date')),
  ...conversion('DateTime', toTemporal('DateTime')),
  ...conversion('Time', toTemporal('Time')),
  ...conversion('Quantity', toQuantity),
};
