import { fhirError } from '../fhir/error.ts';

/** The media type of every FHIR answer. */
export const fhirJson = 'application/fhir+json; charset=utf-8';

const jsonTypes = new Set([
  'application/fhir+json',
  'application/json',
  'application/json+fhir',
  'text/json',
]);
const formatNames = new Set([...jsonTypes, 'json']);

/**
 * Checks that the caller takes JSON, by `_format` or else by `Accept` (http.html#mime-type).
 * @throws FhirError 406 when it does not
 */
export function checkAcceptable(accept: string | undefined, format: string | undefined): void {
  if (format !== undefined && format !== '') {
    // An unencoded + of application/fhir+json reaches us as a space.
    if (formatNames.has(mediaType(format).replace('fhir json', 'fhir+json'))) return;
  } else if (accept === undefined || accept === '' || accept === '*/*' || takesJson(accept)) {
    return;
  }
  throw fhirError(406, 'not-supported', 'This server answers in application/fhir+json', 'http.accept');
}

/** The most specific range decides (RFC 9110, 12.5.1); the names of JSON are one type under several names. */
function takesJson(accept: string): boolean {
  const ranges = accept.split(',').map((range) => ({
    type: mediaType(range),
    taken: !/;\s*q=0(\.0+)?\s*(;|$)/i.test(range) && isR4(range),
  }));
  const named = ranges.filter(({ type }) => jsonTypes.has(type));
  const partial = ranges.filter(({ type }) => type === 'application/*' || type === 'text/*');
  const deciding = [named, partial].find((found) => found.length > 0);
  return (deciding ?? ranges.filter(({ type }) => type === '*/*')).some(({ taken }) => taken);
}

/** The version that a media type may name (http.html#version-parameter). */
function isR4(header: string): boolean {
  const version = /;\s*fhirVersion="?([^";\s]+)/i.exec(header)?.[1];
  return version === undefined || /^4\.0(\.1)?$/.test(version);
}

/**
 * Checks the type and charset of a body.
 * @param formWanted for a search, which takes a form and nothing else
 * @throws FhirError 415
 */
export function checkContentType(header: string | undefined, formWanted: boolean): 'json' | 'form' {
  const type = mediaType(header ?? '');
  const formType = 'application/x-www-form-urlencoded';
  if (formWanted ? type !== formType : !jsonTypes.has(type)) {
    const expected = formWanted ? formType : 'application/fhir+json';
    throw fhirError(
      415,
      'not-supported',
      `The Content-Type of the body must be ${expected}`,
      'http.content-type',
    );
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(header!)?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw fhirError(415, 'not-supported', 'The charset of the body must be UTF-8', 'http.content-type');
  }
  if (!isR4(header!)) {
    throw fhirError(415, 'not-supported', 'The body must be FHIR of version 4.0', 'http.content-type');
  }
  return formWanted ? 'form' : 'json';
}

function mediaType(header: string): string {
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}
