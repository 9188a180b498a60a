import { fhirError } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { FhirRequest, FhirResponse } from './request.ts';

/** An operation that a capability offers (operations.html). */
export interface Operation {
  /** Name without `$`. */
  code: string;
  /** Canonical URL of its OperationDefinition. */
  definition: string;
  /** Resource types that it is offered on. */
  types: readonly string[];
  levels: { type: boolean; instance: boolean };
  /** An operation that affects state is refused by GET. */
  affectsState: boolean;
  /** The parameter that a body which is a resource, not a Parameters, stands for. */
  resourceParameter?: string;
  run(invocation: OperationInvocation): Promise<FhirResponse>;
}

export interface OperationInvocation {
  request: FhirRequest;
  type: string;
  /** Present at instance level. */
  id?: string;
  parameters: readonly OperationParameter[];
}

/** One `Parameters.parameter`, with its value or resource and where it stands. */
export interface OperationParameter {
  name: string;
  value?: unknown;
  /** `boolean`, `code`…, or `string` for a query parameter. */
  valueType?: string;
  resource?: Resource;
  /** FHIRPath of the parameter, for issues. */
  expression: string;
}

/** The operations that the server offers, by type and name. */
export class OperationRegistry {
  readonly #operations = new Map<string, Operation>();

  /** @throws Error when another operation of the same name is there for a type */
  register(operation: Operation): void {
    for (const type of operation.types) {
      const key = `${type}/$${operation.code}`;
      if (this.#operations.has(key)) throw new Error(`${key} is registered twice`);
      this.#operations.set(key, operation);
    }
  }

  forType(type: string): Operation[] {
    return [...this.#operations.values()].filter(({ types }) => types.includes(type));
  }

  /**
   * Runs `$code` on a type or an instance.
   * @throws FhirError 404 when it is not offered there, 405 on a GET that would affect state, 400 on a body that
   *   is not a Parameters
   */
  async run(request: FhirRequest, type: string, id: string | undefined, code: string): Promise<FhirResponse> {
    const operation = this.#operations.get(`${type}/$${code}`);
    const level = id === undefined ? 'type' : 'instance';
    if (!operation?.levels[level]) {
      throw fhirError(
        404,
        'not-supported',
        `The operation $${code} is not offered on ${type} at ${level} level`,
      );
    }
    if (request.method !== 'POST' && (operation.affectsState || request.method !== 'GET')) {
      throw fhirError(405, 'not-supported', `The operation $${code} is called by POST`, undefined, {
        Allow: 'POST',
      });
    }
    return operation.run({
      request,
      type,
      ...(id === undefined ? {} : { id }),
      parameters: [...bodyParameters(request, operation), ...queryParameters(request)],
    });
  }
}

function bodyParameters({ body }: FhirRequest, operation: Operation): OperationParameter[] {
  if (body === undefined) return [];
  if (body.resourceType !== 'Parameters') {
    if (operation.resourceParameter === undefined) {
      throw fhirError(400, 'invalid', 'The body must be a Parameters resource', 'resourceType');
    }
    return [
      {
        name: operation.resourceParameter,
        resource: body,
        expression: body.resourceType,
      },
    ];
  }
  const list = body['parameter'] ?? [];
  if (!Array.isArray(list))
    throw fhirError(400, 'structure', 'parameter must be an array', 'Parameters.parameter');
  return list.map((parameter, index) => readParameter(parameter, `Parameters.parameter[${index}]`));
}

function readParameter(parameter: unknown, expression: string): OperationParameter {
  if (typeof parameter !== 'object' || parameter === null || !('name' in parameter)) {
    throw fhirError(400, 'structure', 'A parameter is an object with a name', expression);
  }
  const { name, resource } = parameter as { name: unknown; resource?: unknown };
  if (typeof name !== 'string')
    throw fhirError(400, 'structure', 'The name must be a string', `${expression}.name`);
  const values = Object.entries(parameter).filter(([key]) => /^value[A-Z]/.test(key));
  if (values.length > 1) throw fhirError(400, 'structure', 'A parameter has one value', expression);
  const found: OperationParameter = { name, expression };
  const [key, value] = values[0] ?? [];
  if (key !== undefined) {
    found.value = value;
    found.valueType = key.charAt(5).toLowerCase() + key.slice(6);
  }
  if (typeof resource === 'object' && resource !== null && 'resourceType' in resource) {
    found.resource = resource as Resource;
  }
  return found;
}

function queryParameters({ query }: FhirRequest): OperationParameter[] {
  return query
    .filter(([name]) => !name.startsWith('_'))
    .map(([name, value]) => ({
      name,
      value,
      valueType: 'string',
      expression: name,
    }));
}
