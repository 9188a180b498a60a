import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { integerBetween, type Random } from '../../seeds/population/random.ts';
import type { FuzzRequest } from './corpus.ts';
import { odd } from './odd-values.ts';

/** Turns a request into another; what it is given stays as it is. */
type Mutation = (request: FuzzRequest, random: Random) => FuzzRequest;

const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

const onUrl: Mutation[] = [
  (request, random) => withUrl(request, addParameter(request.url, pick(random, odd.parameters))),
  (request, random) =>
    withUrl(
      request,
      addParameter(addParameter(request.url, pick(random, odd.parameters)), pick(random, odd.parameters)),
    ),
  (request, random) => {
    const [path = '', query] = request.url.split('?');
    const segments = path.split('/');
    const at = integerBetween(random, 0, segments.length);
    segments.splice(at, integerBetween(random, 0, 1), pick(random, odd.segments));
    return withUrl(request, segments.join('/') + (query === undefined ? '' : `?${query}`));
  },
  (request, random) => {
    const at = integerBetween(random, 0, request.url.length);
    const inserted = pick(random, odd.segments);
    return withUrl(
      request,
      request.url.slice(0, at) + inserted + request.url.slice(at + integerBetween(random, 0, 3)),
    );
  },
];

const onHeaders: Mutation[] = [
  (request, random) => {
    const [name, value] = pick(random, odd.headers);
    return { ...request, headers: { ...request.headers, [name]: value } };
  },
  (request, random) => {
    const headers = { ...request.headers };
    delete headers[pick(random, Object.keys(headers))];
    return { ...request, headers };
  },
];

const onMethod: Mutation = (request, random) => ({ ...request, method: pick(random, odd.methods) });

const onBytes: Mutation[] = [
  (request, random) => splice(request, random, integerBetween(random, 1, 20), Buffer.alloc(0)),
  (request, random) =>
    splice(request, random, integerBetween(random, 0, 4), Buffer.from(pick(random, odd.tokens))),
  (request, random) => splice(request, random, 1, Buffer.from([integerBetween(random, 0, 255)])),
  (request, random) => ({
    ...request,
    body: request.body!.subarray(0, integerBetween(random, 0, request.body!.length)),
  }),
  (request, random) => {
    const body = request.body!;
    const from = integerBetween(random, 0, body.length - 1);
    return splice(request, random, 0, body.subarray(from, from + integerBetween(random, 1, 200)));
  },
];

/** Changes of the document, which leave it JSON. */
const onJson: Mutation[] = [
  (request, random) =>
    edited(request, random, (owner, key) => {
      owner[key] = pick(random, odd.values);
    }),
  (request, random) =>
    edited(request, random, (owner, key) => {
      delete owner[key];
    }),
  (request, random) =>
    edited(request, random, (owner, key) => {
      owner[key] = [owner[key]];
    }),
  (request, random) =>
    edited(request, random, (owner, key) => {
      owner[`_${key}`] = pick(random, odd.values);
    }),
  (request, random) =>
    edited(request, random, (owner, key) => {
      owner[pick(random, ['x', 'id', 'extension', 'resourceType', 'contained', 'valueString', ''])] =
        owner[key];
    }),
  (request, random) =>
    edited(request, random, (owner, key) => {
      owner[key] = nested(owner[key], integerBetween(random, 1, 90));
    }),
];

const onCoding: Mutation = (request, random) => {
  const [coding, encode] = pick(random, [
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ] as const);
  return {
    ...request,
    headers: { ...request.headers, 'content-encoding': coding },
    body: encode(request.body!),
  };
};

/** A request with one to three changes. */
export function mutated(original: FuzzRequest, random: Random): FuzzRequest {
  let request = original;
  const isJson = request.body !== undefined && /json/.test(request.headers['content-type'] ?? '');
  for (let changes = integerBetween(random, 1, 3); changes > 0; changes--) {
    const kinds: Mutation[][] = [onUrl, onUrl, onHeaders, [onMethod]];
    if (request.body !== undefined && request.body.length > 0)
      kinds.push(onBytes, onBytes, ...(isJson ? [onJson, onJson, onJson] : []), [onCoding]);
    request = pick(random, pick(random, kinds))(request, random);
  }
  return request;
}

function withUrl(request: FuzzRequest, url: string): FuzzRequest {
  return { ...request, url };
}

function addParameter(url: string, parameter: string): string {
  return url + (url.includes('?') ? '&' : '?') + parameter;
}

function splice(request: FuzzRequest, random: Random, removed: number, inserted: Buffer): FuzzRequest {
  const body = request.body!;
  const at = integerBetween(random, 0, body.length);
  return { ...request, body: Buffer.concat([body.subarray(0, at), inserted, body.subarray(at + removed)]) };
}

type Owner = Record<string, unknown>;

/** Applies an edit somewhere in the document; a body that is no JSON document any more stays as it is. */
function edited(
  request: FuzzRequest,
  random: Random,
  edit: (owner: Owner, key: string) => void,
): FuzzRequest {
  let document: unknown;
  try {
    document = JSON.parse(request.body!.toString());
  } catch {
    return request;
  }
  const places: [Owner, string][] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Owner, key]);
      visit((value as Owner)[key]);
    }
  };
  visit(document);
  if (places.length > 0) edit(...pick(random, places));
  return { ...request, body: Buffer.from(JSON.stringify(document)) };
}

function nested(value: unknown, levels: number): unknown {
  return levels === 0 ? value : { extension: [nested(value, levels - 1)] };
}
