import { fhirError } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Action } from './access.ts';
import type { FhirRequest, FhirResponse } from './request.ts';

/** An operation that a capability offers (operations.html). */
export interface Operation {
  /** Name without `$`. */
  code: string;
  /** Canonical URL of its OperationDefinition. */
  definition: string;
  /** Resource types that it is offered on. */
  types: readonly string[];
  /** `version`: an instance operation that also works on one version of its history. */
  levels: { system?: boolean; type: boolean; instance: boolean; version?: boolean };
  /** An operation that affects state is refused by GET. */
  affectsState: boolean;
  /**
   * What the caller must be allowed to do with the type that it is called on: by default to change it where it affects
   * state, else to read it.
   */
  action?: Action | 'none';
  /** The parameter that a body which is a resource, not a Parameters, stands for. */
  resourceParameter?: string;
  /** The query parameters with a leading underscore that it takes, such as `_since`; all others are HTTP's. */
  underscoreParameters?: readonly string[];
  run(invocation: OperationInvocation): Promise<FhirResponse>;
}

/** What an operation is called on. */
export interface OperationTarget {
  /** Absent at system level. */
  type?: string;
  /** Present at instance level. */
  id?: string;
  /** The version id, where one version is meant. */
  version?: string;
}

export interface OperationInvocation extends OperationTarget {
  request: FhirRequest;
  parameters: readonly OperationParameter[];
}

/** One `Parameters.parameter`, with its value or resource and where it stands. */
export interface OperationParameter {
  name: string;
  value?: unknown;
  /** `boolean`, `code`…, or `string` for a query parameter. */
  valueType?: string;
  resource?: Resource;
  part?: readonly OperationParameter[];
  /** FHIRPath of the parameter, for issues; for a query parameter its name. */
  expression: string;
  /** It stands in the URL, where every value is a text. */
  inQuery?: true;
}

/** The operations that the server offers, by type and name. */
export class OperationRegistry {
  readonly #operations = new Map<string, Operation>();

  /** @throws Error when another operation of the same name is there for a type */
  register(operation: Operation): void {
    const places = operation.levels.system ? [...operation.types, ''] : operation.types;
    for (const type of places) {
      const key = `${type}/$${operation.code}`;
      if (this.#operations.has(key)) throw new Error(`${key} is registered twice`);
      this.#operations.set(key, operation);
    }
  }

  /** Takes the operations of another registry that are not here. */
  adopt(other: OperationRegistry): void {
    for (const [key, operation] of other.#operations) {
      if (!this.#operations.has(key)) this.#operations.set(key, operation);
    }
  }

  forType(type: string): Operation[] {
    return this.#all().filter(
      ({ types, levels }) => types.includes(type) && (levels.type || levels.instance),
    );
  }

  forSystem(): Operation[] {
    return this.#all().filter(({ levels }) => levels.system);
  }

  /**
   * `$code` on the server, a type, an instance or one of its versions.
   * @returns what runs it, and throws FhirError 400 on a body that is not a Parameters
   * @throws FhirError 404 when it is not offered there, 405 on a GET that would affect state
   */
  find(request: FhirRequest, target: OperationTarget, code: string): () => Promise<FhirResponse> {
    const operation = this.#operations.get(`${target.type ?? ''}/$${code}`);
    const level = levelOf(target);
    if (!operation?.levels[level]) {
      const place = target.type === undefined ? '' : ` on ${target.type}`;
      throw fhirError(
        404,
        'not-supported',
        `The operation $${code} is not offered${place} at ${level} level`,
      );
    }
    const methods = operation.affectsState ? ['POST'] : ['GET', 'HEAD', 'POST'];
    if (!methods.includes(request.method)) {
      const allowed = methods.join(', ');
      throw fhirError(405, 'not-supported', `The operation $${code} is called by ${allowed}`, undefined, {
        Allow: allowed,
      });
    }
    const { type, id } = target;
    const { action = operation.affectsState ? 'u' : 'r' } = operation;
    return async () => {
      if (type !== undefined && action !== 'none')
        request.access.rights?.check(action, type, id !== undefined);
      const parameters = [...bodyParameters(request, operation), ...queryParameters(request, operation)];
      return operation.run({ request, ...target, parameters });
    };
  }

  #all(): Operation[] {
    return [...new Set(this.#operations.values())];
  }
}

function levelOf({ type, id, version }: OperationTarget): keyof Operation['levels'] {
  if (type === undefined) return 'system';
  if (id === undefined) return 'type';
  return version === undefined ? 'instance' : 'version';
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
  const { name, resource, part } = parameter as { name: unknown; resource?: unknown; part?: unknown };
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
  if (Array.isArray(part)) {
    found.part = part.map((one, index) => readParameter(one, `${expression}.part[${index}]`));
  }
  return found;
}

function queryParameters(
  { query }: FhirRequest,
  { underscoreParameters = [] }: Operation,
): OperationParameter[] {
  return query
    .filter(([name]) => !name.startsWith('_') || underscoreParameters.includes(name))
    .map(([name, value]) => ({
      name,
      value,
      valueType: 'string',
      expression: name,
      inQuery: true,
    }));
}
