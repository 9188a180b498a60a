import type { IdentityRecord } from '../../patient.ts';

/** What INSi answers differently from the record, or beyond it; matricules with their key. */
interface ReferenceDifference {
  matricule?: string;
  givenNames?: readonly string[];
  formerMatricules?: NonNullable<IdentityRecord['formerMatricules']>;
}

/** A demo patient and what the INSi simulator knows of the same person. */
export interface DemoPerson extends IdentityRecord {
  /** Absent where INSi does not know the person; otherwise only what differs from the record or lacks there. */
  insi?: ReferenceDifference;
}

/** A test matricule, from its 15 characters in the usual groups: `2 52 04 49 007 901 26`. */
export function testMatricule(groups: string): {
  value: string;
  type: 'INS-NIR-TEST';
} {
  return { value: groups.replaceAll(' ', ''), type: 'INS-NIR-TEST' };
}

/** A mobile number that Arcep keeps for works of fiction (06 39 98 …), from its last four digits. */
export function fictionalMobile(lastDigits: string): NonNullable<IdentityRecord['telecom']> {
  return [{ system: 'phone', value: `+33 6 39 98 ${lastDigits}`, use: 'mobile' }];
}
