import type { CodeableConcept, Coding } from 'fhir/r4.d.ts';
import { auditSystems } from '../audit-event.ts';

const balp = 'https://profiles.ihe.net/ITI/BALP';

/** The profiles of IHE BALP that events of this server claim, by their id. */
export type BalpProfile =
  | `IHE.BasicAudit.${'' | 'Patient'}${'Create' | 'Read' | 'Update' | 'Delete' | 'Query'}`
  | `IHE.BasicAudit.PrivacyDisclosure.${'Source' | 'Recipient'}`
  | 'IHE.BasicAudit.AuthZconsent'
  | 'IHE.IUA.71';

/** Canonical URL of a profile of IHE BALP. */
export function profileUrl(id: BalpProfile): string {
  return `${balp}/StructureDefinition/${id}`;
}

/** Code systems that only the events of BALP use; those of all AuditEvents are in `auditSystems`. */
const systems = {
  eventType: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  restful: 'http://hl7.org/fhir/restful-interaction',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  provenanceParticipant: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  roleClass: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass',
  securityRole: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type',
  sourceType: 'http://terminology.hl7.org/CodeSystem/security-source-type',
  lifecycle: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
  resourceType: 'http://hl7.org/fhir/resource-types',
  iheEvent: 'urn:ihe:event-type-code',
  entityType: `${balp}/CodeSystem/BasicAuditEntityType`,
  authorization: `${balp}/CodeSystem/AuthZsubType`,
  userAgent: `${balp}/CodeSystem/UserAgentTypes`,
} as const;

// A display would say again what the code says, at the cost of a fifth of each event and of index rows for its words.
const dicom = (code: string): Coding => ({ system: auditSystems.dicom, code });
const entityType = (code: string): Coding => ({ system: auditSystems.entityType, code });
const objectRole = (code: string): Coding => ({ system: auditSystems.objectRole, code });

/** AuditEvent.type */
export const eventTypes = {
  rest: { system: systems.eventType, code: 'rest' },
  export: dicom('110106'),
  import: dicom('110107'),
  securityAlert: dicom('110113'),
  userAuthentication: dicom('110114'),
} satisfies Record<string, Coding>;

/** AuditEvent.subtype; the interactions of REST are made by `restfulSubtype`. */
export const eventSubtypes = {
  login: dicom('110122'),
  logout: dicom('110123'),
  accessToken: { system: systems.iheEvent, code: 'ITI-71' },
  authorizedByConsent: { system: systems.authorization, code: 'AuthZ-Consent' },
  authorizedByRole: { system: systems.authorization, code: 'AuthZ-Role' },
  disclose: { system: systems.lifecycle, code: 'disclose' },
} satisfies Record<string, Coding>;

/** A code of the FHIR value set restful-interaction. */
export function restfulSubtype(code: string): Coding {
  return { system: systems.restful, code };
}

/** An operation of this server, by its name without `$`. */
export function operationSubtype(code: string): Coding {
  return { system: 'https://passerelle.fr/fhir/CodeSystem/operation', code };
}

const concept = (coding: Coding): CodeableConcept => ({ coding: [coding] });

/** AuditEvent.agent.type, by which BALP slices the agents. */
export const agentTypes = {
  application: concept(dicom('110150')),
  destination: concept(dicom('110152')),
  source: concept(dicom('110153')),
  custodian: concept({ system: systems.provenanceParticipant, code: 'custodian' }),
  recipient: concept({ system: systems.participation, code: 'IRCP' }),
  author: concept({ system: systems.participation, code: 'AUT' }),
  organization: concept({ system: systems.roleClass, code: 'PROV' }),
  authorizer: concept({
    system: systems.securityRole,
    code: 'authserver',
  }),
  tokenService: concept({ system: systems.userAgent, code: 'AuthzOauthService' }),
} satisfies Record<string, CodeableConcept>;

/** AuditEvent.entity.type, by which BALP slices the entities. */
export const entityTypes = {
  person: entityType('1'),
  system: entityType('2'),
  requestId: { system: systems.entityType, code: 'XrequestId' },
  token: { system: systems.userAgent, code: 'UserOauthAgent' },
  consent: { system: systems.resourceType, code: 'Consent' },
} satisfies Record<string, Coding>;

/** AuditEvent.entity.role */
export const entityRoles = {
  patient: objectRole('1'),
  report: objectRole('3'),
  resource: objectRole('4'),
  job: objectRole('20'),
  query: objectRole('24'),
} satisfies Record<string, Coding>;

/** AuditEvent.source.type: an application server. */
export const applicationServer: Coding = {
  system: systems.sourceType,
  code: '4',
};
