import { type ChangeStream, MongoServerError, type ResumeToken, type Timestamp } from 'mongodb';
import type { ResourceKey } from '../contract.ts';
import type { Database } from './database.ts';
import { within } from './deadline.ts';
import type { CurrentDocument } from './documents.ts';
import { isTimeout, isUnavailable } from './errors.ts';

/** One version by its name; the creation key tells resources apart of which one was purged. */
export interface VersionName extends ResourceKey {
  key: string;
  version: number;
}

/** Versions that came, and where the stream goes on after them. */
export interface StreamedVersions {
  names: VersionName[];
  token: ResumeToken;
  /** When the last of them was committed, in milliseconds by the clock of the database; absent where there is none. */
  time?: number;
}

/** The database does not keep its changes back to the place that was asked for. */
export class LostPlace extends Error {}

/** A new current version, as the pipeline of the stream leaves it. */
interface VersionEvent {
  _id: ResumeToken;
  ns: { coll: string };
  clusterTime: Timestamp;
  fullDocument: Pick<CurrentDocument, '_id' | 'id' | 'version' | 'firstOfCommit'>;
}

/** How long the database waits for a change before it says that there is none, in milliseconds. */
const waitTime = 1000;

/** Changes that are given together at most. */
const mostChanges = 100;

/** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost. */
const lostCodes: ReadonlySet<unknown> = new Set([260, 280, 286]);

const start = 'current.';

/** The names of a tenant's new versions, in the order of their commits, from a change stream of the database. */
export class VersionStream {
  readonly #stream: ChangeStream<never, VersionEvent>;
  /** How long an answer may take, in milliseconds, beyond the wait for changes. */
  readonly #limit: number;
  /** A read that was begun when the stream was opened. */
  #first: Promise<VersionEvent | null> | undefined;
  #token: ResumeToken;

  private constructor(stream: ChangeStream<never, VersionEvent>, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
  }

  /**
   * Opens a stream of what is committed from now on, or after the place of a token.
   * @throws LostPlace when the database does not know that place any more
   */
  static async open({ db, limits }: Database, tenant: string, token?: ResumeToken): Promise<VersionStream> {
    const options = { batchSize: 0, maxAwaitTimeMS: waitTime, maxTimeMS: limits.call };
    const stream = new VersionStream(
      db.watch(pipelineFor(tenant), token === undefined ? options : { ...options, resumeAfter: token }),
      limits.call,
    );
    try {
      await within(limits.call, stream.#open());
    } catch (error) {
      await stream.close();
      // Whatever else a server has against a token: without one it would have taken the same request.
      const isOfToken = token !== undefined && error instanceof MongoServerError;
      throw isOfToken && !isUnavailable(error) && !isTimeout(error) ? new LostPlace() : error;
    }
    return stream;
  }

  /** Where the stream goes on. */
  get token(): ResumeToken {
    return this.#token;
  }

  /**
   * Waits for versions, a second at most; there may be none.
   * @throws LostPlace when the database was faster in forgetting than this stream in reading; OutOfTime when the
   *   database is silent, then the stream is of no more use
   */
  async next(): Promise<StreamedVersions> {
    const names: VersionName[] = [];
    let time: number | undefined;
    try {
      do {
        const event = await within(waitTime + this.#limit, this.#first ?? this.#stream.tryNext());
        this.#first = undefined;
        this.#token = this.#stream.resumeToken;
        if (event === null) break;
        names.push(...namesOf(event));
        time = event.clusterTime.getHighBitsUnsigned() * 1000;
      } while (this.#stream.bufferedCount() > 0 && names.length < mostChanges);
    } catch (error) {
      throw error instanceof MongoServerError && lostCodes.has(error.code) ? new LostPlace() : error;
    }
    return { names, token: this.#token, ...(time === undefined ? {} : { time }) };
  }

  /** Gives back the cursor that the database holds for it, if it listens; a read that is under way fails. */
  async close(): Promise<void> {
    this.#first?.catch(() => undefined);
    await within(waitTime, this.#stream.close()).catch(() => undefined);
  }

  /** The first answer of the database holds no changes, but a token. */
  async #open(): Promise<void> {
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    this.#stream.once('resumeTokenChanged', () => {
      this.#token = this.#stream.resumeToken;
      resolve();
    });
    this.#first = this.#stream.tryNext();
    await Promise.race([opened, this.#first]);
  }
}

/** Versions are inserted or replace the one before; what else is updated are index values. */
function pipelineFor(tenant: string) {
  const isVersion = {
    operationType: { $in: ['insert', 'replace'] },
    'ns.coll': { $regex: `^${start.replace('.', '\\.')}` },
    'fullDocument.tenant': tenant,
  };
  const fields = ['_id', 'id', 'version', 'firstOfCommit'].map((name) => [`fullDocument.${name}`, 1]);
  return [{ $match: isVersion }, { $project: { ns: 1, clusterTime: 1, ...Object.fromEntries(fields) } }];
}

/** A commit may have made several versions of a resource, of which the last one stands in the event. */
function namesOf({ ns, fullDocument }: VersionEvent): VersionName[] {
  const { _id, id, version, firstOfCommit = version } = fullDocument;
  const type = ns.coll.slice(start.length);
  return Array.from({ length: version - firstOfCommit + 1 }, (_, n) => ({
    type,
    id,
    key: _id.toHexString(),
    version: firstOfCommit + n,
  }));
}
