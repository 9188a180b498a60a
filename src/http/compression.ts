import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliCompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gzip,
} from 'node:zlib';
import { weightedList } from './weighted-list.ts';

export type ContentCoding = 'br' | 'gzip';

/** Bytes below which compression gains nothing. */
const leastLength = 1024;
/** Beyond this quality Brotli takes more time than the network saves. */
const brotliQuality = 4;

const compress: Record<ContentCoding, (body: Buffer) => Promise<Buffer>> = {
  br: (body) =>
    promisify(brotliCompress)(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
  gzip: promisify(gzip),
};

/** The coding for a body by `Accept-Encoding` (RFC 9110, 12.5.3), undefined when it is sent as it is. */
export function contentCoding(acceptEncoding: string | undefined, length: number): ContentCoding | undefined {
  if (acceptEncoding === undefined || length < leastLength) return undefined;
  const items = weightedList(acceptEncoding);
  const weight = (name: string) => items.find((item) => item.name === name)?.weight;
  const any = weight('*') ?? 0;
  const br = weight('br') ?? any;
  const zip = weight('gzip') ?? weight('x-gzip') ?? any;
  const best = Math.max(br, zip);
  if (best === 0 || best < (weight('identity') ?? 0)) return undefined;
  return br === best ? 'br' : 'gzip';
}

/** The body in a content coding, made off the event loop. */
export function compressed(body: Buffer, coding: ContentCoding): Promise<Buffer> {
  return compress[coding](body);
}

/** The content codings that request bodies may have. */
export const acceptedCodings = 'gzip, deflate, br';

/** The stream that undoes a content coding, undefined when the coding is none of `acceptedCodings`. */
export function decompression(coding: string): Transform | undefined {
  switch (coding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}
