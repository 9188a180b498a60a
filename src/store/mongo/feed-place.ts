import { createHash } from 'node:crypto';
import { BSON, type ResumeToken } from 'mongodb';
import { fhirError } from '../../fhir/error.ts';
import type { StoredVersion } from '../contract.ts';

/** Where a feed of changes is. */
export interface FeedPlace {
  /** Where the change stream goes on. */
  token: ResumeToken;
  /** Milliseconds: what was committed before is given, but for what the stored history is still read for. */
  time: number;
  recent: RecentVersions;
  /** The feed reads the stored history first, versions made at or after an instant (milliseconds), from a page on. */
  catchUp?: { since: number; page?: string };
}

/** A place as it is written. */
interface WrittenPlace extends Pick<FeedPlace, 'time' | 'catchUp'> {
  token: object;
  recent: string[];
}

/** Versions that a cursor tells at most. */
const mostInCursor = 1000;

/**
 * The last versions that a feed gave. The order of commits is not that of the instants that versions bear: of those made
 * about the time at which a stream of changes ends, these alone tell which were given.
 */
export class RecentVersions {
  /** The instants of versions by their shortened names. */
  readonly #instants: Map<string, number>;

  /** @param names from a cursor, of versions no older than an instant (milliseconds) */
  constructor(names: readonly string[] = [], instant = 0) {
    this.#instants = new Map(names.map((name) => [name, instant]));
  }

  has(version: StoredVersion): boolean {
    return this.#instants.has(shortName(version));
  }

  add(versions: readonly StoredVersion[]): void {
    for (const version of versions) this.#instants.set(shortName(version), version.lastUpdated);
  }

  /** Forgets those that are older than an instant, as far as no newer one was added before them. */
  forgetBefore(instant: number): void {
    for (const [name, made] of this.#instants) {
      if (made >= instant) return;
      this.#instants.delete(name);
    }
  }

  /** The newest ones. */
  names(): string[] {
    return [...this.#instants.keys()].slice(-mostInCursor);
  }
}

export function cursorOf({ recent, ...place }: FeedPlace): string {
  const text = BSON.EJSON.stringify({ ...place, recent: recent.names() });
  return Buffer.from(text).toString('base64url');
}

/** @throws FhirError 400 when the cursor is none of a feed */
export function placeOf(cursor: string): FeedPlace {
  try {
    const place = BSON.EJSON.parse(Buffer.from(cursor, 'base64url').toString()) as WrittenPlace;
    const { token, time, recent } = place;
    if (typeof token === 'object' && Number.isFinite(time) && Array.isArray(recent)) {
      return { ...place, recent: new RecentVersions(recent, time) };
    }
  } catch {
    // Refused below, as any other text that is no place.
  }
  throw fhirError(400, 'value', 'The cursor belongs to another feed of changes');
}

/** Enough of a hash that no two of some thousand versions have the same. */
function shortName({ type, id, version, lastUpdated }: StoredVersion): string {
  const name = `${type}/${id}/${version}/${lastUpdated}`;
  return createHash('sha256').update(name).digest('base64url').slice(0, 10);
}
