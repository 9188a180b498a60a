import { createHmac, type KeyObject } from 'node:crypto';

/** How a hashed identity key or claim begins; no other begins so. */
const prefix = 'keyed:';

/** Texts that can be compared with each other but not read: HMAC-SHA-256 with a key of its own. */
export class KeyedNames {
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  /** Tells this key from others. */
  get fingerprint(): string {
    return this.#hash('fingerprint').slice(0, 22);
  }

  /** The value of an identifier in the index of its system. */
  identifier(system: string, value: string): string {
    return this.#hash('identifier', system, value);
  }

  /** The code by which an identifier is found by its type: see `ofTypeCode`. */
  ofType(typeSystem: string | undefined, code: string): string {
    return this.#hash('of-type', typeSystem ?? '', code);
  }

  /** An identity key; one that is hashed stays as it is. */
  identityKey(key: string): string {
    return key.startsWith(prefix) ? key : prefix + this.#hash('identity', key);
  }

  /** The key of a claim; one that is hashed stays as it is. */
  claim(key: string): string {
    return key.startsWith(prefix) ? key : prefix + this.#hash('claim', key);
  }

  /** The same text in another use, or of another system, has another hash. */
  #hash(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url');
  }
}
