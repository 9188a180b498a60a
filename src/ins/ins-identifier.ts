import type { Identifier, Patient } from 'fhir/r4.d.ts';
import { type InsTypeCode, insOids, insTypeOf, isInsOid, urnOfOid } from '../fhir/ins-oids.ts';

const typeSystem = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203';

/** The `Identifier.system` of an OID. */
export function systemOfOid(oid: string): string {
  return urnOfOid + oid;
}

/** The bare OID of an `Identifier.system`, undefined when the system is not an OID. */
export function oidOfSystem(system: string): string | undefined {
  return system.startsWith(urnOfOid) ? system.slice(urnOfOid.length) : undefined;
}

/**
 * An INS as FR Core 2.2.0 writes it.
 * @param value 15 characters: matricule and key.
 * @param period validity of the matricule as INSi gave it.
 */
export function insIdentifier(
  value: string,
  type: InsTypeCode,
  use: 'official' | 'old' | 'secondary',
  period?: { start?: string; end?: string },
): Identifier {
  return {
    use,
    type: { coding: [{ system: typeSystem, code: type }] },
    system: systemOfOid(insOids[type]),
    value,
    ...(period?.start === undefined && period?.end === undefined ? {} : { period }),
  };
}

/** True for an identifier whose OID is that of a NIR or NIA, test and demo included; labels are not trusted. */
export function isIns(identifier: Identifier): boolean {
  return isInsOid(identifier.system ?? '');
}

/** True for an identifier that FR Core's type calls an INS. */
export function isLabelledIns({ type }: Identifier): boolean {
  return type?.coding?.some(({ system, code = '' }) => system === typeSystem && isInsType(code)) ?? false;
}

function isInsType(code: string): boolean {
  return code !== 'INS-C' && Object.hasOwn(insOids, code);
}

/**
 * NIR or NIA, which is what an OID says of a person; test, demonstration and production OIDs of a NIR are one
 * nature: the qualification platform answers test persons with the OIDs of production.
 */
export function natureOf(oidOrSystem: string): 'NIR' | 'NIA' | undefined {
  if (!isInsOid(oidOrSystem)) return undefined;
  return insTypeOf(oidOrSystem) === 'INS-NIA' ? 'NIA' : 'NIR';
}

/** The INS in force of a patient, with its index in `Patient.identifier`; an `old` one is history. */
export function officialIns(patient: Patient): { identifier: Identifier; index: number } | undefined {
  const index = (patient.identifier ?? []).findIndex((each) => isIns(each) && each.use !== 'old');
  const identifier = patient.identifier?.[index];
  return identifier === undefined ? undefined : { identifier, index };
}
