import { setTimeout as wait } from 'node:timers/promises';
import type { ResumeToken } from 'mongodb';
import type { ChangedVersion, ChangesPage, WatchedVersions, WatchOptions } from '../contract.ts';
import type { ChangeReader } from './changes.ts';
import type { Database } from './database.ts';
import { within } from './deadline.ts';
import { guarded, isTimeout, isUnavailable, refusalOf } from './errors.ts';
import { cursorOf, type FeedPlace, placeOf, RecentVersions } from './feed-place.ts';
import type { Layout } from './layout.ts';
import type { TenantDatabase } from './tenant-databases.ts';
import { LostPlace, VersionStream } from './version-stream.ts';
import type { Versions } from './versions.ts';

/** Versions of the stored history that are read together. */
const pageSize = 100;

/** How long after the instant that it bears a version may be committed, beyond the time of a commit, in milliseconds. */
const tolerance = 90_000;

/** How long a feed is silent at most, so that its cursor does not grow too old for the database, in milliseconds. */
const longestSilence = 60_000;

/** How long a feed rests after a failure of the database, in milliseconds. */
const restAfterFailure = 1000;

/** A step of a feed: versions, and the place after them. */
type Step = [place: FeedPlace, versions: ChangedVersion[]];

/**
 * Gives the versions of a tenant in the order of their commits: see `ResourceStore.watch`. They come from a change
 * stream of the database. Where that does not reach back to the cursor, the stored history is read from a time before
 * it on, in the order of the instants that versions bear, and then the stream.
 */
export class ChangeFeed {
  readonly #database: Database;
  readonly #layout: Layout;
  readonly #versions: Versions;
  readonly #changes: ChangeReader;
  readonly #closing: AbortSignal;

  /** @param closing ends all feeds */
  constructor(
    { database, layout }: Pick<TenantDatabase, 'database' | 'layout'>,
    versions: Versions,
    changes: ChangeReader,
    closing: AbortSignal,
  ) {
    this.#database = database;
    this.#layout = layout;
    this.#versions = versions;
    this.#changes = changes;
    this.#closing = closing;
  }

  async *watch(tenant: string, { cursor, signal }: WatchOptions): AsyncGenerator<WatchedVersions, void> {
    const ended = AbortSignal.any([signal, this.#closing]);
    if (ended.aborted) return;
    let place = cursor === undefined ? await guarded(() => this.#start(tenant)) : placeOf(cursor);
    if (cursor === undefined) yield { versions: [], cursor: cursorOf(place) };
    let isLost = false;
    while (!ended.aborted) {
      try {
        if (isLost) {
          place = await this.#beforeCatchUp(tenant, place);
          isLost = false;
        }
        const steps = place.catchUp === undefined ? this.#streamed : this.#stored;
        for await (const [next, versions] of steps.call(this, tenant, place, ended)) {
          place = next;
          yield { versions, cursor: cursorOf(place) };
        }
      } catch (error) {
        if (ended.aborted) return;
        if (error instanceof LostPlace) isLost = true;
        else if (isUnavailable(error) || isTimeout(error)) await rest(ended);
        else throw refusalOf(error);
      }
    }
  }

  async #start(tenant: string): Promise<FeedPlace> {
    await within(this.#database.limits.commit, this.#layout.makeDatabase());
    return { token: await this.#newestToken(tenant), time: Date.now(), recent: new RecentVersions() };
  }

  /** The stream will go on from now, after the history before it. */
  async #beforeCatchUp(tenant: string, { time, recent }: FeedPlace): Promise<FeedPlace> {
    const token = await this.#newestToken(tenant);
    return { token, time, recent, catchUp: { since: time - this.#margin } };
  }

  async #newestToken(tenant: string): Promise<ResumeToken> {
    const stream = await VersionStream.open(this.#database, tenant);
    await stream.close();
    return stream.token;
  }

  async *#streamed(tenant: string, from: FeedPlace, ended: AbortSignal): AsyncGenerator<Step, void> {
    let place = from;
    const stream = await VersionStream.open(this.#database, tenant, from.token);
    let spoken = performance.now();
    try {
      while (!ended.aborted) {
        const { names, token, time } = await unlessAborted(stream.next(), ended);
        const found = await within(this.#database.limits.search, this.#versions.changed(tenant, names));
        const step = this.#step({ ...place, token }, found, time);
        [place] = step;
        if (found.length === 0 && performance.now() - spoken < longestSilence) continue;
        yield step;
        spoken = performance.now();
      }
    } finally {
      await stream.close();
    }
  }

  async *#stored(tenant: string, from: FeedPlace, ended: AbortSignal): AsyncGenerator<Step, void> {
    const { catchUp, ...rest } = from;
    let place: FeedPlace = rest;
    const page: ChangesPage = { count: pageSize, oldestFirst: true, since: catchUp?.since ?? 0 };
    for (let next = catchUp; next !== undefined && !ended.aborted; ) {
      const asked = next.page === undefined ? page : { ...page, cursor: next.page };
      const found = await within(
        this.#database.limits.search,
        this.#changes.changes(tenant, asked, 'primary'),
      );
      next = found.next === undefined ? undefined : { since: next.since, page: found.next };
      const [after, versions] = this.#step(place, found.versions, found.versions.at(-1)?.lastUpdated);
      place = after;
      yield [next === undefined ? place : { ...place, catchUp: next }, versions];
    }
  }

  /** Leaves out what was given before. */
  #step(place: FeedPlace, found: readonly ChangedVersion[], time = place.time): Step {
    const { recent } = place;
    const versions = found.filter((version) => !recent.has(version));
    const latest = Math.max(time, place.time);
    recent.add(versions);
    recent.forgetBefore(latest - this.#margin);
    return [{ ...place, time: latest }, versions];
  }

  /** How much earlier than its commit the instant of a version may be. */
  get #margin(): number {
    return this.#database.limits.commit + tolerance;
  }
}

async function rest(ended: AbortSignal): Promise<void> {
  await wait(restAfterFailure, undefined, { signal: ended, ref: false }).catch(() => undefined);
}

/** @throws the reason of the signal when it is aborted before the work is done */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
