/**
 * Names under which values are indexed beside those of their search parameter. They are built from its code and
 * stand in an expression like any parameter, so that a store needs no structure of its own for them.
 */

/** Quantities in UCUM base units. */
export function canonicalParameter(code: string): string {
  return `${code}:canonical`;
}

/** The texts beside coded values, as strings. */
export function textParameter(code: string): string {
  return `${code}:text`;
}

/** Identifiers by type: tokens of the type's system whose code is `ofTypeCode`. */
export function ofTypeParameter(code: string): string {
  return `${code}:of-type`;
}

/** The code of an identifier in the index of `ofTypeParameter`. */
export function ofTypeCode(typeCode: string, value: string): string {
  return `${typeCode}|${value}`;
}

/** The logical identifiers of references, as tokens. */
export function identifierParameter(code: string): string {
  return `${code}:identifier`;
}

/**
 * A composite parameter with its first component fixed to a token: the second component is indexed under this
 * name, so that a search on both is a search in one index.
 * @param system absent: whatever the system; `null`: a token without one
 */
export function compositeParameter(code: string, key: string, system?: string | null): string {
  const prefix = compositePrefix(code);
  if (system === undefined) return `${prefix}any ${key}`;
  // A URI has no space: the first one ends it.
  return system === null ? `${prefix}none ${key}` : `${prefix}system ${system} ${key}`;
}

/** How the names of a composite start, whatever the token. */
export function compositePrefix(code: string): string {
  return `${code}$`;
}

/** The coordinates of positions in degrees, as numbers. */
export function latitudeParameter(code: string): string {
  return `${code}:latitude`;
}

export function longitudeParameter(code: string): string {
  return `${code}:longitude`;
}

/** Canonical references as they are written, with the version that they name, as references to URLs. */
export function writtenCanonicalParameter(code: string): string {
  return `${code}:written`;
}

/** Canonical references by the beginnings of the version that they name, as references to URLs. */
export function versionsParameter(code: string): string {
  return `${code}:versions`;
}

/** Media types that are written with parameters, without them, as tokens. */
export function mediaTypeParameter(code: string): string {
  return `${code}:media-type`;
}

/** The URL by which a resource is named in canonical references, without and with its version, as URIs. */
export const ownCanonicalsParameter = 'url:versions';
