import { decimalValue } from '../../decimal.ts';
import { decimalText } from '../../json.ts';
import { type Node, type Nodes, nothing } from './node.ts';
import type { Scope } from './scope.ts';
import { type Temporal, temporal } from './temporal.ts';

/** A System.Quantity: a UCUM code or a calendar unit such as `year`. */
export interface Quantity {
  value: number;
  unit: string;
}

/** A value that operators work on, with its kind. */
export type Operand =
  | { kind: 'boolean'; value: boolean }
  | { kind: 'text'; value: string }
  | { kind: 'number'; value: number }
  | { kind: 'temporal'; value: Temporal }
  | { kind: 'quantity'; value: Quantity };

/** The System value of an element or result; `undefined` for one that has none, or that is not of its type's form. */
export function operandOf({ value, type }: Node): Operand | undefined {
  switch (type.system) {
    case 'Boolean':
      return typeof value === 'boolean' ? { kind: 'boolean', value } : undefined;
    case 'String':
      return typeof value === 'string' ? { kind: 'text', value } : undefined;
    case 'Integer':
    case 'Decimal': {
      const number = typeof value === 'number' ? value : writtenNumber(value);
      return number === undefined ? undefined : { kind: 'number', value: number };
    }
    case 'Date':
    case 'DateTime':
    case 'Time': {
      const read =
        type.kind === 'system'
          ? (value as Temporal)
          : typeof value === 'string'
            ? temporal(value)
            : undefined;
      return read === undefined ? undefined : { kind: 'temporal', value: read };
    }
    case 'Quantity':
      return { kind: 'quantity', value: value as Quantity };
    default: {
      const quantity = type.ancestors.has('Quantity') ? quantityOf(value) : undefined;
      return quantity === undefined ? undefined : { kind: 'quantity', value: quantity };
    }
  }
}

const mostDigits = 1000;

/** A number that is kept as it was written, unless it is too long to be read again and again. */
function writtenNumber(value: unknown): number | undefined {
  return (decimalText(value)?.length ?? 0) > mostDigits ? undefined : decimalValue(value);
}

/** A FHIR Quantity as a System one; its unit is the code, else the text. */
function quantityOf(element: unknown): Quantity | undefined {
  const { value, code, unit, comparator } = (element ?? {}) as Readonly<Record<string, unknown>>;
  const number = writtenNumber(value);
  if (number === undefined || comparator !== undefined) return undefined;
  const name = typeof code === 'string' ? code : typeof unit === 'string' ? unit : '1';
  return { value: number, unit: name };
}

/** The one node of a collection, `undefined` of none. @throws FhirPathError of several */
export function singleNode(nodes: Nodes, scope: Scope): Node | undefined {
  if (nodes.length > 1) throw scope.error(`${nodes.length} values where one is expected`);
  return nodes[0];
}

export function singleOperand(nodes: Nodes, scope: Scope): Operand | undefined {
  const node = singleNode(nodes, scope);
  return node && operandOf(node);
}

/** The text of the one string of a collection. */
export function singleText(nodes: Nodes, scope: Scope): string | undefined {
  const operand = singleOperand(nodes, scope);
  if (operand?.kind === 'temporal') return operand.value.text;
  if (operand?.kind !== 'text') return undefined;
  // Whatever is done with a text goes through it.
  scope.spend(operand.value.length >> 6);
  return operand.value;
}

export function singleNumber(nodes: Nodes, scope: Scope): number | undefined {
  const operand = singleOperand(nodes, scope);
  return operand?.kind === 'number' ? operand.value : undefined;
}

/**
 * Three-valued truth of a collection (FHIRPath N1, singleton evaluation): a boolean is itself, any other single value
 * is true. A boolean element without value is neither.
 */
export function truthOf(nodes: Nodes, scope: Scope): boolean | undefined {
  if (nodes === nothing) return undefined;
  const node = singleNode(nodes, scope);
  if (node === undefined) return undefined;
  if (node.type.system !== 'Boolean') return true;
  return typeof node.value === 'boolean' ? node.value : undefined;
}
