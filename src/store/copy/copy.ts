import { createHash } from 'node:crypto';
import type { IndexValues } from '../../search/index-values.ts';
import type { ContainedResource } from '../contract.ts';
import type { DatabaseStores } from '../database-stores.ts';
import type { IndexedVersion, TransferBatch, TransferPage, TransferredVersion } from '../transfer.ts';
import { type CopyProgress, readProgress } from './progress.ts';

/** Items of one batch at most. */
const batchSize = 500;

export interface CopyOptions {
  source: DatabaseStores;
  target: DatabaseStores;
  /** Called when the target has the search parameters of the source, before anything is indexed by them. */
  refresh(): void;
  /** What the body of a current version is found by in the target. */
  index(body: string): { index: IndexValues; contained: ContainedResource[] };
  /** Told after each batch how many versions of all are copied. */
  onProgress?: (done: number, total: number) => void;
}

/** How a copy began. */
export type CopyStart = 'new' | 'resumed' | 'complete before';

/** The target holds something that is not of this copy. */
export class OtherData extends Error {}

/**
 * Copies all that a database holds to an empty one, in batches that each note how far they go: a copy that was cut short
 * goes on after its last batch. Index values are computed anew.
 * @throws OtherData for a target that is not empty and not that of a copy of this source
 */
export async function copyDatabase(options: CopyOptions): Promise<CopyStart> {
  const { source, target, refresh, onProgress = () => undefined } = options;
  const name = nameOf(await source.secret('database'));
  const before = readProgress(await target.transfer.note());
  if (before !== undefined && before.source !== name)
    throw new OtherData('The target is a copy of another database');
  if (before?.part === 'done' || (before === undefined && (await isCopyOfFiles(target, name))))
    return 'complete before';
  if (before === undefined && (await holdsData(target))) throw new OtherData('The target holds data');
  const sizes = await source.transfer.sizes();
  const total = sizes.reduce((sum, { versions }) => sum + versions, 0);
  const progress: CopyProgress = before ?? { source: name, part: 'versions', versions: 0 };
  if (before === undefined) {
    const secrets = await source.transfer.secrets();
    await target.transfer.write({ secrets, note: JSON.stringify(progress) });
  }
  await copyParameters(source, target);
  refresh();
  onProgress(progress.versions, total);
  await new Copy(options, progress, (done) => onProgress(done, total)).run();
  return before === undefined ? 'new' : 'resumed';
}

/** Resources or search parameters; secrets alone are what a server makes that was started once. */
async function holdsData({ transfer, indexing }: DatabaseStores): Promise<boolean> {
  return (await transfer.sizes()).length > 0 || indexing.parameters().generation > 0;
}

/** All resources of the target will be indexed by all parameters. */
async function copyParameters(source: DatabaseStores, target: DatabaseStores): Promise<void> {
  const { generation, parameters } = source.indexing.parameters();
  if (generation === 0 || target.indexing.parameters().generation > 0) return;
  await target.indexing.replaceParameters(
    0,
    parameters.map((each) => ({ ...each, complete: true })),
  );
}

/** A secret of its own tells a database from others, wherever it is moved. */
function nameOf(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A copy that was made without batches, such as a backup. */
async function isCopyOfFiles({ transfer }: DatabaseStores, source: string): Promise<boolean> {
  const secret = (await transfer.secrets()).find(({ name }) => name === 'database');
  return secret !== undefined && nameOf(secret.bytes) === source;
}

class Copy {
  readonly #options: CopyOptions;
  readonly #onVersions: (done: number) => void;
  #progress: CopyProgress;
  /** The batch under way: the next is read and indexed meanwhile. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: CopyOptions, progress: CopyProgress, onVersions: (done: number) => void) {
    this.#options = options;
    this.#progress = progress;
    this.#onVersions = onVersions;
  }

  async run(): Promise<void> {
    const { transfer } = this.#options.source;
    if (this.#progress.part === 'versions') {
      await this.#copyPart(
        (place) => transfer.versions(batchSize, place),
        (versions) => ({ versions: versions.map((version) => this.#indexed(version)) }),
      );
      this.#begin('claims');
    }
    if (this.#progress.part === 'claims') {
      await this.#copyPart(
        (place) => transfer.claims(batchSize, place),
        (claims) => ({ claims }),
      );
      this.#begin('expiring');
    }
    await this.#copyPart(
      (place) => transfer.expiring(batchSize, place),
      (expiring) => ({ expiring }),
    );
    this.#begin('done');
    await this.#write({});
    await this.#writing;
  }

  #begin(part: CopyProgress['part']): void {
    const { source, versions } = this.#progress;
    this.#progress = { source, versions, part };
  }

  async #copyPart<T>(
    read: (place: string | undefined) => Promise<TransferPage<T>>,
    batchOf: (items: readonly T[]) => Omit<TransferBatch, 'note'>,
  ): Promise<void> {
    for (;;) {
      const { items, next } = await read(this.#progress.place);
      if (next === undefined) return;
      const batch = batchOf(items);
      this.#progress = {
        ...this.#progress,
        place: next,
        versions: this.#progress.versions + (batch.versions?.length ?? 0),
      };
      await this.#write(batch);
    }
  }

  /** Waits for the batch before this one. */
  async #write(batch: Omit<TransferBatch, 'note'>): Promise<void> {
    await this.#writing;
    const { versions } = this.#progress;
    this.#writing = this.#options.target.transfer
      .write({ ...batch, note: JSON.stringify(this.#progress) })
      .then(() => this.#onVersions(versions));
    // A failure is met by whoever waits for it.
    this.#writing.catch(() => undefined);
  }

  /** Superseded versions and deletions are found by nothing. */
  #indexed(version: TransferredVersion): IndexedVersion {
    if (!version.isCurrent || version.deleted) return { ...version, contained: [] };
    return { ...version, ...this.#options.index(version.body.toString()) };
  }
}
