import type { AuditEvent, AuditEventAgent, AuditEventEntity } from 'fhir/r4.d.ts';
import type { AuditOutcome } from '../audit-event.ts';
import {
  type AuditContext,
  type AuditSource,
  clientAgent,
  organizationAgent,
  serverAgent,
  serverReference,
  sourceElement,
  userAgents,
} from './agents.ts';
import { agentTypes, eventSubtypes, eventTypes, profileUrl } from './codes.ts';
import { consentEntity, patientEntity, queryEntity, requestIdEntity, tokenEntity } from './entities.ts';

interface Occurrence {
  outcome: AuditOutcome;
  /** A code of the case, never free text about a person. */
  outcomeDesc?: string;
  /** ISO 8601 */
  recorded: string;
}

/** A login or a logout, tried or done. */
export interface SessionChange extends Occurrence {
  change: 'login' | 'logout';
}

/** The AuditEvent of a login or logout (DICOM User Authentication). */
export function sessionEvent(server: AuditSource, context: AuditContext, session: SessionChange): AuditEvent {
  const { change, ...occurrence } = session;
  return {
    resourceType: 'AuditEvent',
    type: eventTypes.userAuthentication,
    subtype: [eventSubtypes[change]],
    action: 'E',
    ...occurrence,
    agent: [
      clientAgent(context, agentTypes.application),
      serverAgent(server, agentTypes.authorizer),
      ...userAgents(context.actor, agentTypes.recipient),
    ],
    source: sourceElement(server),
    entity: [requestIdEntity(context.requestId)],
  };
}

/** An access token that was asked for. */
export interface TokenIssue extends Occurrence {
  /** The request to the token endpoint in base64, without its secrets: no code_verifier, assertion or password. */
  request: string;
}

/**
 * The AuditEvent of an access token (IHE IUA ITI-71). That profile has neither a structure among its agents nor the id
 * of the request among its entities.
 */
export function tokenEvent(server: AuditSource, context: AuditContext, issue: TokenIssue): AuditEvent {
  const { request, ...occurrence } = issue;
  return {
    resourceType: 'AuditEvent',
    ...(issue.outcome === '0' ? { meta: { profile: [profileUrl('IHE.IUA.71')] } } : {}),
    type: eventTypes.userAuthentication,
    subtype: [eventSubtypes.accessToken],
    action: 'E',
    ...occurrence,
    agent: [
      clientAgent(context, agentTypes.application),
      serverAgent(server, agentTypes.tokenService),
      ...userAgents(context.actor, agentTypes.recipient).slice(0, 1),
    ],
    source: sourceElement(server),
    entity: [queryEntity(request)],
  };
}

/** A request that was not let in, or an access that was refused. */
export interface Refusal extends Occurrence {
  /** The request as it was received, in base64. */
  query: string;
}

/** The AuditEvent of a request without a valid login (R4 security.html, Access Denied). */
export function refusalEvent(server: AuditSource, context: AuditContext, refusal: Refusal): AuditEvent {
  const { query, ...occurrence } = refusal;
  return {
    resourceType: 'AuditEvent',
    type: eventTypes.securityAlert,
    action: 'E',
    ...occurrence,
    agent: [
      clientAgent(context, agentTypes.source),
      serverAgent(server, agentTypes.destination),
      ...userAgents(context.actor, agentTypes.recipient),
    ],
    source: sourceElement(server),
    entity: [queryEntity(query), requestIdEntity(context.requestId)],
  };
}

/** A decision on the data of a patient, by consents or by roles alone, such as break-glass. */
export interface AuthorizationDecision extends Occurrence {
  /** Id of the Patient. */
  patient: string;
  /** Ids of the Consents that it went by. */
  consents: readonly string[];
}

/**
 * The AuditEvent of a decision. It claims AuthZconsent where all that this profile asks for is there: a user with the
 * structure that he acts for, and a Consent.
 */
export function authorizationEvent(
  server: AuditSource,
  context: AuditContext,
  decision: AuthorizationDecision,
): AuditEvent {
  const { patient, consents, ...occurrence } = decision;
  const { organization, tokenReference } = context.actor;
  const [user] = userAgents(context.actor, agentTypes.recipient);
  const isWhole = consents.length > 0 && user !== undefined && organization !== undefined;
  const entity: AuditEventEntity[] = [
    patientEntity(patient),
    ...consents.map(consentEntity),
    ...(tokenReference === undefined ? [] : [tokenEntity(tokenReference)]),
  ];
  return {
    resourceType: 'AuditEvent',
    ...(isWhole ? { meta: { profile: [profileUrl('IHE.BasicAudit.AuthZconsent')] } } : {}),
    type: eventTypes.securityAlert,
    subtype: [consents.length > 0 ? eventSubtypes.authorizedByConsent : eventSubtypes.authorizedByRole],
    action: 'E',
    ...occurrence,
    agent: [
      clientAgent(context, agentTypes.application),
      ...(user === undefined ? [] : [user]),
      ...(organization === undefined ? [] : [organizationAgent(organization)]),
      authorizerAgent(server),
    ],
    source: sourceElement(server),
    entity,
  };
}

/** The profile allows it no network. */
function authorizerAgent(server: AuditSource): AuditEventAgent {
  return { type: agentTypes.authorizer, who: serverReference(server), requestor: false };
}
