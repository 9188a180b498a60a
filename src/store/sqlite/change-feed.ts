import { setImmediate } from 'node:timers/promises';
import { fhirError } from '../../fhir/error.ts';
import type { ChangedVersion, WatchedVersions, WatchOptions } from '../contract.ts';
import { pageBytes } from '../transfer.ts';
import type { Connection } from './connection.ts';
import { none } from './dictionary.ts';
import type { Versions } from './versions.ts';

/** Versions that come together at most. */
const mostVersions = 100;

/** Versions of all tenants that one look goes over: a millisecond or so. */
const lookSize = 2000;

/** How often a feed looks for the commits of other processes, in milliseconds. */
const lookInterval = 250;

/** Gives the versions of a tenant in the order of their commits: see `ResourceStore.watch`. */
export class ChangeFeed {
  readonly #connection: Connection;
  readonly #versions: Versions;
  readonly #closing = new AbortController();
  /** By tenant what ends the waiting of its feeds. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(connection: Connection, versions: Versions) {
    this.#connection = connection;
    this.#versions = versions;
  }

  async *watch(tenant: string, { cursor, signal }: WatchOptions): AsyncGenerator<WatchedVersions, void> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    if (ended.aborted) return;
    let place = cursor === undefined ? this.#newest() : this.#placeOf(cursor);
    if (cursor === undefined) yield { versions: [], cursor: String(place) };
    while (!ended.aborted) {
      const found = this.#after(tenant, place);
      if (found.versions.length > 0) yield { versions: found.versions, cursor: String(found.place) };
      else if (found.place === place) await this.#news(tenant, ended);
      // What it goes over is of other tenants and may be much.
      else await setImmediate();
      place = found.place;
    }
  }

  /** Tells the feeds of a tenant that something was committed. */
  committed(tenant: string): void {
    for (const wake of this.#waiting.get(tenant) ?? []) wake();
  }

  /** Ends all feeds. */
  close(): void {
    this.#closing.abort();
  }

  #newest(): number {
    return (this.#connection.value('SELECT max(seq) FROM change') as number | null) ?? 0;
  }

  /** @throws FhirError 400 when the cursor is none of a watch of this database */
  #placeOf(cursor: string): number {
    const place = Number(cursor);
    if (/^\d{1,15}$/.test(cursor) && place <= this.#newest()) return place;
    throw fhirError(400, 'value', 'The cursor belongs to another feed of changes');
  }

  #after(tenant: string, after: number): { versions: ChangedVersion[]; place: number } {
    return this.#connection.read(() => {
      const rows = this.#connection.rows(
        `SELECT c.seq, c.rid, c.version, s.tenant = ? FROM change c CROSS JOIN scope s ON s.scope = c.scope
         WHERE c.seq > ? ORDER BY c.seq LIMIT ?`,
        [tenant, after, lookSize],
      ) as [seq: number, rid: number, version: number, isOfTenant: number][];
      const versions: ChangedVersion[] = [];
      let place = after;
      let bytes = 0;
      for (const [seq, rid, version, isOfTenant] of rows) {
        if (versions.length === mostVersions || bytes > pageBytes) break;
        place = seq;
        if (isOfTenant === 0 || rid === none) continue;
        const changed = this.#versions.byChange(rid, version);
        versions.push(changed);
        bytes += changed.body.length;
      }
      return { versions, place };
    });
  }

  /** Waits for a commit of this process, or until it is time to look for those of others. */
  async #news(tenant: string, ended: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const timer = setTimeout(wake, lookInterval).unref();
    const waiting = this.#waiting.get(tenant) ?? new Set();
    this.#waiting.set(tenant, waiting.add(wake));
    ended.addEventListener('abort', wake);
    await promise;
    clearTimeout(timer);
    ended.removeEventListener('abort', wake);
    waiting.delete(wake);
    if (waiting.size === 0) this.#waiting.delete(tenant);
  }
}
