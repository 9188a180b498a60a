import type { AnyBulkWriteOperation, ClientSession } from 'mongodb';
import { nextCreationKey } from './creation-key.ts';
import type { Database } from './database.ts';
import type { ContainedDocument, CurrentDocument } from './documents.ts';
import type { Succession } from './succession.ts';

/** The documents were changed by another commit after this one read them: it has to read them again. */
export class LostRace extends Error {}

/** Writes the versions of a commit: types and ids in order, so that two commits wait for each other alike. */
export async function writeSuccessions(
  database: Database,
  session: ClientSession,
  tenant: string,
  successions: readonly Succession[],
): Promise<void> {
  const types = [...new Set(successions.map(({ type }) => type))].sort();
  for (const type of types) {
    const ofType = successions.filter((one) => one.type === type).sort((a, b) => (a.id < b.id ? -1 : 1));
    await writeCurrent(database, session, type, ofType);
    await writeHistory(database, session, tenant, type, ofType);
  }
  await writeContained(database, session, tenant, successions);
}

async function writeCurrent(
  database: Database,
  session: ClientSession,
  type: string,
  successions: readonly Succession[],
): Promise<void> {
  const writes = successions.flatMap(currentWrites);
  if (writes.length === 0) return;
  const { matchedCount, deletedCount } = await database.current(type).bulkWrite(writes, { session });
  const guarded = writes.filter((write) => !('insertOne' in write)).length;
  if (matchedCount + deletedCount !== guarded) throw new LostRace();
}

/** A resource keeps its document, unless it was purged and begins anew. */
function currentWrites({ before, after }: Succession): AnyBulkWriteOperation<CurrentDocument>[] {
  const filter = before && {
    _id: before._id,
    tenant: before.tenant,
    id: before.id,
    version: before.version,
  };
  if (filter !== undefined && after !== undefined && before?._id.equals(after._id)) {
    return [{ replaceOne: { filter, replacement: after } }];
  }
  return [
    ...(filter === undefined ? [] : [{ deleteOne: { filter } }]),
    ...(after === undefined ? [] : [{ insertOne: { document: after } }]),
  ];
}

async function writeHistory(
  database: Database,
  session: ClientSession,
  tenant: string,
  type: string,
  successions: readonly Succession[],
): Promise<void> {
  const purged = successions.filter(({ purges }) => purges).map(({ id }) => id);
  if (purged.length > 0)
    await database.history(type).deleteMany({ tenant, id: { $in: purged } }, { session, hint: 'version' });
  const superseded = successions.flatMap((one) => one.superseded);
  if (superseded.length > 0) await database.history(type).insertMany(superseded, { session });
}

/** Makes the contained resources of the new versions those that are found. */
export async function writeContained(
  database: Database,
  session: ClientSession,
  tenant: string,
  successions: readonly Succession[],
): Promise<void> {
  const writes = new Map<string, AnyBulkWriteOperation<ContainedDocument>[]>();
  const add = (type: string, write: AnyBulkWriteOperation<ContainedDocument>) =>
    writes.set(type, [...(writes.get(type) ?? []), write]);
  for (const succession of successions) {
    for (const [type, id] of goneContained(succession)) {
      add(type, { deleteOne: { filter: { tenant, id } } });
    }
    for (const { type, document } of containedDocuments(tenant, succession)) {
      // The key of one that was there already stays, so that pages do not shift.
      const { _id, ...fields } = document;
      const update = { $set: fields, $setOnInsert: { _id } };
      add(type, { updateOne: { filter: { tenant, id: fields.id }, update, upsert: true } });
    }
  }
  for (const type of [...writes.keys()].sort()) {
    await database.contained(type).bulkWrite(writes.get(type) ?? [], { session });
  }
}

function goneContained({ before, after }: Succession): [type: string, id: string][] {
  const kept = new Set((after?.contained ?? []).map(({ type, id }) => `${type} ${id}`));
  return (before?.contained ?? [])
    .filter(({ type, id }) => !kept.has(`${type} ${id}`))
    .map(({ type, id }) => [type, id]);
}

/** What a version contains, as documents with the version and the instant of their container. */
function containedDocuments(
  tenant: string,
  { after, contained }: Succession,
): { type: string; document: ContainedDocument }[] {
  if (after === undefined) return [];
  const { version, updated, created, method } = after;
  return contained.map(({ type, fields }) => ({
    type,
    document: { _id: nextCreationKey(), tenant, version, updated, live: true, created, method, ...fields },
  }));
}
