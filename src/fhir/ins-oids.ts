/** Codes of the FR Core identifier types that denote an INS, current or legacy (INS-C). */
export type InsTypeCode = 'INS-NIR' | 'INS-NIA' | 'INS-NIR-TEST' | 'INS-NIR-DEMO' | 'INS-C';

/** OID of each kind of INS (annex of the référentiel INS; FR Core 2.2.0). */
export const insOids: Readonly<Record<InsTypeCode, string>> = {
  'INS-NIR': '1.2.250.1.213.1.4.8',
  'INS-NIA': '1.2.250.1.213.1.4.9',
  'INS-NIR-TEST': '1.2.250.1.213.1.4.10',
  'INS-NIR-DEMO': '1.2.250.1.213.1.4.11',
  'INS-C': '1.2.250.1.213.1.4.2',
};

export const urnOfOid = 'urn:oid:';

/** The FR Core type code of an OID, bare or as `urn:oid:`; undefined when it denotes no INS. */
export function insTypeOf(oidOrSystem: string): InsTypeCode | undefined {
  const oid = oidOrSystem.startsWith(urnOfOid) ? oidOrSystem.slice(urnOfOid.length) : oidOrSystem;
  return (Object.keys(insOids) as InsTypeCode[]).find((code) => insOids[code] === oid);
}

/** True for the OID of a NIR or NIA, test and demo included. */
export function isInsOid(oidOrSystem: string): boolean {
  const type = insTypeOf(oidOrSystem);
  return type !== undefined && type !== 'INS-C';
}
