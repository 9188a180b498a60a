import { fhirError } from '../fhir/error.ts';
import { allow } from './allow.ts';
import { writeMethods } from './append-only.ts';
import { asynchronousInteractions } from './asynchronous/interactions.ts';
import { batch } from './batch.ts';
import { withinAnswer } from './bundle-answer.ts';
import { capabilities } from './capabilities.ts';
import { history, systemHistory, typeHistory } from './history.ts';
import type { Interaction, Interactions } from './interaction.ts';
import type { OperationTarget } from './operation.ts';
import { perform } from './perform.ts';
import { read, vread } from './read.ts';
import { presented } from './representation.ts';
import { metadataAnswers } from './representation-metadata.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import { withRights } from './rights.ts';
import { search, searchCompartment, searchSystem } from './search.ts';
import type { Spine } from './spine.ts';
import { terminologyCapabilities } from './terminology-capabilities.ts';
import { transaction } from './transaction.ts';
import { isConditional } from './url-condition.ts';
import { witnessed } from './witnessed.ts';
import { writeOf } from './write-of.ts';

/**
 * The table of http.html#summary over a spine: from method and path to the interaction, which is run by the
 * caller.
 */
export function createInteractions(spine: Spine): Interactions {
  const started = new Date();
  const metadata = metadataAnswers(capabilities(spine, started), terminologyCapabilities(spine, started));

  const findPresented: Interactions = (request) => presented(request, find(request));

  const find: Interactions = (request) => witnessed(request, permitted);

  const permitted: Interactions = (request) => withRights(request, locate(request));

  const locate: Interactions = (request) => {
    const { path } = request;
    if (path.length === 0) return onSystem(request);
    const [type, second, third, fourth, fifth] = path as [string, ...string[]];
    if (type === 'metadata' && path.length === 1) {
      allow(request, { GET: true });
      return { code: 'capabilities', run: async () => metadata(request) };
    }
    if (type === '_history' && path.length === 1) {
      allow(request, { GET: true });
      return { code: 'history-system', run: () => systemHistory(spine, request) };
    }
    if (type === '_search' && path.length === 1) {
      allow(request, bySearch);
      return { code: 'search-system', run: () => searchSystem(spine, request) };
    }
    if (type.startsWith('$') && path.length === 1) return operation(request, {}, type);
    if (!spine.resourceTypes.has(type)) {
      throw fhirError(
        404,
        'not-found',
        `There is no resource type or interaction of this name: ${shown(type)}`,
      );
    }
    if (second === undefined) return onType(request, type);
    if (path.length === 2 && second === '_history') {
      allow(request, { GET: true });
      return { code: 'history-type', type, run: () => typeHistory(spine, request, type) };
    }
    if (path.length === 2 && second === '_search') {
      allow(request, bySearch);
      return {
        code: 'search-type',
        type,
        run: () => search(spine, request, type),
      };
    }
    if (path.length === 2 && second.startsWith('$')) return operation(request, { type }, second);
    if (path.length === 2 && !second.startsWith('_')) return onInstance(request, type, second);
    if (path.length === 3 && third === '_history') {
      allow(request, { GET: true });
      return {
        code: 'history-instance',
        type,
        run: () => history(spine, request, type, second),
      };
    }
    if (path.length === 3 && third?.startsWith('$')) return operation(request, { type, id: second }, third);
    if (path.length === 3 && third === '_search') {
      allow(request, bySearch);
      return { code: 'search-system', run: () => searchCompartment(spine, request, type, second, '*') };
    }
    if (third !== undefined && (third === '*' || spine.resourceTypes.has(third))) {
      if (path.length === 3 || (path.length === 4 && fourth === '_search')) {
        allow(request, path.length === 3 ? { GET: true } : bySearch);
        return {
          code: third === '*' ? 'search-system' : 'search-type',
          ...(third === '*' ? {} : { type: third }),
          run: () => searchCompartment(spine, request, type, second, third),
        };
      }
    }
    if (path.length === 4 && third === '_history' && fourth !== undefined) {
      allow(request, { GET: true });
      return {
        code: 'vread',
        type,
        run: () => vread(spine, request, type, second, fourth),
      };
    }
    if (path.length === 5 && third === '_history' && fourth !== undefined && fifth?.startsWith('$')) {
      return operation(request, { type, id: second, version: fourth }, fifth);
    }
    throw fhirError(404, 'not-supported', 'There is no interaction at this address');
  };

  function onSystem(request: FhirRequest): Interaction {
    allow(request, { GET: true, POST: true });
    if (request.method !== 'POST') return { code: 'search-system', run: () => searchSystem(spine, request) };
    if (request.body?.resourceType !== 'Bundle') {
      throw fhirError(400, 'invalid', 'The base takes a Bundle of type batch or transaction', 'resourceType');
    }
    switch (request.body['type']) {
      case 'batch':
        return { code: 'batch', run: () => batch(spine, request, handleWithin()) };
      case 'transaction':
        return {
          code: 'transaction',
          run: () => transaction(spine, request, { handle: handleWithin(), probe }),
        };
      default:
        throw fhirError(400, 'value', 'The type of the Bundle must be batch or transaction', 'Bundle.type');
    }
  }

  function onType(request: FhirRequest, type: string): Interaction {
    const { POST, ...conditional } = writeMethods(spine, type);
    allow(request, { GET: true, ...(POST ? { POST } : {}), ...(isConditional(request) ? conditional : {}) });
    return writing(request, type) ?? { code: 'search-type', type, run: () => search(spine, request, type) };
  }

  function onInstance(request: FhirRequest, type: string, id: string): Interaction {
    const { POST: _, ...methods } = writeMethods(spine, type);
    allow(request, { GET: true, ...methods });
    return writing(request, type) ?? { code: 'read', type, run: () => read(spine, request, type, id) };
  }

  function writing(request: FhirRequest, type: string): Interaction | undefined {
    const found = writeOf(spine, request);
    return found && { code: found.code, type, run: async () => perform(spine, found.read()) };
  }

  function operation(request: FhirRequest, target: OperationTarget, name: string): Interaction {
    const code = name.slice(1);
    const { type } = target;
    const run = spine.operations.find(request, target, code);
    return {
      code: 'operation',
      ...(type === undefined ? {} : { type }),
      operation: code,
      run,
    };
  }

  function handleWithin() {
    return withinAnswer(handle, spine.limits.bundleAnswerBytes);
  }

  /** Runs an entry of a bundle. */
  async function handle(request: FhirRequest): Promise<FhirResponse> {
    if (request.path.length === 0 && request.method === 'POST') {
      throw fhirError(400, 'not-supported', 'A bundle takes no entry that is a bundle itself');
    }
    const { body, ...answer } = await findPresented(request).run();
    return body === undefined || request.method === 'HEAD' ? answer : { ...answer, body };
  }

  /** Runs an entry to see whether it would be refused: what it answers goes nowhere, and is not recorded. */
  async function probe(request: FhirRequest): Promise<FhirResponse> {
    return permitted(request).run();
  }

  // What a bundle holds is answered in the bundle.
  return asynchronousInteractions(spine, { find, findPresented });
}

/** What `_search` takes: R4 has it by POST, and clients that know it from earlier releases by GET too. */
const bySearch = { GET: true, POST: true } as const;

/** A name from the URL is repeated only when it looks like one: an address may hold identity data. */
function shown(name: string): string {
  return /^[A-Za-z$_]{1,40}$/.test(name) ? name : '(unreadable)';
}
