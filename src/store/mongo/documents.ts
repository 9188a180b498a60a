import type { ObjectId } from 'mongodb';
import type { ChangedVersion, ResourceKey, StoredVersion, WriteMethod } from '../contract.ts';

/** One version, as both the collection of current resources and that of superseded versions keep it. */
export interface VersionFields {
  tenant: string;
  id: string;
  version: number;
  /** Milliseconds since 1970 UTC. */
  updated: number;
  /** False for a deletion. */
  live: boolean;
  /** There was no resource of this id before this version, or it had been deleted. */
  created: boolean;
  method: WriteMethod;
  restricted: boolean;
  /** Empty where the body is a file of its own. */
  body: Buffer;
  /** The file of a large body: see `Bodies`. */
  file?: ObjectId;
}

/** What the searches of a resource go by; see `indexFields` and `wordFields`. */
export interface IndexFields {
  keys: string[];
  ranges: RangeField[];
  /** For each name of a sort key the lowest and the highest value. */
  lowest: Record<string, SortValue>;
  highest: Record<string, SortValue>;
  words: string[];
  /** Words in their order, between spaces. */
  text: { narrative: string; content: string };
}

export type SortValue = string | number;

/** An indexed range: `p` the family and parameter; of a quantity also the system, the code and the printed unit. */
export interface RangeField {
  p: string;
  low: number;
  high: number;
  system?: string;
  code?: string;
  unit?: string;
}

/** A resource as it is now, a tombstone included; `_id` is its creation key. */
export interface CurrentDocument extends VersionFields, IndexFields {
  _id: ObjectId;
  /** What it holds beyond its own document, so that the next version can give it up. */
  identityKeys: string[];
  contained: ContainedName[];
  /** The first of the versions that its commit made, where it made several: a feed of changes tells them all. */
  firstOfCommit?: number;
}

export interface ContainedName {
  type: string;
  id: string;
}

/** A contained resource, searched like a resource of the type `Type#`. */
export interface ContainedDocument extends VersionFields, IndexFields {
  _id: ObjectId;
}

/** A superseded version; `key` is the creation key of its resource, `ended` when the next version began. */
export interface HistoryDocument extends VersionFields {
  _id: ObjectId;
  key: ObjectId;
  ended: number;
}

/** Who holds an identity key, or the claim of a condition. */
export interface HolderDocument extends ResourceKey {
  tenant: string;
  key: string;
}

/** The fields of `VersionFields`, for readers that need no others. */
export const versionProjection = {
  id: 1,
  version: 1,
  updated: 1,
  live: 1,
  created: 1,
  method: 1,
  restricted: 1,
  body: 1,
  file: 1,
} as const;

export function storedVersion(type: string, document: VersionFields): StoredVersion {
  const { id, version, updated, live, method, restricted, body } = document;
  return { type, id, version, lastUpdated: updated, deleted: !live, method, restricted, body };
}

export function changedVersion(type: string, document: VersionFields): ChangedVersion {
  return { ...storedVersion(type, document), created: document.created };
}
