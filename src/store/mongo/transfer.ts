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
import { guarded } from './errors.ts';
import { textOf } from './expiring.ts';
import { secretName } from './facts.ts';
import type { TenantDatabases } from './tenant-databases.ts';
import { TransferReads } from './transfer-reads.ts';
import { transferNoteName, writeTransfer } from './transfer-writes.ts';

/** The whole of a MongoDB database, with those of its tenants. */
export class MongoTransfer implements Transfer {
  readonly #tenants: TenantDatabases;
  readonly #reads: TransferReads;

  constructor(tenants: TenantDatabases) {
    this.#tenants = tenants;
    this.#reads = new TransferReads(tenants);
  }

  sizes(): Promise<TypeSize[]> {
    return guarded(() => this.#reads.sizes());
  }

  versions(count: number, place?: string): Promise<TransferPage<TransferredVersion>> {
    return guarded(() => this.#reads.versions(count, place));
  }

  claims(count: number, place?: string): Promise<TransferPage<StoredClaim>> {
    return guarded(() => this.#reads.claims(count, place));
  }

  expiring(count: number, place?: string): Promise<TransferPage<ExpiringValue>> {
    return guarded(async () => {
      const { expiring, limits } = this.#tenants.shared;
      const documents = await expiring
        .find(place === undefined ? {} : { _id: { $gt: place } }, {
          hint: '_id_',
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
      const { facts, limits } = this.#tenants.shared;
      const start = secretName('');
      const found = await facts
        .find({ _id: { $gte: start, $lt: `${start}\uffff` } }, { sort: { _id: 1 }, maxTimeMS: limits.call })
        .toArray();
      return found.map(({ _id, bytes }) => ({ name: _id.slice(start.length), bytes: bytes as Buffer }));
    });
  }

  note(): Promise<string | undefined> {
    return guarded(async () => {
      const { facts, limits } = this.#tenants.shared;
      const fact = await facts.findOne({ _id: transferNoteName }, { maxTimeMS: limits.call });
      return fact === null ? undefined : String(fact['note']);
    });
  }

  write(batch: TransferBatch): Promise<void> {
    return guarded(() => writeTransfer(this.#tenants, batch));
  }
}
