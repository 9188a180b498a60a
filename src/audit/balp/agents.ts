import type { AuditEventAgent, AuditEventSource, CodeableConcept, Reference } from 'fhir/r4.d.ts';
import type { Actor } from '../../access/actor.ts';
import { agentTypes, applicationServer } from './codes.ts';

/** This server as its events name it. */
export interface AuditSource {
  /** Absolute URL of the FHIR base. */
  url: string;
  /** Name of the host. */
  site: string;
}

/** Who does something and by which way: what the events of one request share. */
export interface AuditContext {
  actor: Actor;
  /** IP address that the request came from; empty for the server's own work. */
  address: string;
  /** The value of `X-Request-Id`. */
  requestId: string;
}

const roleSystem = 'https://passerelle.fr/fhir/CodeSystem/access-role';
const purposeSystem = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

/** Codes of AuditEvent.agent.network.type */
const network = { machine: '1', address: '2' } as const;

/** The reference by which this server is named as agent and as source: BALP asks that both be equal. */
export function serverReference({ url, site }: AuditSource): Reference {
  return { identifier: { system: 'urn:ietf:rfc:3986', value: url }, display: site };
}

export function sourceElement(source: AuditSource): AuditEventSource {
  return { site: source.site, observer: serverReference(source), type: [applicationServer] };
}

export function serverAgent(source: AuditSource, type: CodeableConcept): AuditEventAgent {
  return {
    type,
    who: serverReference(source),
    requestor: false,
    network: { address: source.site, type: network.machine },
  };
}

/** The software that asked: the client of the token, or a caller that had to show none. */
export function clientAgent({ actor, address }: AuditContext, type: CodeableConcept): AuditEventAgent {
  const { clientId, tokenReference } = actor;
  const isAlone = !hasUser(actor);
  return {
    type,
    who: clientId === undefined ? { display: unnamed[actor.kind] } : { identifier: { value: clientId } },
    requestor: isAlone,
    ...(isAlone && tokenReference !== undefined ? { policy: [tokenReference] } : {}),
    network:
      address === '' ? { address: 'localhost', type: network.machine } : { address, type: network.address },
  };
}

/** What stands for the client of an actor whose token names none. */
const unnamed: Record<Actor['kind'], string> = {
  open: 'a client without login',
  professional: 'a client of a professional',
  patient: 'a client of a patient',
  system: 'a back end',
  service: 'this server',
};

/** The person who asked, and the structure that a professional acts for; nothing for software by itself. */
export function userAgents(actor: Actor, type: CodeableConcept): AuditEventAgent[] {
  if (!hasUser(actor)) return [];
  const { subject, fhirUser, roles, tokenReference, purposeOfUse, organization } = actor;
  const who: Reference = {
    ...(fhirUser === undefined ? {} : { reference: fhirUser }),
    ...(subject === undefined ? {} : { identifier: { system: subject.issuer, value: subject.value } }),
  };
  const user: AuditEventAgent = {
    type,
    ...(roles.length === 0
      ? {}
      : { role: roles.map((code) => ({ coding: [{ system: roleSystem, code }] })) }),
    who,
    requestor: true,
    ...(tokenReference === undefined ? {} : { policy: [tokenReference] }),
    ...(purposeOfUse === undefined
      ? {}
      : { purposeOfUse: [{ coding: [{ system: purposeSystem, code: purposeOfUse }] }] }),
  };
  return organization === undefined ? [user] : [user, organizationAgent(organization)];
}

/** @param reference `Organization/id` */
export function organizationAgent(reference: string): AuditEventAgent {
  return { type: agentTypes.organization, who: { reference }, requestor: false };
}

function hasUser({ subject, fhirUser, kind }: Actor): boolean {
  return (kind === 'professional' || kind === 'patient') && (subject !== undefined || fhirUser !== undefined);
}
