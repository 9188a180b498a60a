import { fhirError } from '../fhir/error.ts';
import { type WeightedItem, weightedList, withoutParameters } from './weighted-list.ts';

/** The formats of resources (http.html#mime-type). */
export type Format = 'json' | 'xml';

/** The media type of answers, by format. */
export const mediaTypes: Readonly<Record<Format, string>> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
};

const formatsByType = new Map<string, Format>([
  ['application/fhir+json', 'json'],
  ['application/json', 'json'],
  ['application/json+fhir', 'json'],
  ['text/json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['application/xml', 'xml'],
  ['application/xml+fhir', 'xml'],
  ['text/xml', 'xml'],
]);

const patchesByType = new Map<string, BodyKind>([
  ['application/json-patch+json', 'json-patch'],
  ['application/xml-patch+xml', 'xml-patch'],
]);

/** The media types of patches, as `Accept-Patch` names them (RFC 5789, 3.1). */
export const patchTypes = [...patchesByType.keys(), 'application/fhir+json', 'application/fhir+xml'].join(
  ', ',
);

/** The Accept headers of most requests, which are not worth to be parsed. */
const plainJson = new Set([undefined, '', '*/*', 'application/fhir+json', 'application/json']);

/**
 * The format of the answer: that of `_format`, else the one that `Accept` prefers, JSON when both are alike.
 * @throws FhirError 406 when neither JSON nor XML will do
 */
export function negotiatedFormat(accept: string | undefined, format: string | undefined): Format {
  let found: Format | undefined;
  if (format !== undefined && format !== '') {
    // An unencoded + of application/fhir+json reaches us as a space.
    const name = withoutParameters(format).replace(' ', '+');
    found = name === 'json' || name === 'xml' ? name : formatsByType.get(name);
  } else {
    found = plainJson.has(accept) ? 'json' : preferred(weightedList(accept!));
  }
  if (found !== undefined) return found;
  const offered =
    'This server answers in application/fhir+json and application/fhir+xml; files of NDJSON by Prefer: respond-async';
  throw fhirError(406, 'not-supported', offered, 'http.accept');
}

/**
 * Checks that NDJSON, the only format of a file, will do (R4 async.html, file requests).
 * @throws FhirError 406 when it will not
 */
export function checkAcceptsNdjson(accept: string | undefined): void {
  const wanted = ['application/fhir+ndjson', 'application/ndjson', 'application/*', '*/*'];
  const items = weightedList(accept ?? '*/*');
  if (items.some(({ name, weight }) => weight > 0 && wanted.includes(name))) return;
  throw fhirError(406, 'not-supported', 'A file is in application/fhir+ndjson', 'http.accept');
}

/** How much a header wants a format: by weight, then by how exactly it names it, then by the order. */
type Rank = readonly [weight: number, exactness: number, order: number];

function preferred(items: readonly WeightedItem[]): Format | undefined {
  const json = rank('json', items);
  const xml = rank('xml', items);
  if (json === undefined || xml === undefined) return json ? 'json' : xml && 'xml';
  const decisive = json.findIndex((part, index) => part !== xml[index]);
  return decisive < 0 || json[decisive]! > xml[decisive]! ? 'json' : 'xml';
}

/** The most exact items decide (RFC 9110, 12.5.1); the names of a format are one type under several names. */
function rank(format: Format, items: readonly WeightedItem[]): Rank | undefined {
  const levels = [
    (name: string) => formatsByType.get(name) === format,
    (name: string) => name === 'application/*' || name === 'text/*',
    (name: string) => name === '*/*',
  ];
  const level = levels.findIndex((matches) => items.some(({ name }) => matches(name)));
  if (level < 0) return undefined;
  const deciding = items.filter(({ name }) => levels[level]!(name));
  const weight = Math.max(...deciding.map((item) => (isR4(item.text) ? item.weight : 0)));
  const order = items.findIndex((item) => deciding.includes(item) && item.weight === weight);
  return weight === 0 ? undefined : [weight, -level, -order];
}

/** The version that a media type may name (http.html#version-parameter). */
function isR4(header: string): boolean {
  const version = /;\s*fhirVersion="?([^";\s]+)/i.exec(header)?.[1];
  return version === undefined || /^4\.0(\.1)?$/.test(version);
}

/**
 * What a body holds: a resource in one of its formats, a form, a JSON Patch (RFC 6902), an XML Patch (RFC 5261) or the
 * text of a GraphQL query.
 */
export type BodyKind = Format | 'form' | 'json-patch' | 'xml-patch' | 'graphql';

/** What the address and the method of a request let its body be. */
export type ExpectedBody = 'resource' | 'form' | 'patch' | 'query';

/**
 * The kind of a body by its Content-Type.
 * @param expects a search takes a form and nothing else, a patch may be one of JSON or XML, a query may be GraphQL
 * @throws FhirError 415 on another type, charset or version of FHIR
 */
export function bodyKind(header: string | undefined, expects: ExpectedBody): BodyKind {
  const type = withoutParameters(header ?? '');
  const found = kinds[expects](type);
  if (found === undefined) {
    const diagnostics = `The Content-Type of the body must be ${expected[expects]}`;
    throw unsupported(diagnostics, expects === 'patch' ? { 'Accept-Patch': patchTypes } : {});
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(header!)?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw unsupported('The charset of the body must be UTF-8');
  }
  if (!isR4(header!)) throw unsupported('The body must be FHIR of version 4.0');
  return found;
}

const kinds: Record<ExpectedBody, (type: string) => BodyKind | undefined> = {
  resource: (type) => formatsByType.get(type),
  form: (type) => (type === 'application/x-www-form-urlencoded' ? 'form' : undefined),
  patch: (type) => patchesByType.get(type) ?? formatsByType.get(type),
  query: (type) => (type === 'application/graphql' ? 'graphql' : formatsByType.get(type)),
};

const expected = {
  resource: 'application/fhir+json or application/fhir+xml',
  form: 'application/x-www-form-urlencoded',
  patch:
    'application/json-patch+json, application/xml-patch+xml, application/fhir+json or application/fhir+xml',
  query: 'application/graphql, application/json, application/fhir+json or application/fhir+xml',
};

function unsupported(diagnostics: string, headers: Readonly<Record<string, string>> = {}) {
  return fhirError(415, 'not-supported', diagnostics, 'http.content-type', headers);
}
