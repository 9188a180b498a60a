/** A canonical in its parts (references.html#canonical). */
interface Canonical {
  url: string;
  version?: string;
}

/** Base of the canonicals of R4's own StructureDefinitions. */
export const structureDefinitionsOfR4 = 'http://hl7.org/fhir/StructureDefinition/';

/** The canonical of a version, `url|version`; the URL alone where there is none. */
export function withVersion(url: string, version: string | undefined): string {
  return version === undefined ? url : `${url}|${version}`;
}

/** Splits a canonical at its `|`; a fragment stays part of the URL. */
export function splitCanonical(canonical: string): Canonical {
  const bar = canonical.indexOf('|');
  if (bar === -1) return { url: canonical };
  const version = canonical.slice(bar + 1);
  return { url: canonical.slice(0, bar), ...(version !== '' && { version }) };
}

/**
 * Orders business versions, the later one last: number by number where both are numbers (`10` after `9`, `2018-08-12`
 * as three), a pre-release before its release, none before any.
 */
export function compareVersions(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  const leftParts = left.split(/[.-]/);
  const rightParts = right.split(/[.-]/);
  for (let index = 0; index < Math.max(leftParts.length, rightParts.length); index++) {
    const order = comparePart(leftParts[index], rightParts[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(left: string | undefined, right: string | undefined): number {
  // `1.0` is before `1.0.1`, and `1.0-beta` before `1.0`.
  if (left === undefined) return isNumber(right ?? '') ? -1 : 1;
  if (right === undefined) return isNumber(left) ? 1 : -1;
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  if (isNumber(left) !== isNumber(right)) return isNumber(left) ? 1 : -1;
  return left < right ? -1 : Number(left > right);
}

function isNumber(part: string): boolean {
  return /^\d+$/.test(part);
}
