import { FhirError, fhirError, operationOutcome } from '../../fhir/error.ts';
import { answerMaxDepth, parseJson } from '../../fhir/json.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { OperationInvocation } from '../../interactions/operation.ts';
import { jsonBody } from '../../interactions/presentation.ts';
import type { FhirRequest, FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import { checkQuery } from './check-query.ts';
import { FhirPaths, type Focus } from './element-filter.ts';
import { Execution } from './execute.ts';
import { givenQuery } from './given-query.ts';
import { introspection, isIntrospection } from './introspection/introspection.ts';
import { parseQuery, type Query } from './parse-query.ts';
import { QueryError, refusal } from './query-error.ts';
import { Resources } from './resources.ts';
import { Types, type TypeView } from './types.ts';

/** Answers the queries of a server as JSON: `data`, or what was wrong as `errors` with the status of the refusal. */
export class Queries {
  readonly #spine: Spine;
  readonly #types: Types;
  readonly #paths: FhirPaths;

  constructor(spine: Spine) {
    this.#spine = spine;
    this.#types = new Types(spine.definitions, spine.resourceTypes);
    this.#paths = new FhirPaths(spine.definitions);
  }

  /** A query on the server or on an instance (graphql.html#invoking). */
  answer(invocation: OperationInvocation): Promise<FhirResponse> {
    return answered(async () => {
      const { request, type, id } = invocation;
      const query = parseQuery(givenQuery(invocation));
      checkKind(query, invocation);
      if (isIntrospection(query)) return introspection(this.#spine, query, type);
      if (type === undefined || id === undefined) return this.#run(request, query, rootOf(query));
      // What is wrong with the query is so whether or not the resource is there.
      this.#check(query, this.#types.view(type)!);
      const resource = await this.#resources(request).read(type, id);
      return this.#runOn(request, query, resource);
    });
  }

  /** A query on the resource that an operation answered (graphql.html#operations). */
  answerOn(request: FhirRequest, text: string, body: Buffer): Promise<FhirResponse> {
    return answered(async () => {
      const query = parseQuery({ text, variables: {} });
      if (query.operation.operation !== 'query') {
        throw refusal(query.operation, '_graphql is a query', 'not-supported');
      }
      return this.#runOn(request, query, parseJson(body, { maxDepth: answerMaxDepth }) as Resource);
    });
  }

  #runOn(request: FhirRequest, query: Query, resource: Resource): Promise<Record<string, unknown>> {
    return this.#run(request, query, {
      value: resource,
      view: this.#types.view(resource.resourceType)!,
      resource,
    });
  }

  #run(request: FhirRequest, query: Query, focus: Focus): Promise<Record<string, unknown>> {
    this.#check(query, focus.view);
    const paths = this.#paths.forQuery();
    const context = { spine: this.#spine, request, query, types: this.#types, paths };
    return new Execution({ ...context, resources: this.#resources(request) }).run(focus);
  }

  #check(query: Query, view: TypeView): void {
    checkQuery(query, view, { types: this.#types, parameters: this.#spine.parameters });
  }

  #resources({ access }: FhirRequest): Resources {
    return new Resources(this.#spine, access.store);
  }
}

function rootOf({ operation }: Query): Focus {
  const name = operation.operation === 'mutation' ? 'Mutation' : 'Query';
  const view = { name, typeName: name, path: name, elements: [], isResource: false };
  return { value: {}, view, resource: { resourceType: name } };
}

/** @param data the data of the answer, or the whole answer as bytes */
async function answered(data: () => Promise<Record<string, unknown> | Buffer>): Promise<FhirResponse> {
  try {
    const found = await data();
    return jsonResponse(200, Buffer.isBuffer(found) ? found : jsonBody({ data: found }));
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    const locations = error instanceof QueryError ? error.locations : [];
    const errors = error.issues.map((issue) => ({
      message: issue.diagnostics,
      ...(locations.length === 0 ? {} : { locations }),
      extensions: { resource: operationOutcome([issue]) },
    }));
    return jsonResponse(error.status, jsonBody({ data: null, errors }), error.headers);
  }
}

/** One query makes one write: several would be done one by one, some of them perhaps not. */
function checkKind({ operation }: Query, { request, type }: OperationInvocation): void {
  if (operation.operation === 'query') return;
  if (operation.operation === 'subscription') {
    throw refusal(operation, 'There are no subscriptions by GraphQL here', 'not-supported');
  }
  if (type !== undefined) throw refusal(operation, 'A mutation is asked of the system', 'not-supported');
  if (request.method !== 'POST') {
    throw fhirError(405, 'not-supported', 'A mutation is sent by POST', undefined, { Allow: 'POST' });
  }
  // In a bundle a query is a Parameters: its write could not be taken back with the others.
  if (request.graphql === undefined) {
    const diagnostics = 'A mutation is sent by itself, as application/graphql or application/json';
    throw refusal(operation, diagnostics, 'not-supported');
  }
  const [first, second] = operation.selectionSet.selections;
  if (second !== undefined || first?.kind !== 'Field') {
    const diagnostics = 'A mutation makes one write: send several as a transaction, which makes all or none';
    throw refusal(second ?? first, diagnostics, 'not-supported');
  }
}

function jsonResponse(
  status: number,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): FhirResponse {
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/json' },
    body,
  };
}
