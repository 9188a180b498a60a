import type { AuditEvent, AuditEventEntity, CodeableConcept, Coding } from 'fhir/r4.d.ts';
import type { AuditOutcome } from '../audit-event.ts';
import {
  type AuditContext,
  type AuditSource,
  clientAgent,
  serverAgent,
  sourceElement,
  userAgents,
} from './agents.ts';
import { agentTypes, eventTypes, operationSubtype, profileUrl, restfulSubtype } from './codes.ts';
import { type AuditedResource, dataEntity, patientEntity, queryEntity, requestIdEntity } from './entities.ts';

/** What BALP tells apart of an interaction of REST. */
export type RestKind = 'Read' | 'Query' | 'Create' | 'Update' | 'Delete';

/** An interaction of REST to be recorded. */
export interface RestAccess {
  kind: RestKind;
  /** A code of the FHIR value set restful-interaction; absent where the request asked for none that there is. */
  interaction?: string;
  /** The name of an operation, without `$`. */
  operation?: string;
  /** What was read or written. */
  resource?: AuditedResource;
  /** The request as it was received, in base64. */
  query?: string;
  /** Id of the Patient that it was about; an event is about one at most. */
  patient?: string;
  outcome: AuditOutcome;
  /** Of a failure: the status and the code of its first issue, nothing of what was asked. */
  outcomeDesc?: string;
  /** ISO 8601 */
  recorded: string;
}

interface Shape {
  action: 'C' | 'R' | 'U' | 'D' | 'E';
  client: CodeableConcept;
  server: CodeableConcept;
  user: CodeableConcept;
  /** The interactions that the profile names. */
  interactions: readonly string[];
}

const { application, custodian, destination, source, recipient, author } = agentTypes;

/** The table of IHE BALP, Basic patterns of REST: what is read flows to the client, what is asked or written from it. */
const shapes: Record<RestKind, Shape> = {
  Read: {
    action: 'R',
    client: destination,
    server: source,
    user: recipient,
    interactions: ['read', 'vread'],
  },
  Query: {
    action: 'E',
    client: source,
    server: destination,
    user: recipient,
    interactions: ['search', 'search-type', 'search-system'],
  },
  Create: { action: 'C', client: source, server: destination, user: author, interactions: ['create'] },
  Update: {
    action: 'U',
    client: source,
    server: destination,
    user: author,
    interactions: ['update', 'patch'],
  },
  Delete: { action: 'D', client: application, server: custodian, user: author, interactions: ['delete'] },
};

/** The AuditEvent of an interaction of REST; what succeeded as a profile of IHE BALP says it claims that profile. */
export function restEvent(server: AuditSource, context: AuditContext, access: RestAccess): AuditEvent {
  const { kind, outcome, outcomeDesc, recorded } = access;
  const shape = shapes[kind];
  return {
    resourceType: 'AuditEvent',
    ...(isProfiled(shape, access) ? { meta: { profile: [profileOf(access)] } } : {}),
    type: eventTypes.rest,
    ...subtypes(access),
    action: shape.action,
    recorded,
    outcome,
    ...(outcomeDesc === undefined ? {} : { outcomeDesc }),
    agent: [
      clientAgent(context, shape.client),
      serverAgent(server, shape.server),
      ...userAgents(context.actor, shape.user),
    ],
    source: sourceElement(server),
    entity: entities(context, access),
  };
}

/** The patterns of BALP are those of success; other interactions, such as a history, only look alike. */
function isProfiled(
  { interactions }: Shape,
  { outcome, interaction, kind, resource, query }: RestAccess,
): boolean {
  const isWhole = kind === 'Query' ? query !== undefined : resource !== undefined;
  return outcome === '0' && isWhole && interactions.includes(interaction ?? '');
}

function profileOf({ kind, patient }: RestAccess): string {
  return profileUrl(patient === undefined ? `IHE.BasicAudit.${kind}` : `IHE.BasicAudit.Patient${kind}`);
}

function subtypes({ interaction, operation }: RestAccess): { subtype?: Coding[] } {
  if (interaction === undefined) return {};
  const first = restfulSubtype(interaction);
  return { subtype: operation === undefined ? [first] : [first, operationSubtype(operation)] };
}

function entities({ requestId }: AuditContext, { resource, query, patient }: RestAccess): AuditEventEntity[] {
  return [
    ...(resource === undefined ? [] : [dataEntity(resource)]),
    ...(query === undefined ? [] : [queryEntity(query)]),
    ...(patient === undefined ? [] : [patientEntity(patient)]),
    requestIdEntity(requestId),
  ];
}
