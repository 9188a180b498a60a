import type { Expression } from '../../search/expression.ts';
import { isValueExpression, type ValueExpression } from './value-conditions.ts';

/** Operands of an `or` that differ in one text alone: one look-up answers them, however many they are. */
export interface Alternatives {
  /** The first of them. */
  node: ValueExpression;
  texts: string[];
}

/** The operands of an `or`, those that are alike taken together. */
export function groupAlternatives(operands: readonly Expression[]): (Expression | Alternatives)[] {
  const groups = new Map<string, Alternatives>();
  const others: Expression[] = [];
  for (const operand of operands) {
    const text = isValueExpression(operand) ? textOf(operand) : undefined;
    if (text === undefined) {
      others.push(operand);
      continue;
    }
    const node = operand as ValueExpression;
    const shape = JSON.stringify({ ...node, code: 0, id: 0, url: 'url' in node, value: 0 });
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, { node, texts: [text] });
    else group.texts.push(text);
  }
  return [...[...groups.values()].map((group) => (group.texts.length === 1 ? group.node : group)), ...others];
}

export function isGroup(operand: Expression | Alternatives): operand is Alternatives {
  return 'texts' in operand;
}

/** The text that an indexed value has to equal. */
function textOf(node: ValueExpression): string | undefined {
  switch (node.kind) {
    case 'token':
      return node.code;
    case 'reference':
      return 'url' in node ? node.url : node.id;
    case 'uri':
      return node.match === 'prefix' ? undefined : node.value;
    default:
      return undefined;
  }
}
