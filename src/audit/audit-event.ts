import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept, Coding } from 'fhir/r4.d.ts';

/** Code systems of AuditEvent (R4 auditevent.html, IHE BALP). */
export const auditSystems = {
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  entityType: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  objectRole: 'http://terminology.hl7.org/CodeSystem/object-role',
} as const;

/** AuditEvent.outcome: 0 success, 4 minor failure, 8 serious failure, 12 major failure. */
export type AuditOutcome = '0' | '4' | '8' | '12';

export interface AuditedAction {
  type: Coding;
  subtype: Coding[];
  action: 'C' | 'R' | 'U' | 'D' | 'E';
  outcome: AuditOutcome;
  /** A code of the case, never free text about a person. */
  outcomeDesc: string;
  /** Why it was done. */
  purposeOfEvent?: CodeableConcept[];
  agent: AuditEventAgent[];
  entity: AuditEventEntity[];
  /** Milliseconds since 1970 UTC. */
  recorded: number;
}

/**
 * An AuditEvent of this server. Callers name persons by Reference alone: no matricule, no trait, no search value
 * may stand in it.
 */
export function auditEvent({ recorded, ...action }: AuditedAction): AuditEvent {
  return {
    resourceType: 'AuditEvent',
    ...action,
    recorded: new Date(recorded).toISOString(),
    source: { observer: { display: 'Passerelle' } },
  };
}

/** The Patient that an action was about. */
export function patientEntity(id: string): AuditEventEntity {
  return {
    what: { reference: `Patient/${id}` },
    type: { system: auditSystems.entityType, code: '1', display: 'Person' },
    role: { system: auditSystems.objectRole, code: '1', display: 'Patient' },
  };
}
