import type { IndexValues } from '../search/index-values.ts';
import type { ContainedResource, ResourceKey, StoredVersion } from './contract.ts';

/** Reads a database as a whole, and writes another one like it. Nothing of it goes to an answer of a server. */
export interface Transfer {
  /** How many versions there are of each type of each tenant, contained resources not counted. */
  sizes(): Promise<TypeSize[]>;
  /**
   * Versions of all tenants: of each type the resources in the order of creation, and of each resource the versions one
   * after the other.
   * @param count at most; there may be fewer before the last page where bodies are large
   * @param place `next` of the page before
   */
  versions(count: number, place?: string): Promise<TransferPage<TransferredVersion>>;
  /** The claims of conditions: see `ConditionClaim`. */
  claims(count: number, place?: string): Promise<TransferPage<StoredClaim>>;
  /** Values that have not expired. */
  expiring(count: number, place?: string): Promise<TransferPage<ExpiringValue>>;
  secrets(): Promise<Secret[]>;
  /** `TransferBatch.note` of the last batch that was written. */
  note(): Promise<string | undefined>;
  /**
   * Writes all of a batch or nothing. What has a name that is there already (a claim, a value, a secret) replaces it.
   * @throws Error when a version is not the next of its resource, or an identity key is another's
   */
  write(batch: TransferBatch): Promise<void>;
}

export interface TypeSize {
  tenant: string;
  type: string;
  versions: number;
}

export interface TransferPage<T> {
  items: T[];
  /** Where the next page starts, absent after the last one. */
  next?: string;
}

export interface TransferredVersion extends StoredVersion {
  tenant: string;
  isCurrent: boolean;
  /** Those of a current version. */
  identityKeys: readonly string[];
  /** Where its resource stands in the order of creation: kept by a store of the same kind, whose page links name it. */
  creationKey?: string;
}

/** A version with what it is found by, which a superseded one has not. */
export interface IndexedVersion extends TransferredVersion {
  index?: IndexValues;
  contained: readonly ContainedResource[];
}

/** The resource that was made or updated under a condition. */
export interface StoredClaim extends ResourceKey {
  tenant: string;
  key: string;
}

export interface ExpiringValue {
  key: string;
  value: string;
  /** Milliseconds since 1970 UTC. */
  expires: number;
  group?: string;
}

export interface Secret {
  name: string;
  bytes: Uint8Array;
}

export interface TransferBatch {
  versions?: readonly IndexedVersion[];
  claims?: readonly StoredClaim[];
  expiring?: readonly ExpiringValue[];
  secrets?: readonly Secret[];
  /** Where the transfer is, kept with the batch. */
  note: string;
}

/** Bytes of bodies after which a page ends. */
export const pageBytes = 8 * 1024 * 1024;
