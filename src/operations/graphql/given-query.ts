import { fhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import type { OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters } from '../../interactions/operation-parameters.ts';

/** A query as it was asked (graphql.html#invoking), not parsed. */
export interface GivenQuery {
  text: string;
  /** The operation to be run, of several in the text. */
  operationName?: string;
  variables: Readonly<Record<string, unknown>>;
}

/**
 * Reads the query from the URL, from a body that is the text or a JSON object, or from a Parameters.
 * @throws FhirError 400 when it is missing, given twice or not of its type
 */
export function givenQuery({ request, parameters }: OperationInvocation): GivenQuery {
  const given = new GivenParameters('graphql', parameters, { query: 1, operationName: 1, variables: 1 });
  const inBody = bodyMembers(request.graphql);
  const members = {
    query: given.text('query', 'string') ?? inBody['query'],
    operationName: given.text('operationName', 'string') ?? inBody['operationName'],
    variables: given.text('variables', 'string') ?? inBody['variables'],
  };
  const { query, operationName } = members;
  if (inBody['query'] !== undefined && given.one('query') !== undefined) {
    throw fhirError(400, 'invalid', 'The query is given in the URL and in the body', 'query');
  }
  if (typeof query !== 'string' || query === '') {
    throw fhirError(400, 'required', '$graphql takes a query, which is a text', 'query');
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw fhirError(400, 'value', 'operationName must be a text', 'operationName');
  }
  return {
    text: query,
    ...(typeof operationName === 'string' ? { operationName } : {}),
    variables: variablesOf(members.variables),
  };
}

function bodyMembers(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  if (typeof body === 'string') return { query: body };
  if (!isObject(body)) throw fhirError(400, 'structure', 'The body must be a JSON object with a query');
  return body;
}

/** In a URL and in a Parameters the variables are the text of a JSON object. */
function variablesOf(given: unknown): Readonly<Record<string, unknown>> {
  if (given === undefined || given === null) return {};
  const variables = typeof given === 'string' ? parseJson(given) : given;
  if (!isObject(variables)) {
    throw fhirError(400, 'structure', 'The variables must be a JSON object', 'variables');
  }
  return variables;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
