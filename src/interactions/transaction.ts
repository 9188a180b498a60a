import { FhirError, fhirError } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Change, ResourceKey, ResourceStore, StoredVersion } from '../store/contract.ts';
import {
  answersOutcome,
  type BundleEntry,
  bundleEntries,
  errorEntry,
  responseBundle,
  responseEntry,
} from './bundle-entry.ts';
import { type Condition, matchesOf, parseCondition } from './condition.ts';
import { placed, within, withinSync } from './entry-errors.ts';
import { checkId, newId } from './identifiers.ts';
import { pacer } from './pacer.ts';
import { checkWritePreconditions } from './preconditions.ts';
import { conflictError, prepareDelete, preparePut } from './preparation.ts';
import { writeResponse } from './presentation.ts';
import { rewritePointers } from './reference-rewriting.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import type { Spine } from './spine.ts';
import { referenceResolver } from './transaction-references.ts';
import { checkSameId } from './update.ts';

type Handle = (request: FhirRequest) => Promise<FhirResponse>;

/** A write entry with the identity that it will have, the same over all attempts. */
interface Write {
  entry: BundleEntry;
  type: string;
  id: string;
  condition?: Condition;
  /** The match of the condition: nothing is written. */
  existing?: StoredVersion;
  /** The holder of the condition's claim that matches no more. */
  stale?: ResourceKey;
}

/**
 * transaction: all entries or none, deletions first, then creations, updates and reads (http.html#trules).
 * References to the fullUrl of another entry and conditional references are resolved before anything is written.
 * @throws FhirError with issues that name the entry, when any entry is refused
 */
export async function transaction(spine: Spine, request: FhirRequest, handle: Handle): Promise<FhirResponse> {
  const entries = bundleEntries(request);
  const store = spine.stores.forTenant(request.tenant);
  const isRead = ({ request: { method } }: BundleEntry) => method === 'GET' || method === 'HEAD';
  const reads = entries.filter(isRead);
  const writes = entries.filter((entry) => !isRead(entry)).map(readWrite);
  checkDistinct(writes);
  await checkReads(reads, writes, handle);
  const answers: Buffer[][] = new Array(entries.length);

  for (const answered of await commitWrites(spine, store, writes)) {
    answers[answered.entry.index] = responseEntry(answered.answer, answersOutcome(answered.entry.request));
  }
  for (const entry of reads) answers[entry.index] = await readAnswer(entry, handle);
  return responseBundle('transaction-response', answers);
}

interface Answered {
  entry: BundleEntry;
  answer: FhirResponse;
}

/** Plans and commits until no other writer comes between. */
async function commitWrites(
  spine: Spine,
  store: ResourceStore,
  writes: readonly Write[],
): Promise<Answered[]> {
  for (let attempt = 0; ; attempt++) {
    await resolveConditions(spine, store, writes);
    const plan = await planChanges(spine, store, writes);
    const result = plan.changes.length === 0 ? { ok: true as const } : await store.commit(plan.changes);
    if (result.ok) return plan.answered;
    const write = plan.writers[result.conflict.change]!;
    if (result.conflict.kind === 'identity' || attempt === 9) {
      throw placed(conflictError(result.conflict), write.entry);
    }
    if (result.conflict.kind === 'claim') write.stale = result.conflict.holder;
  }
}

interface Plan {
  changes: Change[];
  /** The write behind each change. */
  writers: Write[];
  answered: Answered[];
}

async function planChanges(spine: Spine, store: ResourceStore, writes: readonly Write[]): Promise<Plan> {
  const resolve = await referenceResolver(spine, store, writes);
  const plan: Plan = { changes: [], writers: [], answered: [] };
  const refusals: FhirError[] = [];
  const pause = pacer();
  for (const method of ['DELETE', 'POST', 'PUT']) {
    for (const write of writes) {
      if (write.entry.request.method !== method) continue;
      await pause();
      try {
        plan.answered.push({
          entry: write.entry,
          answer: await planChange(spine, store, write, resolve, plan),
        });
      } catch (error) {
        if (!(error instanceof FhirError)) throw error;
        refusals.push(placed(error, write.entry));
      }
    }
  }
  if (refusals.length > 0) {
    throw new FhirError(
      refusals[0]!.status,
      refusals.flatMap(({ issues }) => issues),
    );
  }
  return plan;
}

async function planChange(
  spine: Spine,
  store: ResourceStore,
  write: Write,
  resolve: (text: string) => string | undefined,
  plan: Plan,
): Promise<FhirResponse> {
  const { entry, type, id, condition, existing, stale } = write;
  const { request } = entry;
  if (existing !== undefined) return writeResponse(spine, request, 200, existing);
  const current = request.method === 'POST' ? undefined : await store.read(type, id);
  checkWritePreconditions(request.headers, current);
  const now = Date.now();
  if (request.method === 'DELETE') {
    if (current === undefined || current.deleted) return { status: 204 };
    plan.changes.push(prepareDelete(current, now));
    plan.writers.push(write);
    return { status: 204, version: current.version + 1, lastModified: now };
  }
  const resource = rewritePointers(bodyOf(entry, type), resolve);
  const method = request.method === 'POST' ? ('POST' as const) : ('PUT' as const);
  const { change, version, warnings } = preparePut(spine, {
    resource,
    id,
    current,
    method,
    now,
  });
  if (condition !== undefined) {
    change.claim = {
      key: condition.key,
      ...(stale === undefined ? {} : { stale }),
    };
  }
  plan.changes.push(change);
  plan.writers.push(write);
  const created = current === undefined || current.deleted;
  return writeResponse(spine, request, created ? 201 : 200, version, warnings);
}

function readWrite(entry: BundleEntry): Write {
  return withinSync(entry, () => {
    const { method, path, headers, query } = entry.request;
    const [type, id] = path;
    if (method === 'POST' && path.length === 1 && type !== undefined) {
      bodyOf(entry, type);
      const condition =
        headers.ifNoneExist === undefined
          ? {}
          : {
              condition: parseCondition(type, headers.ifNoneExist, 'request.ifNoneExist'),
            };
      return { entry, type, id: newId(Date.now()), ...condition };
    }
    if ((method === 'PUT' || method === 'DELETE') && path.length === 2 && query.length === 0) {
      checkId(id!, 'request.url');
      if (method === 'PUT') checkSameId(bodyOf(entry, type!).id, type!, id!);
      return { entry, type: type!, id: id! };
    }
    throw fhirError(400, 'not-supported', `A transaction takes no ${method} of this url`, 'request.url');
  });
}

function bodyOf({ request }: BundleEntry, type: string): Resource {
  if (request.body === undefined) throw fhirError(400, 'required', `The entry needs a ${type}`, 'resource');
  if (request.body.resourceType !== type) {
    throw fhirError(400, 'invalid', `The entry needs a ${type}, as its url says`, 'resource');
  }
  return request.body;
}

/** @throws FhirError 400 when two entries write the same resource (http.html#trules) or share a fullUrl (bdl-7) */
function checkDistinct(writes: readonly Write[]): void {
  const seen = new Set<string>();
  for (const { entry, type, id } of writes) {
    const names: [name: string, at: string][] = [[`${type}/${id}`, 'request.url']];
    if (entry.fullUrl !== undefined) names.push([`fullUrl ${entry.fullUrl}`, 'fullUrl']);
    for (const [name, at] of names) {
      if (seen.has(name)) {
        const diagnostics = 'Another entry already writes this resource, or has this fullUrl';
        throw placed(fhirError(400, 'duplicate', diagnostics, at), entry);
      }
      seen.add(name);
    }
  }
}

/**
 * Refuses the transaction for a read that would fail, before anything is written. What the transaction itself
 * writes cannot be read yet.
 */
async function checkReads(
  reads: readonly BundleEntry[],
  writes: readonly Write[],
  handle: Handle,
): Promise<void> {
  const methods = new Map(
    writes.map(({ entry, type, id }) => [`${type}/${id}`, entry.request.method] as const),
  );
  for (const entry of reads) {
    const [type, id] = entry.request.path;
    const method = methods.get(`${type}/${id}`);
    if (method === 'DELETE') {
      throw placed(fhirError(410, 'deleted', 'This transaction deletes what it reads', 'request.url'), entry);
    }
    if (method === undefined) await within(entry, () => handle(entry.request));
  }
}

/** The answer to a read after the commit: its failure, which another writer brought about, stays its own. */
async function readAnswer(entry: BundleEntry, handle: Handle): Promise<Buffer[]> {
  try {
    return responseEntry(await handle(entry.request), false);
  } catch (error) {
    if (error instanceof FhirError) return errorEntry(error);
    throw error;
  }
}

async function resolveConditions(
  spine: Spine,
  store: ResourceStore,
  writes: readonly Write[],
): Promise<void> {
  const pause = pacer();
  for (const write of writes) {
    const { condition, entry } = write;
    if (condition === undefined) continue;
    await pause();
    const [existing, another] = await within(entry, () => matchesOf(spine, store, condition));
    if (another !== undefined) {
      throw placed(
        fhirError(412, 'multiple-matches', 'Several resources match', 'request.ifNoneExist'),
        entry,
      );
    }
    if (existing === undefined) delete write.existing;
    else write.existing = existing;
  }
}
