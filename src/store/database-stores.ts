import type { ResourceStores } from './contract.ts';
import type { Indexing } from './indexing.ts';
import type { Rewriting } from './rewriting.ts';
import type { Transfer } from './transfer.ts';

/** The stores of one database, with what its operator needs. */
export interface DatabaseStores extends ResourceStores {
  readonly schemaVersion: number;
  /** The titles of the steps that this opening took to bring the database to the schema of this program. */
  readonly migrated: readonly string[];
  /** A search may miss resources that are older than this program, until they are reindexed. */
  readonly hasOutdatedIndexes: boolean;
  /** Absent where no index is ever built beside the requests. */
  readonly indexBuilds?: IndexBuilds;
  readonly indexing: Indexing;
  readonly transfer: Transfer;
  readonly rewriting: Rewriting;
  /** Absent where nothing is encrypted. */
  readonly keyRotation?: KeyRotation;
  /**
   * Writes a copy of the database as it is at one instant, while it is in use.
   * @throws Error when there is a file at this path already, and for a database that has tools of its own for this
   */
  backup(path: string): Promise<void>;
}

/** Encrypts anew what is not encrypted with the active key. */
export interface KeyRotation {
  /**
   * Encrypts all versions with the active key, those in clear too, and hashes what they are found by. It goes on beside
   * live writes; one that was cut short is taken up by the next.
   * @param reindex computes the index values of all resources anew
   * @returns how many versions were not encrypted with the active key
   */
  rotate(
    reindex: () => Promise<unknown>,
    onProgress?: (done: number, total: number) => void,
  ): Promise<number>;
}

/** The indexes of a database that are built beside the requests, as this process knows them. */
export interface IndexBuilds {
  /** Indexes under way, as `collection: index`. */
  readonly building: readonly string[];
  /** Indexes that could not be built. */
  readonly failed: readonly string[];
  /** Resolves when no index is under way. */
  settled(): Promise<void>;
}

/** What an opening would make of a database that it finds. */
export interface MigrationPlan {
  /** The schema version of the database; 0 for one that is not there. */
  version: number;
  /** The titles of the steps that it lacks. */
  steps: readonly string[];
  /** Indexes that it lacks, as `collection: index`: they are built beside the requests. */
  indexes: readonly string[];
}
