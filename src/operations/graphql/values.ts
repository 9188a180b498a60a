import type { ArgumentNode, ValueNode } from 'graphql';
import { Kind } from 'graphql/language/kinds.js';
import { parseJson } from '../../fhir/json.ts';
import { refusal } from './query-error.ts';

/** The values of the variables of a query, by name; those without value are absent. */
export type Variables = ReadonlyMap<string, unknown>;

/** The arguments of a field or directive, by name; those whose variable has no value are absent. */
export type Arguments = Readonly<Record<string, unknown>>;

/**
 * The value that stands in a query, as JSON has it: a word such as `official` is a text, a number keeps its digits.
 * @throws QueryError on a variable that the query does not declare
 */
export function literalValue(node: ValueNode, variables: Variables | undefined): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      if (variables === undefined) throw refusal(node, 'A variable cannot stand here');
      if (!variables.has(node.name.value)) {
        throw refusal(node, `The operation declares no variable $${node.name.value}`);
      }
      return variables.get(node.name.value);
    case Kind.INT:
    case Kind.FLOAT:
      return parseJson(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((item) => literalValue(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, literalValue(value, variables)]),
      );
  }
}

/** @throws QueryError on an argument that is given twice */
export function argumentsOf(nodes: readonly ArgumentNode[] = [], variables: Variables): Arguments {
  const found = new Map<string, unknown>();
  for (const node of nodes) {
    const name = node.name.value;
    if (found.has(name)) throw refusal(node, `The argument ${name} is given twice`);
    found.set(name, literalValue(node.value, variables));
  }
  return Object.fromEntries([...found].filter(([, value]) => value !== undefined && value !== null));
}
