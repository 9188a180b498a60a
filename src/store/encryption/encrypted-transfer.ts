import { containedId, containedType } from '../../search/contained.ts';
import type {
  ExpiringValue,
  IndexedVersion,
  Secret,
  StoredClaim,
  Transfer,
  TransferBatch,
  TransferPage,
  TransferredVersion,
  TypeSize,
} from '../transfer.ts';
import { isCounter, openedValue, sealedValue } from './encrypted-expiring.ts';
import { isNote } from './notes.ts';
import type { Shield } from './shield.ts';

/** A name that no version of a resource has. */
const placeName = { tenant: '', type: '$place', id: '', version: 0 };

/**
 * A database as a whole, with bodies in clear but identity keys and claims hashed: so two databases of the same keys
 * look alike, whichever of their resources are encrypted.
 */
export class EncryptedTransfer implements Transfer {
  readonly #transfer: Transfer;
  readonly #shield: Shield;

  constructor(transfer: Transfer, shield: Shield) {
    this.#transfer = transfer;
    this.#shield = shield;
  }

  sizes(): Promise<TypeSize[]> {
    return this.#transfer.sizes();
  }

  async versions(count: number, place?: string): Promise<TransferPage<TransferredVersion>> {
    const { cipher, names } = this.#shield;
    return mapped(await this.#transfer.versions(count, place), (version) => ({
      ...version,
      body: cipher.open(version, version.body),
      identityKeys: version.identityKeys.map((key) => names.identityKey(key)),
    }));
  }

  /** A place names the last claim, which may be in clear, and is kept by the target of a copy: it is sealed too. */
  async claims(count: number, place?: string): Promise<TransferPage<StoredClaim>> {
    const { cipher } = this.#shield;
    const after = place === undefined ? undefined : cipher.open(placeName, Buffer.from(place)).toString();
    const page = mapped(await this.#transfer.claims(count, after), (claim) => this.#hashed(claim));
    return page.next === undefined ? page : { ...page, next: cipher.seal(placeName, page.next) };
  }

  async expiring(count: number, place?: string): Promise<TransferPage<ExpiringValue>> {
    return mapped(await this.#transfer.expiring(count, place), (one) => ({
      ...one,
      value: openedValue(this.#shield, one.key, one.value),
    }));
  }

  async secrets(): Promise<Secret[]> {
    return (await this.#transfer.secrets()).filter(({ name }) => !isNote(name));
  }

  note(): Promise<string | undefined> {
    return this.#transfer.note();
  }

  async write({ versions = [], claims = [], expiring = [], ...rest }: TransferBatch): Promise<void> {
    await this.#shield.noted();
    await this.#transfer.write({
      ...rest,
      versions: versions.map((version) => this.#sealed(version)),
      claims: claims.map((claim) => this.#hashed(claim)),
      expiring: expiring.map((one) => this.#sealedValue(one)),
    });
  }

  #sealed(version: IndexedVersion): IndexedVersion {
    const { tenant, deleted, body, identityKeys, contained, index } = version;
    const { cipher, names } = this.#shield;
    return {
      ...version,
      body: deleted ? body : Buffer.from(cipher.seal(version, body)),
      identityKeys: identityKeys.map((key) => names.identityKey(key)),
      ...(index === undefined ? {} : { index: this.#shield.index(index) }),
      contained: contained.map((one) => {
        const name = { tenant, type: containedType(one.type), id: containedId(version, one.id) };
        return {
          ...one,
          body: cipher.seal({ ...name, version: version.version }, one.body),
          index: this.#shield.index(one.index),
        };
      }),
    };
  }

  #hashed(claim: StoredClaim): StoredClaim {
    return { ...claim, key: this.#shield.names.claim(claim.key) };
  }

  #sealedValue(one: ExpiringValue): ExpiringValue {
    return isCounter(one.value) ? one : { ...one, value: sealedValue(this.#shield, one.key, one.value) };
  }
}

function mapped<T>({ items, ...page }: TransferPage<T>, change: (item: T) => T): TransferPage<T> {
  return { ...page, items: items.map(change) };
}
