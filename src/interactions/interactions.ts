import { fhirError } from '../fhir/error.ts';
import { batch } from './batch.ts';
import { capabilities } from './capabilities.ts';
import { create } from './create.ts';
import { remove } from './delete.ts';
import { history } from './history.ts';
import { read, vread } from './read.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import { search } from './search.ts';
import type { Spine } from './spine.ts';
import { transaction } from './transaction.ts';
import { update } from './update.ts';

/** What a request asks for: a code of the FHIR value set restful-interaction, or an operation. */
export type InteractionCode =
  | 'read'
  | 'vread'
  | 'update'
  | 'delete'
  | 'history-instance'
  | 'create'
  | 'search-type'
  | 'capabilities'
  | 'transaction'
  | 'batch'
  | 'operation';

export interface Interaction {
  code: InteractionCode;
  /** The resource type, where the URL names one. */
  type?: string;
  /** The operation's name without `$`; absent when it is not offered, for then the name is the caller's text. */
  operation?: string;
  run(): Promise<FhirResponse>;
}

/** Finds the interaction that a request asks for. */
export type Interactions = (request: FhirRequest) => Interaction;

/**
 * The table of http.html#summary over a spine: from method and path to the interaction, which is run by the
 * caller.
 */
export function createInteractions(spine: Spine): Interactions {
  const metadata = capabilities(spine, new Date());

  const find: Interactions = (request) => {
    const { path } = request;
    if (path.length === 0) return onSystem(request);
    const [type, second, third, fourth] = path as [string, ...string[]];
    if (type === 'metadata' && path.length === 1) {
      allow(request, { GET: true });
      return { code: 'capabilities', run: async () => metadata() };
    }
    if (!spine.resourceTypes.has(type)) {
      throw fhirError(
        404,
        'not-found',
        `There is no resource type or interaction of this name: ${shown(type)}`,
      );
    }
    if (second === undefined) return onType(request, type);
    if (path.length === 2 && second === '_search') {
      allow(request, { POST: true });
      return {
        code: 'search-type',
        type,
        run: () => search(spine, request, type),
      };
    }
    if (path.length === 2 && second.startsWith('$')) return operation(request, type, undefined, second);
    if (path.length === 2 && !second.startsWith('_')) return onInstance(request, type, second);
    if (path.length === 3 && third === '_history') {
      allow(request, { GET: true });
      return {
        code: 'history-instance',
        type,
        run: () => history(spine, request, type, second),
      };
    }
    if (path.length === 3 && third?.startsWith('$')) return operation(request, type, second, third);
    if (path.length === 4 && third === '_history' && fourth !== undefined) {
      allow(request, { GET: true });
      return {
        code: 'vread',
        type,
        run: () => vread(spine, request, type, second, fourth),
      };
    }
    throw fhirError(404, 'not-supported', 'There is no interaction at this address');
  };

  function onSystem(request: FhirRequest): Interaction {
    allow(request, { POST: true });
    if (request.body?.resourceType !== 'Bundle') {
      throw fhirError(400, 'invalid', 'The base takes a Bundle of type batch or transaction', 'resourceType');
    }
    switch (request.body['type']) {
      case 'batch':
        return { code: 'batch', run: () => batch(request, handle) };
      case 'transaction':
        return {
          code: 'transaction',
          run: () => transaction(spine, request, handle),
        };
      default:
        throw fhirError(400, 'value', 'The type of the Bundle must be batch or transaction', 'Bundle.type');
    }
  }

  function onType(request: FhirRequest, type: string): Interaction {
    allow(request, { GET: true, POST: true });
    return request.method === 'POST'
      ? { code: 'create', type, run: () => create(spine, request, type) }
      : { code: 'search-type', type, run: () => search(spine, request, type) };
  }

  function onInstance(request: FhirRequest, type: string, id: string): Interaction {
    allow(request, { GET: true, PUT: true, DELETE: true });
    switch (request.method) {
      case 'PUT':
        return {
          code: 'update',
          type,
          run: () => update(spine, request, type, id),
        };
      case 'DELETE':
        return {
          code: 'delete',
          type,
          run: () => remove(spine, request, type, id),
        };
      default:
        return {
          code: 'read',
          type,
          run: () => read(spine, request, type, id),
        };
    }
  }

  function operation(request: FhirRequest, type: string, id: string | undefined, name: string): Interaction {
    const code = name.slice(1);
    const isOffered = spine.operations.forType(type).some((offered) => offered.code === code);
    return {
      code: 'operation',
      type,
      ...(isOffered ? { operation: code } : {}),
      run: () => spine.operations.run(request, type, id, code),
    };
  }

  /** Runs an entry of a bundle. */
  async function handle(request: FhirRequest): Promise<FhirResponse> {
    if (request.path.length === 0) {
      throw fhirError(400, 'not-supported', 'A bundle takes no entry that is a bundle itself');
    }
    return find(request).run();
  }

  return find;
}

/** @throws FhirError 405 with the methods that are offered; HEAD goes with GET */
function allow(request: FhirRequest, methods: Partial<Record<FhirRequest['method'], true>>): void {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (methods[method]) return;
  const names = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
  throw fhirError(405, 'not-supported', `This address takes ${names.join(', ')}`, undefined, {
    Allow: names.join(', '),
  });
}

/** A name from the URL is repeated only when it looks like one: an address may hold identity data. */
function shown(name: string): string {
  return /^[A-Za-z$_]{1,40}$/.test(name) ? name : '(unreadable)';
}
