import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { VersionName } from '../indexing.ts';
import { isSealed, nonceLength, readEnvelope, tagLength, writeEnvelope } from './envelope.ts';
import type { EncryptionKeys } from './keys.ts';

const algorithm = 'aes-256-gcm';

/** A stored body that is not what was written under its name, or whose key is missing. It tells nothing of its content. */
export class UnreadableBody extends Error {
  constructor({ type, id, version }: VersionName, reason: string) {
    super(`The stored body of ${type}/${id}, version ${version}, ${reason}`);
    this.name = 'UnreadableBody';
  }
}

/** Encrypts bodies by AES-256-GCM, each bound to the version that it is the body of. */
export class BodyCipher {
  readonly #keys: EncryptionKeys;

  constructor(keys: EncryptionKeys) {
    this.#keys = keys;
  }

  /** The id of the key that bodies are encrypted with now. */
  get activeKey(): string {
    return this.#keys.active;
  }

  seal(name: VersionName, body: string | Uint8Array): string {
    const { active, bodies } = this.#keys;
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(algorithm, bodies.get(active)!, nonce, { authTagLength: tagLength });
    cipher.setAAD(boundTo(name));
    const ciphertext = typeof body === 'string' ? cipher.update(body, 'utf8') : cipher.update(body);
    // In this mode nothing follows; it makes the tag, and checks it below.
    cipher.final();
    return writeEnvelope({ keyId: active, nonce, tag: cipher.getAuthTag(), ciphertext });
  }

  /**
   * The body behind a sealed one; one in clear, or empty, as it is.
   * @throws UnreadableBody when it was changed, is that of another version, or its key is missing
   */
  open(name: VersionName, body: Buffer): Buffer {
    if (!isSealed(body)) return body;
    const { keyId, nonce, tag, ciphertext } = readEnvelope(body);
    const key = this.#keys.bodies.get(keyId);
    if (key === undefined) throw new UnreadableBody(name, 'is encrypted with a key that the keys file lacks');
    try {
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength });
      decipher.setAAD(boundTo(name));
      decipher.setAuthTag(tag);
      const opened = decipher.update(ciphertext);
      decipher.final();
      return opened;
    } catch {
      throw new UnreadableBody(name, 'was changed outside of this program');
    }
  }

  /** True for a body that is encrypted with the active key, and for none. */
  isCurrent(body: Buffer): boolean {
    if (body.length === 0) return true;
    return isSealed(body) && readEnvelope(body).keyId === this.#keys.active;
  }
}

/** One text for each name. */
function boundTo({ tenant, type, id, version }: VersionName): Buffer {
  return Buffer.from(JSON.stringify([tenant, type, id, version]));
}
