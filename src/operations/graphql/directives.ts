import type { DirectiveNode } from 'graphql';
import { refusal } from './query-error.ts';
import { type Arguments, argumentsOf, type Variables } from './values.ts';

/** What the directives of a field say (graphql.html#flattening). */
export interface FieldDirectives {
  first: boolean;
  singleton: boolean;
  flatten: boolean;
  /** FHIRPath, or `$index`, whose value ends the names of what the field gives. */
  slice?: string;
}

const parametersOf: Readonly<Record<string, readonly string[]>> = {
  first: [],
  singleton: [],
  flatten: [],
  slice: ['path', 'fhirpath'],
  skip: ['if'],
  include: ['if'],
};

/**
 * Whether a part of a query is to be run, by its `@skip` and `@include`.
 * @throws QueryError on a directive that is not known, or not for this part
 */
export function isIncluded(
  nodes: readonly DirectiveNode[] | undefined,
  variables: Variables,
  part: 'field' | 'fragment',
): boolean {
  let included = true;
  for (const node of nodes ?? []) {
    const name = node.name.value;
    const values = checkedArguments(node, variables);
    const isCondition = name === 'skip' || name === 'include';
    if (!isCondition && part === 'fragment') throw refusal(node, `@${name} is for fields`);
    if (!isCondition) continue;
    if (typeof values['if'] !== 'boolean') {
      throw refusal(node, `@${name} takes the argument if, which is true or false`);
    }
    if (values['if'] === (name === 'skip')) included = false;
  }
  return included;
}

/** @throws QueryError on a `@slice` without path */
export function fieldDirectives(
  nodes: readonly DirectiveNode[] | undefined,
  variables: Variables,
): FieldDirectives {
  const has = (name: string) => nodes?.some((node) => node.name.value === name) ?? false;
  const found = { first: has('first'), singleton: has('singleton'), flatten: has('flatten') };
  const slice = nodes?.find((node) => node.name.value === 'slice');
  if (slice === undefined) return found;
  const [path] = Object.values(checkedArguments(slice, variables));
  if (typeof path !== 'string') throw refusal(slice, '@slice takes the argument path, a FHIRPath or $index');
  return { ...found, slice: path };
}

function checkedArguments(node: DirectiveNode, variables: Variables): Arguments {
  const name = node.name.value;
  const parameters = Object.hasOwn(parametersOf, name) ? parametersOf[name]! : undefined;
  if (parameters === undefined) {
    const known = Object.keys(parametersOf).map((each) => `@${each}`);
    throw refusal(node, `The directives are ${known.join(', ')}`, 'not-supported');
  }
  const wrong = node.arguments?.find((argument) => !parameters.includes(argument.name.value));
  if (wrong !== undefined) throw refusal(wrong, `@${name} has no such argument`);
  return argumentsOf(node.arguments, variables);
}
