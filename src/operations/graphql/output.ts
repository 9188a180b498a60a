import type { ASTNode } from 'graphql';
import { refusal } from './query-error.ts';

/** A value that a field of the query gives. */
export interface OutputValue {
  value: unknown;
  /** FHIR type, which all values of one name share (graphql.html#flattening). */
  type: string;
  /** The name stands for a list, be it of one value. */
  list: boolean;
  /** The values of other fields may come to the same list: the field above is flattened. */
  collated: boolean;
  /** The field of the query. */
  node: ASTNode;
}

interface Slot extends OutputValue {
  values: unknown[];
}

/** An object of the answer, in the order of the query. */
export class OutputObject {
  readonly #slots = new Map<string, Slot>();

  /** @throws QueryError when the name has values of another type or field already, or one that is to stand alone */
  add(name: string, output: OutputValue): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) {
      this.#slots.set(name, { ...output, values: [output.value] });
      return;
    }
    const { node, list, type, collated } = output;
    if (slot.node !== node && !collated) {
      throw refusal(node, `Two fields give ${name}: give one of them an alias`);
    }
    if (slot.type !== type)
      throw refusal(node, `${name} would hold values of the types ${slot.type} and ${type}`);
    if (!list || !slot.list) throw refusal(node, `${name} has several values, and is to be a single one`);
    slot.values.push(output.value);
  }

  /** An empty list, where a name would else not be there. */
  addEmptyList(name: string, type: string, node: ASTNode): void {
    if (!this.#slots.has(name)) {
      this.#slots.set(name, { value: undefined, type, list: true, collated: false, node, values: [] });
    }
  }

  /** As a value for JSON. */
  json(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.#slots].map(([name, { list, values }]) => [name, list ? values : values[0]]),
    );
  }
}
