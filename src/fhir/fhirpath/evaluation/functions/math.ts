import type { Call, FunctionRule } from '../call.ts';
import { decimal, integer, Node } from '../node.ts';
import { type Plan, singlePlan } from '../plan.ts';
import { system } from '../types.ts';
import { operandOf, singleNode, singleNumber } from '../values.ts';

/** A function of a number whose result is a whole number, a decimal or of the kind of the input. */
function ofNumber(result: 'Integer' | 'Decimal' | 'same', make: (value: number) => number): FunctionRule {
  const plan = ({ operand }: Call): Plan =>
    singlePlan(result === 'same' ? undefined : system[result], (focus, scope) => {
      const node = singleNode(operand.nodes(focus, scope), scope);
      const value = node && operandOf(node);
      if (value === undefined) return undefined;
      if (value.kind === 'quantity' && result === 'same') {
        return new Node({ ...value.value, value: make(value.value.value) }, undefined, system.Quantity);
      }
      if (value.kind !== 'number') throw scope.error(`A number is expected, not a ${value.kind}`);
      const made = make(value.value);
      if (!Number.isFinite(made)) return undefined;
      const isWhole = result === 'Integer' || (result === 'same' && node?.type.system === 'Integer');
      return isWhole ? integer(made) : decimal(made);
    });
  return { least: 0, most: 0, plan };
}

/** A function of two numbers. */
function ofTwo(make: (value: number, other: number) => number): FunctionRule {
  const plan = (call: Call): Plan => {
    const { operand } = call;
    const parameter = call.parameter(0);
    return singlePlan(undefined, (focus, scope) => {
      const node = singleNode(operand.nodes(focus, scope), scope);
      const value = node && singleNumber([node], scope);
      const other = singleNumber(parameter.nodes(focus, scope), scope);
      if (value === undefined || other === undefined) return undefined;
      const made = make(value, other);
      if (!Number.isFinite(made)) return undefined;
      return node?.type.system === 'Integer' && Number.isInteger(made) ? integer(made) : decimal(made);
    });
  };
  return { least: 1, most: 1, plan };
}

function roundPlan(call: Call): Plan {
  const { operand } = call;
  const precision = call.optional(0);
  return singlePlan(system.Decimal, (focus, scope) => {
    const value = singleNumber(operand.nodes(focus, scope), scope);
    const digits = precision === undefined ? 0 : singleNumber(precision.nodes(focus, scope), scope);
    if (value === undefined || digits === undefined) return undefined;
    if (digits < 0) throw scope.error('round() to a negative number of digits');
    return decimal(Number(value.toFixed(Math.min(Math.trunc(digits), 100))));
  });
}

/** FHIRPath N1, math */
export const mathFunctions = {
  abs: ofNumber('same', Math.abs),
  ceiling: ofNumber('Integer', Math.ceil),
  floor: ofNumber('Integer', Math.floor),
  truncate: ofNumber('Integer', Math.trunc),
  exp: ofNumber('Decimal', Math.exp),
  ln: ofNumber('Decimal', Math.log),
  sqrt: ofNumber('Decimal', Math.sqrt),
  log: ofTwo((value, base) => Math.log(value) / Math.log(base)),
  power: ofTwo((value, exponent) => value ** exponent),
  round: { least: 0, most: 1, plan: roundPlan },
} satisfies Record<string, FunctionRule>;
