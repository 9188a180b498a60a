import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { fhirError } from '../fhir/error.ts';

const minute = 60_000;

/** A lease is this part of a limit. */
const leasesOfLimit = 20;

/** Milliseconds that requests wait for a lease. */
const leasePatience = 1_000;

/** Milliseconds for which a process counts alone when the shared counter does not answer. */
const aloneFor = 10_000;

/** Callers that are remembered at most. */
const rememberedCallers = 10_000;

/**
 * Adds one to a counter that all processes of a server share and that is born with this time to live (ms); answers its
 * count and the instant (ms) at which it ends.
 */
export type SharedCount = (key: string, ttl: number) => Promise<{ count: number; expiresAt: number }>;

/** What a caller still has of the lease of this process. */
interface Bucket {
  left: number;
  /** Instant in milliseconds: after it nothing of this counts. */
  endsAt: number;
  /** The whole limit is leased until then. */
  spent: boolean;
  leasing?: Promise<void> | undefined;
}

/**
 * So many requests a minute for each caller, over all processes that share the counter. A process takes leases of a
 * twentieth of the limit from it and counts these down by itself, so that a request costs a look into a map; what it has
 * not used of its last lease is lost to the others for that minute.
 */
export class RateLimit {
  readonly #name: string;
  readonly #limit: number;
  readonly #lease: number;
  readonly #count: SharedCount;
  readonly #buckets = new Map<string, Bucket>();

  /** @param limit requests a minute */
  constructor(name: string, limit: number, count: SharedCount) {
    this.#name = name;
    this.#limit = limit;
    this.#lease = Math.ceil(limit / leasesOfLimit);
    this.#count = count;
  }

  /**
   * Counts a request.
   * @returns a promise where a lease is needed first
   * @throws FhirError 429 beyond the limit, with `Retry-After`
   */
  take(caller: string): undefined | Promise<void> {
    const bucket = this.#buckets.get(caller);
    if (bucket !== undefined && this.#takeFrom(bucket)) return undefined;
    return this.#takeLeased(caller);
  }

  #takeFrom(bucket: Bucket): boolean {
    if (bucket.endsAt <= Date.now()) return false;
    if (bucket.left > 0) {
      bucket.left -= 1;
      return true;
    }
    if (bucket.spent) throw tooMany(bucket.endsAt);
    return false;
  }

  async #takeLeased(caller: string): Promise<void> {
    const bucket = this.#bucketOf(caller);
    do {
      bucket.leasing ??= this.#leaseFor(caller, bucket);
      await bucket.leasing;
    } while (!this.#takeFrom(bucket));
  }

  #bucketOf(caller: string): Bucket {
    const known = this.#buckets.get(caller);
    if (known !== undefined) return known;
    if (this.#buckets.size >= rememberedCallers) this.#forget();
    const bucket = { left: 0, endsAt: 0, spent: false };
    this.#buckets.set(caller, bucket);
    return bucket;
  }

  /** Forgets who made no request of late; if that is nobody, everybody: each of them then takes a new lease. */
  #forget(): void {
    const now = Date.now();
    for (const [caller, { endsAt, leasing }] of this.#buckets) {
      if (endsAt <= now && leasing === undefined) this.#buckets.delete(caller);
    }
    if (this.#buckets.size >= rememberedCallers) this.#buckets.clear();
  }

  async #leaseFor(caller: string, bucket: Bucket): Promise<void> {
    // Callers are people and addresses: the store holds neither.
    const key = `limit ${this.#name} ${createHash('sha256').update(caller).digest('base64url')}`;
    try {
      const { count, expiresAt } = await within(leasePatience, this.#count(key, minute));
      const remaining = this.#limit - (count - 1) * this.#lease;
      bucket.left = Math.max(0, Math.min(this.#lease, remaining));
      bucket.spent = remaining <= this.#lease;
      bucket.endsAt = expiresAt;
    } catch {
      // Reads go on while nothing can be written, and so does counting.
      bucket.left = this.#lease;
      bucket.spent = false;
      bucket.endsAt = Date.now() + aloneFor;
    } finally {
      bucket.leasing = undefined;
    }
  }
}

/** Who an address stands for: an IPv4 address for itself, one of IPv6 for its network of 64 bits, as hosts have them. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [start = '', end] = address.replace(/%.*$/, '').split('::');
  const groups = start.split(':').filter((group) => group !== '');
  const known = end === undefined ? 0 : end.split(':').filter((group) => group !== '').length;
  const zeros = Math.max(0, 8 - groups.length - known);
  const all = [...groups, ...new Array<string>(zeros).fill('0'), ...(end ?? '').split(':')];
  return `${all
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** @throws Error when this takes longer */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooMany(endsAt: number) {
  const seconds = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
  return fhirError(429, 'throttled', 'Too many requests; try again later', undefined, {
    'Retry-After': String(seconds),
  });
}
