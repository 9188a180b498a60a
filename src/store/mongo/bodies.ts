import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { GridFSBucket, type ObjectId, ReadPreference } from 'mongodb';
import type { Database } from './database.ts';
import type { VersionFields } from './documents.ts';

/** Bodies above this many bytes are files of their own: searches would read them with the documents. */
const largestInDocument = 256 * 1024;

/** The large bodies of versions, as files of GridFS. */
export class Bodies {
  readonly #bucket: GridFSBucket;

  constructor({ db, readPreference }: Database) {
    this.#bucket = new GridFSBucket(db, {
      bucketName: 'body',
      readPreference: ReadPreference.fromString(readPreference),
    });
  }

  /**
   * The body as fields of a version. A file is written before the transaction, which can hold no files; it is the
   * caller's to remove when the transaction fails.
   */
  async store(body: Buffer): Promise<Pick<VersionFields, 'body' | 'file'>> {
    if (body.length <= largestInDocument) return { body };
    const upload = this.#bucket.openUploadStream('body');
    await pipeline(Readable.from([body]), upload);
    return { body: Buffer.alloc(0), file: upload.id };
  }

  /** Brings the bodies that are files into their documents. */
  async load(documents: readonly VersionFields[]): Promise<void> {
    await Promise.all(
      documents.map(async (document) => {
        if (document.file === undefined) return;
        document.body = await buffer(this.#bucket.openDownloadStream(document.file));
      }),
    );
  }

  /** As `load`, but for documents that may be purged meanwhile: answers those that are still there. */
  async loadRemaining<T extends VersionFields>(documents: readonly T[]): Promise<T[]> {
    const loaded = documents.map(async (document) => {
      try {
        await this.load([document]);
        return [document];
      } catch (error) {
        if ((error as { code?: unknown }).code === 'ENOENT') return [];
        throw error;
      }
    });
    return (await Promise.all(loaded)).flat();
  }

  async remove(files: readonly ObjectId[]): Promise<void> {
    for (const file of files) await this.#bucket.delete(file);
  }
}
