import type { AuditEvent } from 'fhir/r4.d.ts';
import { auditSystems } from './audit-event.ts';
import { trailSystem } from './seals/seal.ts';

/** What an event is kept for, which decides for how long. */
export type AuditCategory = 'access' | 'security' | 'identity' | 'disclosure' | 'trail';

/** Types of DICOM that tell of a category. */
const byType: Readonly<Record<string, AuditCategory>> = {
  '110106': 'disclosure',
  '110107': 'disclosure',
  '110110': 'trail',
  '110112': 'identity',
  '110113': 'security',
  '110114': 'security',
};

/**
 * The category of an event: logins, tokens and refusals; calls to INSi; what was given to or taken from others; what
 * was erased or has expired; every other access.
 */
export function categoryOf({ type }: Pick<AuditEvent, 'type'>): AuditCategory {
  if (type?.system === trailSystem) return 'trail';
  return (type?.system === auditSystems.dicom ? byType[type.code ?? ''] : undefined) ?? 'access';
}
