import type { ResourceStore, ResourceStores, StoredVersion } from '../../store/contract.ts';
import { type Retained, retainedOf } from '../retention/retained.ts';
import { type Head, readHead } from './head.ts';
import { digestBytes, eventDigest, readSeal, type Seal, sealHash, sealId, sealNumber } from './seal.ts';
import { readPeriod } from './sealed-period.ts';

/** Events beyond the last seal that are read at once. */
const eventsAtOnce = 4096;

/** What is wrong with a trail; `event` is the id of an AuditEvent, `seal` the number of a seal. */
export type AuditFault =
  | { kind: 'event-changed' | 'event-inserted' | 'events-reordered'; event: string; seal: number }
  | { kind: 'event-removed'; position: number; seal: number }
  | { kind: 'seal-changed' | 'seal-missing' | 'seal-foreign'; seal: number };

/** What a trail holds, as far as it was verified. */
export interface AuditState {
  seals: number;
  /** Sealed and there. */
  events: number;
  /** Sealed, and removed by retention. */
  expired: number;
  /** Too new to be sealed, or written since the last server stopped. */
  unsealed: number;
  head?: Head;
  fault?: AuditFault;
}

export interface VerifyOptions {
  stores: Pick<ResourceStores, 'forTenant' | 'expiring'>;
  tenant: string;
  /** A seal as it was noted elsewhere at some time, such as in the log. */
  known?: Head;
}

/**
 * Goes through all seals and events of a tenant to the first fault: events or seals that were changed, removed,
 * inserted or put in another order since they were sealed.
 */
export async function verifyAudit({ stores, tenant, known }: VerifyOptions): Promise<AuditState> {
  const store = stores.forTenant(tenant);
  const state: AuditState = { seals: 0, events: 0, expired: 0, unsealed: 0 };
  const head = await readHead(stores.expiring, tenant);
  const retained = await retainedOf(store);
  let before: Before = { number: 0, to: 0, hash: '' };
  for (;;) {
    const number = before.number + 1;
    const stored = await store.read('AuditEvent', sealId(number));
    if (stored === undefined) break;
    const seal = readSeal(stored);
    if (seal === undefined || !follows(seal, stored, before)) return faulty(state, sealFault(seal, before));
    const fault = await checkPeriod(store, seal, retained, state);
    if (fault !== undefined) return faulty(state, fault);
    before = { number, to: seal.to, hash: sealHash(stored) };
    state.seals = number;
    state.head = { number, hash: before.hash };
    const differs = (noted: Head | undefined) => noted?.number === number && noted.hash !== before.hash;
    if (differs(head) || differs(known)) {
      return faulty(state, { kind: 'seal-changed', seal: number });
    }
  }
  const expected = Math.max(head?.number ?? 0, known?.number ?? 0);
  if (expected > before.number) return faulty(state, { kind: 'seal-missing', seal: before.number + 1 });
  return checkEnd(store, before, state);
}

/** The seal before, 0 before the first. */
interface Before {
  number: number;
  to: number;
  hash: string;
}

function faulty(state: AuditState, fault: AuditFault): AuditState {
  return { ...state, fault };
}

function follows(seal: Seal, { version, deleted }: StoredVersion, before: Before): boolean {
  return (
    version === 1 &&
    !deleted &&
    seal.number === before.number + 1 &&
    seal.from === before.to &&
    seal.previous === before.hash
  );
}

/** A seal that cannot be read is the one that was changed; else it was one of two, of which the first is named. */
function sealFault(seal: Seal | undefined, { number }: Before): AuditFault {
  const isOwn = seal === undefined || number === 0 || seal.number !== number + 1;
  return { kind: 'seal-changed', seal: isOwn ? number + 1 : number };
}

async function checkPeriod(
  store: ResourceStore,
  seal: Seal,
  retained: Retained,
  state: AuditState,
): Promise<AuditFault | undefined> {
  const { events, seals } = await readPeriod(store, seal.from, seal.to, Number.POSITIVE_INFINITY);
  const foreign = seals.find(({ id }) => !isOfChain(sealNumber(id), seal.number));
  if (foreign !== undefined) return { kind: 'seal-foreign', seal: seal.number };
  const again = events.find(isNoFirstVersion);
  if (again !== undefined) return { kind: 'event-changed', event: again.id, seal: seal.number };
  const expected = expectedDigests(seal, retained);
  const actual = events.map((event) => eventDigest(event).toString('hex'));
  const at = expected.findIndex((digest, position) => digest !== actual[position]);
  if (at < 0 && actual.length === expected.length) {
    state.events += events.length;
    state.expired += seal.digests.length / digestBytes - expected.length;
    return undefined;
  }
  const first = at < 0 ? expected.length : at;
  return eventFault(seal.number, first, { expected, actual, events });
}

/** Events are written once. */
function isNoFirstVersion({ version, deleted }: StoredVersion): boolean {
  return version !== 1 || deleted;
}

/** Seals of a period were written after those whose events they hold, so they come before its own. */
function isOfChain(number: number | undefined, current: number): boolean {
  return number !== undefined && Number.isSafeInteger(number) && number > 0 && number < current;
}

/** The digests of the events that are to be there still. */
function expectedDigests({ number, digests, categories }: Seal, retained: Retained): string[] {
  const expected: string[] = [];
  let at = 0;
  for (const { category, count } of categories) {
    const end = at + count * digestBytes;
    if (!retained.hasExpired(number, category)) {
      for (let start = at; start < end; start += digestBytes) {
        expected.push(digests.toString('hex', start, start + digestBytes));
      }
    }
    at = end;
  }
  return expected;
}

interface Comparison {
  expected: readonly string[];
  actual: readonly string[];
  events: readonly StoredVersion[];
}

/** What happened at the first place where a period is not as it was sealed. */
function eventFault(seal: number, at: number, { expected, actual, events }: Comparison): AuditFault {
  const event = events[at]?.id;
  const isWanted = actual[at] !== undefined && expected.includes(actual[at], at);
  const isElsewhere = expected[at] !== undefined && actual.includes(expected[at], at);
  if (event === undefined || (isWanted && !isElsewhere))
    return { kind: 'event-removed', position: at + 1, seal };
  if (isWanted) return { kind: 'events-reordered', event, seal };
  if (isElsewhere || expected[at] === undefined) return { kind: 'event-inserted', event, seal };
  return { kind: 'event-changed', event, seal };
}

/** What is not sealed yet holds no seal but those of the chain. */
async function checkEnd(store: ResourceStore, before: Before, state: AuditState): Promise<AuditState> {
  for (let from: number | undefined = before.to; from !== undefined; ) {
    const { events, seals, end } = await readPeriod(store, from, Number.POSITIVE_INFINITY, eventsAtOnce);
    const seal = before.number + 1;
    const foreign = seals.find(({ id }) => !isOfChain(sealNumber(id), seal));
    if (foreign !== undefined) return faulty(state, { kind: 'seal-missing', seal });
    const again = events.find(isNoFirstVersion);
    if (again !== undefined) return faulty(state, { kind: 'event-changed', event: again.id, seal });
    state.unsealed += events.length;
    from = end;
  }
  return state;
}
