import type { ClientSession } from 'mongodb';
import type { IndexValues } from '../../search/index-values.ts';
import type { ContainedResource } from '../contract.ts';
import { writeContained } from './commit-writes.ts';
import type { Database } from './database.ts';
import { type ContainedName, type CurrentDocument, versionProjection } from './documents.ts';
import { indexFields } from './index-fields.ts';
import { type PreparedContained, prepareContained } from './prepared-change.ts';
import { wordFields } from './word-fields.ts';

/** The fields of a document that it is indexed anew from. */
export const reindexProjection = { ...versionProjection, tenant: 1, contained: 1 } as const;

/** The new index values of one version. */
export interface ReindexEntry {
  document: CurrentDocument;
  index: IndexValues;
  /** Absent: what it contains stays as it is. */
  contained?: readonly ContainedResource[];
}

/**
 * Replaces the index values of resources that are still at the version they were computed from: a later version has
 * brought its own.
 */
export async function writeReindexed(
  database: Database,
  session: ClientSession,
  tenant: string,
  type: string,
  entries: readonly ReindexEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const found = await database
    .current(type)
    .find(
      { _id: { $in: entries.map(({ document }) => document._id) }, tenant, live: true },
      { session, projection: { version: 1 }, hint: '_id_' },
    )
    .toArray();
  const versions = new Map(found.map(({ _id, version }) => [_id.toHexString(), version]));
  const unchanged = entries
    .filter(({ document }) => versions.get(document._id.toHexString()) === document.version)
    .map((entry) => ({ ...entry, prepared: preparedContained(type, entry) }));
  if (unchanged.length === 0) return;
  const updates = unchanged.map(({ document, index, prepared }) => ({
    updateOne: {
      filter: { _id: document._id, tenant, id: document.id, version: document.version },
      update: {
        $set: {
          ...indexFields(index),
          ...wordFields(document.body.toString(), document.restricted),
          ...(prepared === undefined ? {} : { contained: namesOf(prepared) }),
        },
      },
    },
  }));
  await database.current(type).bulkWrite(updates, { session });
  const successions = unchanged.flatMap(({ document, prepared }) =>
    prepared === undefined
      ? []
      : {
          type,
          id: document.id,
          before: document,
          after: { ...document, contained: namesOf(prepared) },
          contained: prepared,
          superseded: [],
          purges: false,
        },
  );
  await writeContained(database, session, tenant, successions);
}

function preparedContained(
  type: string,
  { document, contained }: ReindexEntry,
): PreparedContained[] | undefined {
  return contained?.map((one) => prepareContained({ type, id: document.id }, one));
}

function namesOf(contained: readonly PreparedContained[]): ContainedName[] {
  return contained.map(({ type, fields: { id } }) => ({ type, id }));
}
