import type { ObjectId } from 'mongodb';
import { referenceTo } from '../../fhir/reference.ts';
import type { Conflict } from '../contract.ts';
import { nextCreationKey } from './creation-key.ts';
import {
  type CurrentDocument,
  type HistoryDocument,
  type VersionFields,
  versionProjection,
} from './documents.ts';
import type { PreparedChange, PreparedContained } from './prepared-change.ts';

/** What a commit makes of one resource. */
export interface Succession {
  type: string;
  id: string;
  /** The document before the commit. */
  before: CurrentDocument | undefined;
  /** The document after it, none after a purge. */
  after: CurrentDocument | undefined;
  /** Versions that became history. */
  superseded: HistoryDocument[];
  /** All that was there before is to go. */
  purges: boolean;
  contained: readonly PreparedContained[];
}

/** The fields of a document that its next version needs. */
export const successionProjection = {
  ...versionProjection,
  tenant: 1,
  identityKeys: 1,
  contained: 1,
} as const;

/**
 * Applies the changes of a commit, in their order, to the documents that are there.
 * @param current the documents of the changed resources, by `Type/id`
 */
export function successionsOf(
  tenant: string,
  changes: readonly PreparedChange[],
  current: ReadonlyMap<string, CurrentDocument>,
): { successions: Succession[] } | { conflict: Conflict } {
  const successions = new Map<string, Succession>();
  for (const [position, change] of changes.entries()) {
    const name = referenceTo(change);
    const succession = successions.get(name) ?? begun(change, current.get(name));
    successions.set(name, succession);
    const currentVersion = succession.after?.version ?? 0;
    if (currentVersion !== change.expectedVersion) {
      return { conflict: { kind: 'version', change: position, currentVersion } };
    }
    apply(tenant, change, succession);
  }
  return { successions: [...successions.values()] };
}

function begun({ type, id }: PreparedChange, before: CurrentDocument | undefined): Succession {
  return { type, id, before, after: before, superseded: [], purges: false, contained: [] };
}

function apply(tenant: string, change: PreparedChange, succession: Succession): void {
  const { after: previous } = succession;
  if (change.kind === 'purge') {
    succession.purges = true;
    succession.superseded = [];
    succession.after = undefined;
    succession.contained = [];
    return;
  }
  if (previous !== undefined) succession.superseded.push(historyOf(previous, change.fields.updated));
  const { fields, identityKeys, contained } = change;
  succession.contained = contained;
  succession.after = {
    ...fields,
    _id: previous?._id ?? nextCreationKey(),
    tenant,
    created: previous === undefined || !previous.live,
    identityKeys: [...identityKeys],
    contained: contained.map(({ type, fields: { id } }) => ({ type, id })),
    ...(previous === undefined || previous === succession.before
      ? {}
      : { firstOfCommit: previous.firstOfCommit ?? previous.version }),
  };
}

function historyOf(document: CurrentDocument, ended: number): HistoryDocument {
  const { _id, tenant, id, version, updated, live, created, method, restricted, body, file } = document;
  return {
    _id: nextCreationKey(),
    key: _id,
    tenant,
    id,
    version,
    updated,
    ended,
    live,
    created,
    method,
    restricted,
    body,
    ...fileOf(file),
  };
}

function fileOf(file: ObjectId | undefined): Pick<VersionFields, 'file'> {
  return file === undefined ? {} : { file };
}
