import type { ValueFamily } from '../../search/expression.ts';
import type { Connection, Row } from './connection.ts';
import type { IndexedPlace, IndexRows } from './index-rows.ts';

/** New resources whose rows are written together: the more, the more rows share a page. */
const batchSize = 6144;

/** Resources whose rows are written in one step when idle: commits that come meanwhile wait for it. */
const resourcesPerStep = 64;

/** Of how many resources a commit writes the rows for each that it adds: a batch ends before the next one is full. */
const pace = 1.25;

/** Rows of one table and parameter, and how many of them are written; they are sorted when the first is. */
interface Run {
  family: ValueFamily;
  rows: Row[];
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
  #gathered = new Map<string, Run>();
  /** What is left of the batch under way, its resources, and the last entry that it stands for. */
  #runs: Run[] = [];
  #underWay = new Set<number>();
  #rowsPerResource = 0;
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
    if (this.#underWay.size > 0 || this.#waiting.size >= batchSize) this.step(versions * pace);
  }

  /** Writes the next rows of the batch, as many as these resources have, within a transaction. */
  step(resources = resourcesPerStep): void {
    if (this.#underWay.size === 0) this.#begin();
    let left = Math.ceil(this.#rowsPerResource * resources);
    for (let run = this.#runs.at(-1); run !== undefined && left > 0; run = this.#runs.at(-1)) {
      left -= this.#writeSome(run, left);
      if (run.written === run.rows.length) this.#runs.pop();
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
    if (run.written === 0) run.rows.sort(byValue);
    const rows = run.rows.slice(run.written, run.written + limit);
    for (const row of rows) this.#rows.insert(run.family, row);
    run.written += rows.length;
    return rows.length;
  }

  #gather(place: IndexedPlace, text: string): void {
    this.#waiting.add(place.rid);
    for (const { family, row } of this.#rows.of(place, text)) {
      const name = `${family} ${row[0]}`;
      const run = this.#gathered.get(name);
      if (run === undefined) this.#gathered.set(name, { family, rows: [row], written: 0 });
      else run.rows.push(row);
    }
  }

  #begin(): void {
    this.#lastEntry = this.#connection.value('SELECT max(entry) FROM deferred_index') as number;
    this.#underWay = this.#waiting;
    this.#runs = [...this.#gathered.values()];
    const rows = this.#runs.reduce((sum, run) => sum + run.rows.length, 0);
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
function byValue([, a]: Row, [, b]: Row): number {
  if (a === b) return 0;
  return (a as number) < (b as number) ? -1 : 1;
}
