import type { ValueFamily } from '../../search/expression.ts';
import type { Connection, SqlValue } from './connection.ts';
import type { IndexedPlace, IndexRows } from './index-rows.ts';

/** New resources whose rows are written together: the more, the more rows share a page. */
const batchSize = 6144;

/**
 * Resources whose rows are written in one step: commits that come meanwhile wait for it. Rows in the order of their
 * values lie far apart in the indexes by resource, so that steps of a few rows would write a page for each.
 */
export const resourcesPerStep = 64;

/** Of how many resources the rows are written for each that is added: a batch ends before the next one is full. */
const pace = 1.25;

/**
 * Rows of one table and parameter, one after the other in one list: as many small arrays would cost the collector of
 * garbage far more. Their order is found when the first is written.
 */
interface Run {
  family: ValueFamily;
  values: SqlValue[];
  order: Uint32Array;
  written: number;
}

/**
 * The index of resources, whose rows may wait. Rows of one resource lie far apart, so that each costs a page of the
 * log; those of many resources, written in the order of their tables, share pages. While nobody searches, the commit
 * of a new resource therefore writes its index values as one text, and the rows follow, those of one table and
 * parameter at a time.
 */
export class ResourceIndex {
  readonly #connection: Connection;
  readonly #rows: IndexRows;
  #defers = false;
  /** Row ids of the resources that wait for a batch, and their rows. */
  #waiting = new Set<number>();
  #gathered = new Map<ValueFamily, Map<number, SqlValue[]>>();
  /** What is left of the batch under way, its resources, and the last entry that it stands for. */
  #runs: Run[] = [];
  #underWay = new Set<number>();
  #rowsPerResource = 0;
  /** Resources whose rows are due by the versions that came since the last step. */
  #due = 0;
  #lastEntry = 0;

  constructor(connection: Connection, rows: IndexRows) {
    this.#connection = connection;
    this.#rows = rows;
    this.#recall();
  }

  /** Rows of later commits may wait. */
  get defers(): boolean {
    return this.#defers;
  }

  get isComplete(): boolean {
    return this.#waiting.size + this.#underWay.size === 0;
  }

  /** Takes the index values of a version (see `wireIndex`), none for a deletion, within the transaction of its commit. */
  replace(place: IndexedPlace, text: string | undefined, isNew: boolean): void {
    const { rid } = place;
    if (isNew && this.#defers && text !== undefined) {
      this.#connection.run('INSERT INTO deferred_index (rid, indexed) VALUES (?, ?)', [rid, text]);
      this.#gather(place, text);
      return;
    }
    if (this.#waiting.has(rid) || this.#underWay.has(rid)) this.writeAll();
    this.#rows.replace(place, text, isNew);
  }

  defer(): void {
    this.#defers = true;
  }

  /** Writes all rows that wait, within a transaction. */
  writeAll(): void {
    while (!this.isComplete) this.step();
  }

  /** Writes all rows that wait; those of later commits come with these. */
  complete(): void {
    this.writeAll();
    this.#defers = false;
  }

  /** Goes on with the rows that wait as fast as these new versions come, when there are enough, within a transaction. */
  keepPace(versions: number): void {
    if (this.#underWay.size === 0 && this.#waiting.size < batchSize) return;
    this.#due += versions * pace;
    if (this.#due < resourcesPerStep) return;
    const resources = this.#due;
    this.#due = 0;
    this.step(resources);
  }

  /** Writes the next rows of the batch, as many as these resources have, within a transaction. */
  step(resources = resourcesPerStep): void {
    if (this.#underWay.size === 0) this.#begin();
    let left = Math.ceil(this.#rowsPerResource * resources);
    for (let run = this.#runs.at(-1); run !== undefined && left > 0; run = this.#runs.at(-1)) {
      left -= this.#writeSome(run, left);
      if (run.written === run.order.length) this.#runs.pop();
    }
    if (this.#runs.length > 0) return;
    this.#connection.run('DELETE FROM deferred_index WHERE entry <= ?', [this.#lastEntry]);
    this.#underWay = new Set();
  }

  /** After a rollback: what is remembered may not be in the database. */
  forget(defers: boolean): void {
    this.#defers = defers;
    this.#recall();
  }

  /** Writes rows of a run up to a limit, and answers how many. */
  #writeSome(run: Run, limit: number): number {
    const { family, values } = run;
    const width = this.#rows.width(family);
    if (run.written === 0) run.order.sort((a, b) => inOrder(values[a * width + 1], values[b * width + 1]));
    const end = Math.min(run.written + limit, run.order.length);
    const count = end - run.written;
    const rows: SqlValue[] = [];
    for (; run.written < end; run.written += 1) {
      const start = (run.order[run.written] as number) * width;
      for (let at = start; at < start + width; at += 1) rows.push(values[at] as SqlValue);
    }
    this.#rows.insert(family, rows);
    return count;
  }

  #gather(place: IndexedPlace, text: string): void {
    this.#waiting.add(place.rid);
    this.#rows.each(place, text, (family, row) => {
      this.#gatheredOf(family, row[0] as number).push(...row);
    });
  }

  #gatheredOf(family: ValueFamily, p: number): SqlValue[] {
    let runs = this.#gathered.get(family);
    if (runs === undefined) {
      runs = new Map();
      this.#gathered.set(family, runs);
    }
    let values = runs.get(p);
    if (values === undefined) {
      values = [];
      runs.set(p, values);
    }
    return values;
  }

  #begin(): void {
    this.#lastEntry = this.#connection.value('SELECT max(entry) FROM deferred_index') as number;
    this.#underWay = this.#waiting;
    this.#runs = [];
    let rows = 0;
    for (const [family, runs] of this.#gathered) {
      for (const values of runs.values()) {
        const order = Uint32Array.from({ length: values.length / this.#rows.width(family) }, (_, at) => at);
        this.#runs.push({ family, values, order, written: 0 });
        rows += order.length;
      }
    }
    this.#rowsPerResource = rows / this.#underWay.size;
    this.#waiting = new Set();
    this.#gathered = new Map();
  }

  /** Takes up what waits in the database, of which some rows may be written already. */
  #recall(): void {
    this.#waiting = new Set();
    this.#gathered = new Map();
    this.#underWay = new Set();
    this.#runs = [];
    const entries = this.#connection.rows(
      `SELECT d.rid, d.indexed, s.tenant, s.scope FROM deferred_index d
       CROSS JOIN resource r ON r.rid = d.rid CROSS JOIN scope s ON s.scope = r.scope ORDER BY d.entry`,
    ) as [number, string, string, number][];
    for (const [rid, text, tenant, scope] of entries) this.#gather({ rid, tenant, scope }, text);
  }
}

/** The order of the database may differ beyond ASCII, but neighbours remain neighbours. */
function inOrder(a: SqlValue | undefined, b: SqlValue | undefined): number {
  if (a === b) return 0;
  return (a as number) < (b as number) ? -1 : 1;
}
