import type { Parameters } from 'fhir/r4.d.ts';
import { fhirError } from '../../fhir/error.ts';
import { parseReference } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import { storeOfWrites } from '../../interactions/access.ts';
import { appendOnlyType } from '../../interactions/append-only.ts';
import { newId } from '../../interactions/identifiers.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters } from '../../interactions/operation-parameters.ts';
import { conflictError, preparePut } from '../../interactions/preparation.ts';
import { jsonBody } from '../../interactions/presentation.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { PurgeChange, ResourceStore } from '../../store/contract.ts';
import { aboutPerson, checkReferrers } from './erased-resources.ts';
import { type ErasureReason, erasureEvent, erasureReasons } from './record.ts';

/** How often an erasure is planned anew because a write came first. */
const mostAttempts = 10;

/**
 * `[type]/[id]/$erase`: the erasure of personal data (RGPD, article 17). The resource goes with its whole history, and
 * its id is as if it had never been used; on a Patient also everything about the person, where that is asked for. An
 * AuditEvent of the same commit tells of it. References in resources that stay are left as they are.
 */
export function eraseOperation(spine: Spine): Operation {
  return {
    code: 'erase',
    definition: 'https://passerelle.fr/fhir/OperationDefinition/Resource-erase',
    types: [...spine.resourceTypes].filter((type) => type !== appendOnlyType),
    levels: { type: false, instance: true },
    affectsState: true,
    action: 'd',
    run: (invocation) => run(spine, invocation),
  };
}

interface EraseInput {
  type: string;
  id: string;
  reason: ErasureReason;
  scope: 'resource' | 'compartment';
  performer?: string;
  dryRun: boolean;
}

async function run(spine: Spine, invocation: OperationInvocation): Promise<FhirResponse> {
  const input = inputOf(spine, invocation);
  const store = storeOfWrites(invocation.request.access);
  for (let attempt = 1; ; attempt++) {
    const erased = await erasedBy(spine, store, input);
    await checkReferrers(spine, store, erased);
    if (input.dryRun) return answer(erased, undefined);
    const now = Date.now();
    const event = erasureEvent(spine, { ...input, resources: erased, now });
    const id = newId(now);
    const record = {
      resource: event as unknown as Resource,
      id,
      current: undefined,
      method: 'POST' as const,
      now,
    };
    const result = await store.commit([...erased, preparePut(spine, record).change]);
    if (result.ok) return answer(erased, id);
    if (attempt === mostAttempts) throw conflictError(result.conflict);
  }
}

/** @throws FhirError 400 on a parameter that is missing, of the wrong type or value */
function inputOf(spine: Spine, { type, id, parameters }: OperationInvocation): EraseInput {
  const given = new GivenParameters('erase', parameters, { reason: 1, scope: 1, performer: 1, dryRun: 1 });
  const reason = given.text('reason', 'code');
  const known = erasureReasons.find((each) => each === reason);
  if (known === undefined) {
    const code = reason === undefined ? 'required' : 'code-invalid';
    const diagnostics = `reason, the legal basis of the erasure, is one of ${erasureReasons.join(', ')}`;
    throw fhirError(400, code, diagnostics, given.one('reason')?.expression ?? 'reason');
  }
  const scope = given.text('scope', 'code') ?? 'resource';
  if (scope !== 'resource' && !(scope === 'compartment' && type === 'Patient')) {
    const diagnostics = 'scope is resource, or compartment on a Patient';
    throw fhirError(400, 'value', diagnostics, given.one('scope')?.expression);
  }
  const performer = performerOf(spine, given);
  return {
    type: type!,
    id: id!,
    reason: known,
    scope,
    ...(performer === undefined ? {} : { performer }),
    dryRun: given.boolean('dryRun') ?? false,
  };
}

/** The reference alone: a display would put a name into the record. */
function performerOf({ baseUrl }: Spine, given: GivenParameters): string | undefined {
  const parameter = given.one('performer');
  if (parameter === undefined) return undefined;
  const { value, inQuery, expression } = parameter;
  const text = inQuery ? value : (value as { reference?: unknown } | undefined)?.reference;
  const parsed = typeof text === 'string' ? parseReference(text, [baseUrl]) : undefined;
  if (parsed?.kind === 'local' && /^(Practitioner|PractitionerRole|Organization)$/.test(parsed.type)) {
    return `${parsed.type}/${parsed.id}`;
  }
  const diagnostics =
    'performer is a Reference to a Practitioner, PractitionerRole or Organization of this server';
  throw fhirError(400, 'value', diagnostics, expression);
}

/** @throws FhirError 404 when the id was never used */
async function erasedBy(spine: Spine, store: ResourceStore, input: EraseInput): Promise<PurgeChange[]> {
  const { type, id, scope } = input;
  const current = await store.read(type, id);
  if (current === undefined) throw fhirError(404, 'not-found', `${type}/${id} is not known`);
  const own: PurgeChange = { kind: 'purge', type, id, expectedVersion: current.version };
  return scope === 'resource' ? [own] : [own, ...(await aboutPerson(spine, store, current))];
}

function answer(erased: readonly PurgeChange[], audit: string | undefined): FhirResponse {
  const byType = Map.groupBy(erased, ({ type }) => type);
  const body: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'dryRun', valueBoolean: audit === undefined },
      ...[...byType].map(([type, { length }]) => ({
        name: 'erased',
        part: [
          { name: 'type', valueCode: type },
          { name: 'count', valueInteger: length },
        ],
      })),
      ...(audit === undefined
        ? []
        : [{ name: 'audit', valueReference: { reference: `AuditEvent/${audit}` } }]),
    ],
  };
  return { status: 200, body: jsonBody(body) };
}
