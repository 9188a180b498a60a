import type { VersionName } from './indexing.ts';

/**
 * Replaces how things are stored, where what they say stays the same: no version is made, and none is told to those who
 * watch. It goes on beside live writes.
 */
export interface Rewriting {
  /** Writes all of a batch or, where it fails, a part of it; what was purged meanwhile stays away. */
  rewrite(batch: RewriteBatch): Promise<void>;
  /** Removes from the files what is left of earlier contents: words of texts, and freed space. */
  clean(): Promise<void>;
}

export interface RewriteBatch {
  versions?: readonly RewrittenVersion[];
  claims?: readonly (Renaming & { tenant: string })[];
  /** Other texts for values that expire, where they are still the ones that they were. */
  expiring?: readonly (Renaming & { key: string })[];
}

/** Another body for a version, and other names for identity keys of its resource. */
export interface RewrittenVersion extends VersionName {
  body: Buffer;
  identityKeys: readonly Renaming[];
}

/** A name that is given up where the other one is held already. */
export interface Renaming {
  from: string;
  to: string;
}
