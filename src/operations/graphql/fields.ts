import type { FieldNode, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql/language/kinds.js';
import { type FieldDirectives, fieldDirectives, isIncluded } from './directives.ts';
import type { Query } from './parse-query.ts';
import type { Types, TypeView } from './types.ts';
import { type Arguments, argumentsOf } from './values.ts';

/** What a query selects, in the order in which it is written; sets of one field that stands several times. */
export type Selections = readonly SelectionSetNode[];

/** A field of a query with all of its selections. */
export interface SelectedField {
  /** Name in the answer. */
  key: string;
  name: string;
  node: FieldNode;
  arguments: Arguments;
  directives: FieldDirectives;
  selections: Selections;
}

/** The fields that a query selects on values of a type: fragments resolved, same fields merged, skipped ones left out. */
export class FieldSelector {
  readonly #query: Query;
  readonly #types: Types;
  readonly #known = new WeakMap<Selections, Map<TypeView, readonly SelectedField[]>>();

  constructor(query: Query, types: Types) {
    this.#query = query;
    this.#types = types;
  }

  /** @throws QueryError on a malformed argument or directive */
  fields(selections: Selections, view: TypeView): readonly SelectedField[] {
    const byView = this.#known.get(selections) ?? new Map<TypeView, readonly SelectedField[]>();
    this.#known.set(selections, byView);
    let fields = byView.get(view);
    if (fields === undefined) {
      const found = new Map<string, SelectedField & { selections: SelectionSetNode[] }>();
      for (const set of selections) this.#collect(set, view, found);
      fields = [...found.values()];
      byView.set(view, fields);
    }
    return fields;
  }

  #collect(
    { selections }: SelectionSetNode,
    view: TypeView,
    found: Map<string, SelectedField & { selections: SelectionSetNode[] }>,
  ): void {
    const { variables, fragments } = this.#query;
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      if (!isIncluded(selection.directives, variables, isField ? 'field' : 'fragment')) continue;
      if (isField) {
        const field = this.#field(selection);
        const { key, name, arguments: given, directives } = field;
        const identity = JSON.stringify([key, name, Object.entries(given).sort(), directives]);
        const same = found.get(identity);
        if (same === undefined) found.set(identity, field);
        else same.selections.push(...field.selections);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection;
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || this.#types.meets(view, condition)) {
        this.#collect(fragment.selectionSet, view, found);
      }
    }
  }

  #field(node: FieldNode): SelectedField & { selections: SelectionSetNode[] } {
    const { variables } = this.#query;
    return {
      key: node.alias?.value ?? node.name.value,
      name: node.name.value,
      node,
      arguments: argumentsOf(node.arguments, variables),
      directives: fieldDirectives(node.directives, variables),
      selections: node.selectionSet === undefined ? [] : [node.selectionSet],
    };
  }
}
