import type { ExpiringStore } from '../../store/contract.ts';
import { type JournalEntry, type JournalPage, pageText, readPage } from './entry.ts';

/** A hundred years, in milliseconds. */
const pageLife = 100 * 365 * 86_400_000;

/** How long it is remembered that a page was taken: longer than any process goes by a number that it knows. */
const takenLife = 30 * 86_400_000;

/** How long a process goes by the number of the last page that it wrote, in milliseconds; then it looks from the first on. */
const knownFor = 600_000;

/** Stands for a page that was taken. */
const taken = '';

/**
 * The journal of the audit trail: what happened, in the order in which it was written, by all processes of a database.
 * To write an entry costs a fraction of an AuditEvent with its index rows, which are made of it later. Pages are
 * numbered without a gap, so that whoever has taken one knows where the next is.
 */
export class AuditJournal {
  readonly #store: ExpiringStore;
  #next = 1;
  #knownSince = Number.NEGATIVE_INFINITY;

  constructor(store: ExpiringStore) {
    this.#store = store;
  }

  /** Resolves when the entries are durable. */
  async write(tenant: string, entries: readonly JournalEntry[]): Promise<void> {
    const text = pageText({ tenant, entries });
    if (performance.now() - this.#knownSince > knownFor) {
      this.#next = await this.firstPage();
    }
    let number = this.#next;
    while (!(await this.#store.putIfAbsent(pageKey(number), text, pageLife))) number += 1;
    this.#next = Math.max(this.#next, number + 1);
    this.#knownSince = performance.now();
  }

  /** The number of the first page that may not have been taken. */
  async firstPage(): Promise<number> {
    return Number((await this.#store.get(firstKey)) ?? 1);
  }

  /** The page of this number, `taken` when its events are made; `undefined` when none has been written yet. */
  async page(number: number): Promise<JournalPage | 'taken' | undefined> {
    const text = await this.#store.get(pageKey(number));
    if (text === undefined) return undefined;
    return text === taken ? 'taken' : readPage(text);
  }

  /** Forgets a page whose events are made; all pages before it are forgotten already. */
  async take(number: number): Promise<void> {
    await this.#store.put(pageKey(number), taken, takenLife);
    if (number >= (await this.firstPage())) await this.#store.put(firstKey, String(number + 1), pageLife);
  }
}

const firstKey = 'audit-journal';

function pageKey(number: number): string {
  return `audit-journal:${number}`;
}
