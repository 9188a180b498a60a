import { createHash } from 'node:crypto';
import type { ExpiringStore } from '../store/contract.ts';
import type { Actor } from './actor.ts';

/** After this time it is looked whether the glass was broken by way of another server, in milliseconds. */
const lookEvery = 1000;

/** Actors whose state is kept in memory at most. */
const mostKnown = 10_000;

/** For which patients actors broke the glass, until when: shared by all servers of a store. */
export class BrokenGlass {
  readonly #store: ExpiringStore;
  readonly #known = new Map<string, { until: Readonly<Record<string, number>>; readAt: number }>();

  constructor(store: ExpiringStore) {
    this.#store = store;
  }

  /** Ids of the patients for whom it is broken now; at once where that is known. */
  patientsOf(actor: Actor): readonly string[] | Promise<readonly string[]> {
    const key = keyOf(actor);
    if (key === undefined) return [];
    const known = this.#known.get(key);
    if (known !== undefined && performance.now() - known.readAt < lookEvery) return open(known.until);
    return this.#read(key).then(open);
  }

  /**
   * Breaks the glass.
   * @param life milliseconds
   * @returns when it ends, in milliseconds since 1970 UTC; undefined for an actor who cannot be recognised
   */
  async break(actor: Actor, patient: string, life: number): Promise<number | undefined> {
    const key = keyOf(actor);
    if (key === undefined) return undefined;
    const end = Date.now() + life;
    const before = await this.#read(key);
    const until = {
      ...Object.fromEntries(open(before).map((id) => [id, before[id] as number])),
      [patient]: end,
    };
    await this.#store.put(key, JSON.stringify(until), life);
    this.#keep(key, until);
    return end;
  }

  async #read(key: string): Promise<Readonly<Record<string, number>>> {
    const text = await this.#store.get(key);
    const until = text === undefined ? {} : (JSON.parse(text) as Record<string, number>);
    this.#keep(key, until);
    return until;
  }

  #keep(key: string, until: Readonly<Record<string, number>>): void {
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(key, { until, readAt: performance.now() });
  }
}

function open(until: Readonly<Record<string, number>>): string[] {
  return Object.entries(until).flatMap(([patient, end]) => (end > Date.now() ? [patient] : []));
}

const keys = new WeakMap<Actor, string>();

/** One for the person, whatever token or application they come with. */
function keyOf(actor: Actor): string | undefined {
  const { tenant, subject } = actor;
  if (subject === undefined) return undefined;
  const known = keys.get(actor);
  if (known !== undefined) return known;
  const person = createHash('sha256').update(JSON.stringify([tenant, subject.issuer, subject.value]));
  const key = `break-glass ${person.digest('base64url')}`;
  keys.set(actor, key);
  return key;
}
