import type {
  FieldNode,
  FragmentDefinitionNode,
  InlineFragmentNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import { Kind } from 'graphql/language/kinds.js';
import type { SearchParameters } from '../../search/parameters.ts';
import { isFieldArgument } from './arguments.ts';
import { fieldDirectives, isIncluded } from './directives.ts';
import type { Query } from './parse-query.ts';
import { refusal } from './query-error.ts';
import type { Field, Types, TypeView } from './types.ts';
import { argumentsOf } from './values.ts';

/** Fields of a query, those of its fragments counted wherever they are spread. */
const mostFields = 1000;
/** Levels of fields and fragments. */
const mostLevels = 24;

/** What queries are checked against. */
export interface CheckedTypes {
  types: Types;
  parameters: SearchParameters;
}

/**
 * Checks a query against the definitions of R4, whatever the data: fields, arguments, directives, type conditions, and
 * its size. Where a value may be of several types, a field has to be one of some of them.
 * @throws QueryError on the first part that is not valid
 */
export function checkQuery(query: Query, root: TypeView, { types, parameters }: CheckedTypes): void {
  let fields = 0;

  function checkSet({ selections }: SelectionSetNode, views: readonly TypeView[], level: number): void {
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      fields += 1;
      if (fields > mostFields || level > mostLevels) {
        const diagnostics = `A query has at most ${mostFields} fields on ${mostLevels} levels`;
        throw refusal(selection, diagnostics, 'too-costly');
      }
      isIncluded(selection.directives, query.variables, isField ? 'field' : 'fragment');
      if (isField) {
        checkField(selection, views, level);
      } else {
        const fragment = fragmentOf(selection);
        checkSet(fragment.selectionSet, narrowed(fragment, views), level + 1);
      }
    }
  }

  function fragmentOf(
    selection: Exclude<SelectionNode, FieldNode>,
  ): InlineFragmentNode | FragmentDefinitionNode {
    if (selection.kind === Kind.INLINE_FRAGMENT) return selection;
    const fragment = query.fragments.get(selection.name.value);
    if (fragment === undefined) throw refusal(selection, 'The query has no fragment of this name');
    return fragment;
  }

  /** The views that a type condition leaves, or that of the condition itself where no value here meets it. */
  function narrowed(
    { typeCondition }: InlineFragmentNode | FragmentDefinitionNode,
    views: readonly TypeView[],
  ): readonly TypeView[] {
    const condition = typeCondition?.name.value;
    if (condition === undefined) return views;
    const matching = views.filter((view) => types.meets(view, condition));
    const view = types.view(condition);
    if (view === undefined && matching.length === 0)
      throw refusal(typeCondition, `There is no type ${condition}`);
    return matching.length > 0 ? matching : [view!];
  }

  function checkField(node: FieldNode, views: readonly TypeView[], level: number): void {
    const name = node.name.value;
    if (name === '__schema' || name === '__type') {
      throw refusal(node, 'An introspection is asked for by itself, at the root of a query', 'not-supported');
    }
    const found = views.map((view) => types.field(view, name)).filter((field) => field !== undefined);
    if (found.length === 0) {
      const owners = [...new Set(views.map((view) => view.name))];
      const owner = owners.length > 3 ? 'any of the types that may be here' : owners.join(' or ');
      throw refusal(node, `There is no field ${name} on ${owner}`, 'not-supported');
    }
    argumentsOf(node.arguments, query.variables);
    for (const argument of node.arguments ?? []) {
      if (!found.some((field) => isFieldArgument(types, parameters, field, argument.name.value))) {
        throw refusal(
          argument,
          `The field ${name} takes no argument ${argument.name.value}`,
          'not-supported',
        );
      }
    }
    fieldDirectives(node.directives, query.variables);
    const children = [...new Set(found.flatMap((field) => childViews(node, field, views)))];
    if (node.selectionSet === undefined) {
      if (children.length > 0) throw refusal(node, `The field ${name} needs a selection of its fields`);
    } else {
      if (children.length === 0) throw refusal(node, `The field ${name} has no fields`);
      checkSet(node.selectionSet, children, level + 1);
    }
  }

  function childViews(node: FieldNode, field: Field, parents: readonly TypeView[]): readonly TypeView[] {
    switch (field.kind) {
      case 'typename':
      case 'delete':
        return [];
      case 'element':
        return field.view === undefined ? [] : concrete(field.view);
      case 'connection':
        return [types.connection(field.type)];
      case 'target':
        return targetViews(node, parents);
      default:
        return [types.view(field.type)!];
    }
  }

  function concrete(view: TypeView): readonly TypeView[] {
    return view.name === 'Resource' ? allResources() : [view];
  }

  function targetViews(node: FieldNode, parents: readonly TypeView[]): readonly TypeView[] {
    const { type } = argumentsOf(node.arguments, query.variables);
    if (type !== undefined) {
      if (typeof type === 'string' && types.resourceTypes.has(type)) return [types.view(type)!];
      throw refusal(node, 'type must be the name of a resource type');
    }
    return parents
      .filter((parent) => parent.name === 'Reference')
      .flatMap(({ targets = ['Resource'] }) =>
        targets.includes('Resource') ? allResources() : targets.map((target) => types.view(target)!),
      );
  }

  function allResources(): TypeView[] {
    return [...types.resourceTypes].map((type) => types.view(type)!);
  }

  checkSet(query.operation.selectionSet, [root], 1);
  if (query.operation.directives?.length) {
    throw refusal(query.operation.directives[0], 'Directives are for fields and fragments', 'not-supported');
  }
}
