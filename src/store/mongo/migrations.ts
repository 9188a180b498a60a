import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from './database.ts';
import { isDuplicateKey } from './errors.ts';
import { Layout } from './layout.ts';
import { type Lease, LostLease, leaseHolder, renewing, takeLease } from './lease.ts';

/** Brings a database from one schema version to the next. A process may end in the middle of it: it can be repeated. */
export interface MigrationStep {
  /** What it does, to be told. */
  title: string;
  run(database: Database): Promise<void>;
}

/** Forward only: the step at position n brings a database of schema version n to n + 1. */
const allSteps: readonly MigrationStep[] = [
  { title: 'collections that all types share', run: (database) => new Layout(database).prepare() },
];

/** The schema version that this program reads and writes. */
export const schemaVersion = allSteps.length;

const leaseName = 'migration-lease';

/** How often one that waits looks again, in milliseconds. */
const lookInterval = 200;

export interface MigrationOptions {
  steps?: readonly MigrationStep[];
  /** How long a process that migrates is believed alive after its last sign, in milliseconds. */
  lease?: number;
  /** How long to wait for another process that migrates, in milliseconds. */
  patience?: number;
}

/**
 * Brings the database to the schema of this program. Of the processes that start together one alone takes the steps,
 * under a lease that ends with it; the others wait. Answers the titles of the steps that this one took.
 * @throws Error when a newer program made the database, and when another process takes longer than the patience
 */
export async function migrate(
  database: Database,
  { steps = allSteps, lease: duration = 30_000, patience = 600_000 }: MigrationOptions = {},
): Promise<string[]> {
  for (const end = Date.now() + patience; ; await wait(lookInterval)) {
    const version = await checkedVersion(database, steps);
    if (version === steps.length) return [];
    const lease = await takeLease(database, leaseName, duration);
    const taken = lease && (await takeSteps(database, steps, lease, duration));
    if (taken !== undefined) return taken;
    if (Date.now() > end) {
      throw new Error(
        `Another process (${await leaseHolder(database, leaseName)}) is migrating the database and was not done ` +
          `after ${Math.round(patience / 1000)} seconds: start again when it is`,
      );
    }
  }
}

/**
 * The titles of the steps that the database lacks, and its version.
 * @throws Error when a newer program made the database
 */
export async function pendingSteps(database: Database): Promise<{ version: number; steps: string[] }> {
  const version = await checkedVersion(database, allSteps);
  return { version, steps: allSteps.slice(version).map(({ title }) => title) };
}

/** Answers `undefined` when the lease passed to another process, which takes the steps again that were not noted. */
async function takeSteps(
  database: Database,
  steps: readonly MigrationStep[],
  lease: Lease,
  duration: number,
): Promise<string[] | undefined> {
  const taken: string[] = [];
  try {
    // Another process may have taken some since the look before.
    for (let version = await checkedVersion(database, steps); version < steps.length; version++) {
      const step = steps[version] as MigrationStep;
      await renewing(lease, duration, () => step.run(database));
      // Of the renewals meanwhile any may have failed: this one counts.
      await lease.renew();
      await noteStep(database, version);
      taken.push(step.title);
    }
    return taken;
  } catch (error) {
    if (error instanceof LostLease) return undefined;
    throw error;
  } finally {
    await lease.release();
  }
}

/** @throws LostLease when another process has noted the step meanwhile */
async function noteStep({ facts, limits }: Database, version: number): Promise<void> {
  try {
    const { matchedCount, upsertedCount } = await facts.updateOne(
      { _id: 'schema', version },
      { $set: { version: version + 1, [`reached ${version + 1}`]: new Date() } },
      { upsert: version === 0, maxTimeMS: limits.call },
    );
    if (matchedCount + upsertedCount === 0) throw new LostLease();
  } catch (error) {
    throw isDuplicateKey(error) ? new LostLease() : error;
  }
}

async function checkedVersion({ facts, limits }: Database, steps: readonly MigrationStep[]): Promise<number> {
  const stored = await facts.findOne({ _id: 'schema' }, { maxTimeMS: limits.call });
  const version = Number(stored?.['version'] ?? 0);
  if (version > steps.length) {
    throw new Error(
      `The database was made by a newer Passerelle: its schema is ${version}, this program knows ${steps.length}`,
    );
  }
  return version;
}
