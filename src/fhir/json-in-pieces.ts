import { backslash, closeBrace, closeBracket, comma, openBrace, openBracket, quote } from './json-marks.ts';

/** A JSON object whose arrays are read in pieces. */
export interface JsonInPieces {
  /** The object, its arrays empty. */
  head: Record<string, unknown>;
  /**
   * The items of one of its arrays, some at a time.
   * @throws SyntaxError on malformed JSON
   */
  items(key: string): Generator<unknown[]>;
}

/** Bytes of a piece, at least where there are as many. */
const pieceBytes = 65_536;
/** Bytes that are looked through before others may work. */
const bytesPerStep = 1_048_576;

/**
 * Reads an object of JSON that is too large to be parsed at once, as JSON.parse does. Where its arrays are cut is looked
 * for in steps, between which others may work. Numbers may lose digits; who needs them takes `parseJsonInSteps`.
 * @throws SyntaxError on malformed JSON, TypeError when it is no object
 */
export function* jsonInPieces(bytes: Buffer): Generator<void, JsonInPieces> {
  const { skeleton, arrays } = yield* cut(bytes);
  const head = JSON.parse(skeleton.replace(/^\uFEFF/, '')) as Record<string, unknown>;
  if (typeof head !== 'object' || head === null || Array.isArray(head)) throw new TypeError('no JSON object');
  const cuts = new Map<string, readonly number[]>();
  for (const [key, value] of Object.entries(head)) {
    if (!Array.isArray(value)) continue;
    cuts.set(key, arrays[value[0] as number] as readonly number[]);
    head[key] = [];
  }
  return {
    head,
    *items(key) {
      const places = cuts.get(key) ?? [];
      for (const [position, start] of places.slice(0, -1).entries()) {
        // The first begins behind the bracket, the others at a comma.
        const text = bytes.toString('utf8', position === 0 ? start : start + 1, places[position + 1]);
        yield JSON.parse(`[${text}]`);
      }
    },
  };
}

/**
 * The text with the number of each array at the top in place of its items, and where the pieces of each array begin and
 * the last one ends.
 */
function* cut(bytes: Buffer): Generator<void, { skeleton: string; arrays: readonly (readonly number[])[] }> {
  const parts: string[] = [];
  const arrays: number[][] = [];
  let open: number[] | undefined;
  let depth = 0;
  let kept = 0;
  let stepEnd = bytesPerStep;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case quote:
        at = endOfString(bytes, at);
        if (at < stepEnd) break;
        stepEnd = at + bytesPerStep;
        yield;
        break;
      case openBrace:
      case openBracket:
        if (++depth !== 2 || bytes[at] !== openBracket) break;
        open = [at + 1];
        parts.push(bytes.toString('utf8', kept, at + 1), String(arrays.length));
        arrays.push(open);
        break;
      case closeBrace:
      case closeBracket:
        if (--depth !== 1 || open === undefined) break;
        open.push(at);
        open = undefined;
        kept = at;
        break;
      case comma:
        if (depth === 2 && open !== undefined && at - (open.at(-1) as number) >= pieceBytes) open.push(at);
        break;
    }
  }
  return { skeleton: [...parts, bytes.toString('utf8', kept)].join(''), arrays };
}

function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
