import type { Operation } from '../../interactions/operation.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { Queries } from './answer.ts';

/** What answers queries, loaded with the library of GraphQL by the first of them. */
export type LazyQueries = () => Promise<Queries>;

export function lazyQueries(spine: Spine): LazyQueries {
  let queries: Queries | undefined;
  return async () => {
    const { Queries } = await import('./answer.ts');
    queries ??= new Queries(spine);
    return queries;
  };
}

/**
 * `$graphql` on the server and on an instance (R4 graphql.html): parsed by the library of GraphQL, checked against the
 * R4 definitions and run on the resources as a read shows them.
 */
export function graphqlOperation({ resourceTypes }: Spine, queries: LazyQueries): Operation {
  return {
    code: 'graphql',
    definition: 'http://hl7.org/fhir/OperationDefinition/Resource-graphql',
    types: [...resourceTypes],
    levels: { system: true, type: false, instance: true },
    affectsState: false,
    run: async (invocation) => (await queries()).answer(invocation),
  };
}

/**
 * An operation whose answer the parameter `_graphql` may query (graphql.html#operations): one that only reads, so that
 * nothing was done when the query is refused.
 */
export function queryable(operation: Operation, queries: LazyQueries): Operation {
  if (operation.affectsState) return operation;
  return {
    ...operation,
    async run(invocation) {
      const { request } = invocation;
      const text = request.query.find(([name]) => name === '_graphql')?.[1];
      const answer = await operation.run(invocation);
      if (text === undefined || answer.status !== 200 || answer.body === undefined) return answer;
      return (await queries()).answerOn(request, text, answer.body);
    },
  };
}
