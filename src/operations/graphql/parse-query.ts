import type { DocumentNode, FragmentDefinitionNode, OperationDefinitionNode } from 'graphql';
import { GraphQLError } from 'graphql/error/GraphQLError.js';
import { Kind } from 'graphql/language/kinds.js';
import { parse } from 'graphql/language/parser.js';
import type { GivenQuery } from './given-query.ts';
import { QueryError, refusal } from './query-error.ts';
import { literalValue, type Variables } from './values.ts';

/** How long a query may be, in tokens. */
const mostTokens = 5000;

/** A query that is to be run. */
export interface Query {
  operation: OperationDefinitionNode;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: Variables;
}

/**
 * Parses a query, chooses its operation and gives the variables their values.
 * @throws QueryError when it is malformed, has no such operation, or a variable that needs a value has none
 */
export function parseQuery({ text, operationName, variables }: GivenQuery): Query {
  const { definitions } = syntaxOf(text);
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else throw refusal(definition, 'A query holds operations and fragments, and no definition of types');
  }
  const named = operations.filter(({ name }) => operationName === undefined || name?.value === operationName);
  const [operation] = named;
  if (operation === undefined) throw refusal(undefined, 'The query has no operation of this name');
  if (named.length > 1)
    throw refusal(named[1], 'operationName must say which of the operations is to be run');
  return { operation, fragments, variables: variableValues(operation, variables) };
}

function syntaxOf(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: mostTokens });
  } catch (error) {
    if (error instanceof RangeError) throw refusal(undefined, 'The query is nested too deep', 'too-costly');
    if (!(error instanceof GraphQLError)) throw error;
    // What was expected says enough; what was found may be a part of a text about a person.
    const isLong = error.message.includes('Parsing aborted');
    const diagnostics = isLong
      ? `The query is longer than ${mostTokens} tokens`
      : 'The query is not well-formed GraphQL';
    const code = isLong ? 'too-costly' : 'structure';
    throw new QueryError(400, { severity: 'error', code, diagnostics }, error.locations ?? []);
  }
}

/** A variable that was given, else its default. One that is not required may be without value. */
function variableValues(
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Variables {
  return new Map(
    variableDefinitions.map((definition) => {
      const name = definition.variable.name.value;
      const { defaultValue, type } = definition;
      const fallback = defaultValue && literalValue(defaultValue, undefined);
      const value = Object.hasOwn(given, name) ? given[name] : fallback;
      if (type.kind === Kind.NON_NULL_TYPE && (value === undefined || value === null)) {
        throw refusal(definition, `The variable $${name} needs a value`, 'required');
      }
      return [name, value];
    }),
  );
}
