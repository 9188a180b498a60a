import type { AuditEvent, AuditEventAgent } from 'fhir/r4.d.ts';
import { auditEvent, auditSystems, patientEntity } from '../../audit/audit-event.ts';
import { referenceTo } from '../../fhir/reference.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { ResourceKey } from '../../store/contract.ts';

/** Code system of the legal bases. */
const reasonSystem = 'https://passerelle.fr/fhir/CodeSystem/erasure-reason';

/** Legal bases of an erasure, as the code system erasure-reason has them. */
export const erasureReasons = [
  'data-subject-request',
  'retention-expired',
  'unlawful-processing',
  'legal-obligation',
  'recorded-in-error',
] as const;

export type ErasureReason = (typeof erasureReasons)[number];

/** What the record of an erasure says. */
export interface Erasure {
  reason: ErasureReason;
  scope: string;
  /** Literal reference to who asked for it. */
  performer?: string;
  /** What was erased, by type and id alone. */
  resources: readonly ResourceKey[];
  /** Milliseconds since 1970 UTC. */
  now: number;
}

/** The AuditEvent that stays of an erasure: who, when, what by type and id, and on which legal basis. */
export function erasureEvent({ software }: Spine, erasure: Erasure): AuditEvent {
  const { reason, scope, performer, resources, now } = erasure;
  return auditEvent({
    type: { system: auditSystems.dicom, code: '110110', display: 'Patient Record' },
    subtype: [{ system: 'https://passerelle.fr/fhir/CodeSystem/operation', code: 'erase' }],
    action: 'D',
    outcome: '0',
    outcomeDesc: `erased ${scope}`,
    purposeOfEvent: [{ coding: [{ system: reasonSystem, code: reason }] }],
    agent: agents(software, performer),
    entity: resources.map((key) =>
      key.type === 'Patient' ? patientEntity(key.id) : { what: { reference: referenceTo(key) } },
    ),
    recorded: now,
  });
}

function agents({ name, version }: Spine['software'], performer: string | undefined): AuditEventAgent[] {
  const application = {
    type: { coding: [{ system: auditSystems.dicom, code: '110150', display: 'Application' }] },
    who: { display: `${name} ${version}` },
    requestor: performer === undefined,
  };
  return performer === undefined
    ? [application]
    : [{ who: { reference: performer }, requestor: true }, application];
}
