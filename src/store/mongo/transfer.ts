import type {
  ExpiringValue,
  Secret,
  StoredClaim,
  Transfer,
  TransferBatch,
  TransferPage,
  TransferredVersion,
  TypeSize,
} from '../transfer.ts';
import type { Bodies } from './bodies.ts';
import type { Database } from './database.ts';
import { guarded } from './errors.ts';
import { textOf } from './expiring.ts';
import { secretName } from './facts.ts';
import type { Layout } from './layout.ts';
import { TransferReads } from './transfer-reads.ts';
import { transferNoteName, writeTransfer } from './transfer-writes.ts';

interface Parts {
  database: Database;
  layout: Layout;
  bodies: Bodies;
}

/** The whole of a MongoDB database. */
export class MongoTransfer implements Transfer {
  readonly #parts: Parts;
  readonly #reads: TransferReads;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#reads = new TransferReads(parts.database, parts.layout, parts.bodies);
  }

  sizes(): Promise<TypeSize[]> {
    return guarded(() => this.#reads.sizes());
  }

  versions(count: number, place?: string): Promise<TransferPage<TransferredVersion>> {
    return guarded(() => this.#reads.versions(count, place));
  }

  claims(count: number, place?: string): Promise<TransferPage<StoredClaim>> {
    const [tenant, key] = place === undefined ? ['', ''] : (JSON.parse(place) as [string, string]);
    return guarded(async () => {
      const { claims, limits } = this.#parts.database;
      const after = {
        tenant: { $gte: tenant },
        $or: [{ tenant: { $gt: tenant } }, { tenant, key: { $gt: key } }],
      };
      const items = await claims
        .find(after, {
          projection: { _id: 0 },
          hint: 'key',
          sort: { tenant: 1, key: 1 },
          limit: count,
          maxTimeMS: limits.search,
        })
        .toArray();
      const last = items.at(-1);
      return last === undefined ? { items } : { items, next: JSON.stringify([last.tenant, last.key]) };
    });
  }

  expiring(count: number, place?: string): Promise<TransferPage<ExpiringValue>> {
    return guarded(async () => {
      const { expiring, limits } = this.#parts.database;
      const documents = await expiring
        .find(place === undefined ? {} : { _id: { $gt: place } }, {
          sort: { _id: 1 },
          limit: count,
          maxTimeMS: limits.search,
        })
        .toArray();
      const items = documents
        .filter(({ expires }) => expires > new Date())
        .map((document) => ({
          key: document._id,
          value: textOf(document),
          expires: document.expires.getTime(),
          ...(document.grouped === undefined ? {} : { group: document.grouped }),
        }));
      const last = documents.at(-1);
      return last === undefined ? { items } : { items, next: last._id };
    });
  }

  secrets(): Promise<Secret[]> {
    return guarded(async () => {
      const { facts, limits } = this.#parts.database;
      const start = secretName('');
      const found = await facts
        .find({ _id: { $gte: start, $lt: `${start}\uffff` } }, { sort: { _id: 1 }, maxTimeMS: limits.call })
        .toArray();
      return found.map(({ _id, bytes }) => ({ name: _id.slice(start.length), bytes: bytes as Buffer }));
    });
  }

  note(): Promise<string | undefined> {
    return guarded(async () => {
      const { facts, limits } = this.#parts.database;
      const fact = await facts.findOne({ _id: transferNoteName }, { maxTimeMS: limits.call });
      return fact === null ? undefined : String(fact['note']);
    });
  }

  write(batch: TransferBatch): Promise<void> {
    return guarded(() => writeTransfer(this.#parts, batch));
  }
}
