import { FhirError, fhirError } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Change, ResourceKey, ResourceStore } from '../store/contract.ts';
import { type Access, storeOfWrites } from './access.ts';
import {
  answersOutcome,
  type BundleEntry,
  bundleEntries,
  errorEntry,
  responseBundle,
  responseEntry,
} from './bundle-entry.ts';
import { meansOfWrites } from './check-means.ts';
import { placed, within, withinSync } from './entry-errors.ts';
import { pacer } from './pacer.ts';
import { beforeAttempt, mostAttempts } from './perform.ts';
import { conflictError } from './preparation.ts';
import { checkPolicies } from './reference-policy.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';
import { type FoundEntry, linkResolver } from './transaction-references.ts';
import type { Plan, Write } from './write.ts';
import { writeOf } from './write-of.ts';

type Handle = (request: FhirRequest) => Promise<FhirResponse>;

/** How entries that do not write are run. */
interface Handles {
  handle: Handle;
  /** Runs one to see whether it would be refused. */
  probe: Handle;
}

/** A write entry of the bundle, the same over all attempts. */
interface WriteEntry {
  entry: BundleEntry;
  write: Write;
  /** The holder of the condition's claim that matches no more. */
  stale?: ResourceKey;
}

/** How many resources are looked up at once. */
const concurrency = 32;

const writeOrder = ['DELETE', 'POST', 'PUT', 'PATCH'];

/**
 * transaction: all entries or none; deletions first, then creations, updates and patches, then operations and reads
 * (http.html#trules). Links to the fullUrl of another entry and conditional references are resolved before anything is
 * written.
 * @throws FhirError with issues that name the entry, when any entry is refused
 */
export async function transaction(
  spine: Spine,
  request: FhirRequest,
  { handle, probe }: Handles,
): Promise<FhirResponse> {
  const entries = bundleEntries(request, spine.limits.bundleEntries);
  const writes: WriteEntry[] = [];
  const reads: BundleEntry[] = [];
  const pause = pacer();
  for (const entry of entries) {
    await pause();
    const found = writeOf(spine, entry.request);
    if (found === undefined) reads.push(entry);
    else writes.push({ entry, write: withinSync(entry, () => found.read()) });
  }
  writes.sort((a, b) => rank(a) - rank(b));
  checkFullUrls(writes);
  const answers: Buffer[][] = new Array(entries.length);
  const checked = new Set<BundleEntry>();
  for (const { entry, answer } of await commitWrites(spine, request.access, writes, (found) =>
    checkReads(spine, reads, found, checked, probe),
  )) {
    answers[entry.index] = responseEntry(answer, answersOutcome(entry.request));
  }
  for (const entry of reads) answers[entry.index] = await readAnswer(entry, handle);
  return responseBundle(request, 'transaction-response', answers);
}

function rank({ entry }: WriteEntry): number {
  return writeOrder.indexOf(entry.request.method);
}

interface Answered {
  entry: BundleEntry;
  answer: FhirResponse;
}

/**
 * Plans and commits until no other writer comes between.
 * @param check is told what the entries are about before anything is written
 */
async function commitWrites(
  spine: Spine,
  access: Access,
  writes: readonly WriteEntry[],
  check: (found: readonly FoundEntry[]) => Promise<void>,
): Promise<Answered[]> {
  const store = storeOfWrites(access);
  for (let attempt = 0; ; attempt++) {
    await beforeAttempt(attempt);
    const found = await findTargets(store, writes);
    checkDistinct(found);
    await check(found);
    const plans = await planAll(spine, access, found);
    const { changes, writers } = joined(plans);
    const result = changes.length === 0 ? { ok: true as const } : await store.commit(changes);
    if (result.ok) return plans.map(({ answer }, position) => ({ entry: writes[position]!.entry, answer }));
    const writer = writes[writers[result.conflict.change]!]!;
    if (result.conflict.kind === 'identity' || attempt + 1 === mostAttempts) {
      throw placed(conflictError(result.conflict), writer.entry);
    }
    if (result.conflict.kind === 'claim') writer.stale = result.conflict.holder;
  }
}

async function findTargets(store: ResourceStore, writes: readonly WriteEntry[]): Promise<FoundEntry[]> {
  const found: FoundEntry[] = new Array(writes.length);
  const refusals = new Map<number, FhirError>();
  const pause = pacer();
  let next = 0;
  const worker = async () => {
    while (next < writes.length) {
      const position = next++;
      const { entry, write, stale } = writes[position]!;
      await pause();
      try {
        found[position] = { entry, write, target: await write.find(store, stale) };
      } catch (error) {
        if (!(error instanceof FhirError)) throw error;
        refusals.set(position, placed(error, entry));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  refuse(writes.flatMap((_, position) => refusals.get(position) ?? []));
  return found;
}

async function planAll(spine: Spine, access: Access, found: readonly FoundEntry[]): Promise<Plan[]> {
  const store = storeOfWrites(access);
  const resolve = await linkResolver(spine, store, found);
  const plans: Plan[] = [];
  const refusals: FhirError[] = [];
  const pause = pacer();
  const rewritten: (Resource | undefined)[] = [];
  for (const { target } of found) {
    await pause();
    rewritten.push(target.resource && spine.links.rewrite(target.resource, resolve));
  }
  const pending = found.map(({ target }, position) => ({ ...target, resource: rewritten[position] }));
  const means = await meansOfWrites(spine, access, pending);
  for (const [position, { entry, target }] of found.entries()) {
    await pause();
    try {
      plans.push(await target.plan(rewritten[position], means));
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      refusals.push(placed(error, entry));
    }
  }
  refuse(refusals);
  await checkPolicies(spine, store, plans, (error, position) => placed(error, found[position]!.entry));
  return plans;
}

/** @throws FhirError with the issues of all refusals and the status of the first, if there are any */
function refuse(refusals: readonly FhirError[]): void {
  const [first] = refusals;
  if (first === undefined) return;
  throw new FhirError(
    first.status,
    refusals.flatMap(({ issues }) => issues),
    first.headers,
  );
}

/** The changes of all plans, and the position of the plan behind each; what two deletions take along goes once. */
function joined(plans: readonly Plan[]): { changes: Change[]; writers: number[] } {
  const deleted = new Set<string>();
  const changes: Change[] = [];
  const writers: number[] = [];
  for (const [position, plan] of plans.entries()) {
    for (const change of plan.changes) {
      const name = `${change.type}/${change.id}`;
      if (change.kind === 'delete' && deleted.has(name)) continue;
      if (change.kind === 'delete') deleted.add(name);
      changes.push(change);
      writers.push(position);
    }
  }
  return { changes, writers };
}

/** @throws FhirError 400 when two entries share a fullUrl (bdl-7): a link to it would mean two resources */
function checkFullUrls(writes: readonly WriteEntry[]): void {
  const seen = new Set<string>();
  for (const { entry } of [...writes].sort((a, b) => a.entry.index - b.entry.index)) {
    if (entry.fullUrl === undefined) continue;
    if (seen.has(entry.fullUrl)) {
      throw placed(fhirError(400, 'duplicate', 'Another entry already has this fullUrl', 'fullUrl'), entry);
    }
    seen.add(entry.fullUrl);
  }
}

/**
 * @throws FhirError 400 when two entries are about the same resource, unless both leave it as it is (http.html#trules),
 *   or when both would make one under the same condition
 */
function checkDistinct(found: readonly FoundEntry[]): void {
  const written = new Map<string, boolean>();
  for (const { entry, write, target } of [...found].sort((a, b) => a.entry.index - b.entry.index)) {
    if (target.key === undefined) continue;
    const names = [`${target.key.type}/${target.key.id}`];
    if (write.conditionKey !== undefined && target.resource !== undefined) names.push(write.conditionKey);
    for (const name of names) {
      const before = written.get(name);
      if (before === true || (before === false && target.writes)) {
        const diagnostics = 'Another entry already writes this resource';
        throw placed(fhirError(400, 'duplicate', diagnostics, 'request.url'), entry);
      }
      written.set(name, target.writes);
    }
  }
}

/**
 * Refuses the transaction for a read or an operation that would fail, before anything is written. What the
 * transaction itself writes cannot be read yet.
 * @param checked the entries that earlier attempts have checked
 */
async function checkReads(
  spine: Spine,
  reads: readonly BundleEntry[],
  found: readonly FoundEntry[],
  checked: Set<BundleEntry>,
  probe: Handle,
): Promise<void> {
  const methods = new Map(
    found.map(({ entry, target: { key } }) => [`${key?.type}/${key?.id}`, entry.request.method] as const),
  );
  for (const entry of reads) {
    const [type, id] = entry.request.path;
    const method = methods.get(`${type}/${id}`);
    if (method === 'DELETE') {
      throw placed(fhirError(410, 'deleted', 'This transaction deletes what it reads', 'request.url'), entry);
    }
    withinSync(entry, () => checkHarmless(spine, entry.request));
    if (method !== undefined || checked.has(entry)) continue;
    await within(entry, () => probe(entry.request));
    checked.add(entry);
  }
}

/** @throws FhirError 400 on an operation that writes: what it does could not be taken back with the rest */
function checkHarmless({ operations }: Spine, { path }: FhirRequest): void {
  const name = path.at(-1);
  if (!name?.startsWith('$')) return;
  const [type] = path;
  const offered = path.length === 1 ? operations.forSystem() : operations.forType(type!);
  const operation = offered.find(({ code }) => code === name.slice(1));
  if (operation?.affectsState) {
    const diagnostics = `$${operation.code} affects state: it is called by itself or in a batch`;
    throw fhirError(400, 'not-supported', diagnostics, 'request.url');
  }
}

/** The answer to a read after the commit: its failure, which another writer brought about, stays its own. */
async function readAnswer(entry: BundleEntry, handle: Handle): Promise<Buffer[]> {
  try {
    return responseEntry(await handle(entry.request), false);
  } catch (error) {
    if (error instanceof FhirError) return errorEntry(error, entry.request);
    throw error;
  }
}
