import { breadth } from './breadth.ts';
import { compileTest } from './compile.ts';
import type { Connection, Row } from './connection.ts';
import type { Dictionary } from './dictionary.ts';
import { type Found, foundAlong } from './found.ts';
import { anotherSearch, type StreamPosition } from './order.ts';
import type { Sql } from './sql.ts';
import { beyondStretch, readStream, type Stream, streamsOf } from './streams.ts';
import { orderedWays, type Sought } from './walks.ts';

/** Finds the rows of a page in the order of the index of one criterion, see `Stream`. */
export class StreamSearch {
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;

  constructor(connection: Connection, dictionary: Dictionary) {
    this.#connection = connection;
    this.#dictionary = dictionary;
  }

  /**
   * The first page, along the first criterion whose index gives it within `span` rows. The pages after it go on in
   * the same order.
   */
  first(sought: Sought, span: number): Found | undefined {
    const places = [...sought.criteria.entries()].sort(([, a], [, b]) => breadth(a) - breadth(b));
    for (const [criterion] of places) {
      const streams = this.#streams(sought, criterion);
      const found = streams && this.#read(sought, streams, { criterion, part: 0 }, span);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * A page after the first; `undefined` when it is not found within `span` rows of an index.
   * @throws FhirError 400 when the position is none of this search
   */
  following(sought: Sought, start: StreamPosition, span: number): Found | undefined {
    const streams = this.#streams(sought, start.criterion);
    const stream = streams?.[start.part];
    if (streams === undefined || stream?.order.length !== start.after.length) throw anotherSearch();
    return this.#read(sought, streams, start, span);
  }

  /** None for a criterion whose index lies in the order of creation: that is the better one. */
  #streams({ searched, criteria }: Sought, at: number): Stream[] | undefined {
    const criterion = criteria[at];
    if (criterion === undefined || orderedWays(criterion) !== undefined) return undefined;
    return streamsOf(this.#dictionary, searched, criterion);
  }

  #read(
    sought: Sought,
    streams: readonly Stream[],
    start: { criterion: number; part: number; after?: StreamPosition['after'] },
    span: number,
  ): Found | undefined {
    const others = sought.criteria.filter((_criterion, at) => at !== start.criterion);
    const test = compileTest(this.#dictionary, sought.searched, { kind: 'and', operands: others });
    const rows: Row[] = [];
    const parts: number[] = [];
    for (const [part, stream] of streams.entries()) {
      if (part < start.part || stream.isEmpty) continue;
      const after = part === start.part ? start.after : undefined;
      const stretch = { ...(after === undefined ? {} : { after }), span, limit: sought.limit - rows.length };
      const found = this.#rows(readStream(stream, test, stretch));
      rows.push(...found);
      parts.push(...found.map(() => part));
      if (rows.length === sought.limit) break;
      if (span >= 0 && this.#rows(beyondStretch(stream, stretch)).length > 0) return undefined;
    }
    return foundAlong(start.criterion, rows, parts);
  }

  #rows({ text, values }: Sql): Row[] {
    return this.#connection.rows(text, values);
  }
}
