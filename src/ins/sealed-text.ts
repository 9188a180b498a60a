import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { ResourceStores } from '../store/contract.ts';

const cipher = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;

/** The key under which this installation seals identity data that the API must not show. */
export function sealingKey(stores: ResourceStores): Promise<Buffer> {
  return stores.secret('insi-answers');
}

/**
 * Encrypts a text (AES-256-GCM): base64 of nonce, tag and ciphertext.
 * @param about what the text belongs to; it opens for the same alone
 */
export function seal(text: string, key: Buffer, about: string): string {
  const nonce = randomBytes(nonceLength);
  const encryption = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(about));
  const content = Buffer.concat([encryption.update(text, 'utf8'), encryption.final()]);
  return Buffer.concat([nonce, encryption.getAuthTag(), content]).toString('base64');
}

/** @throws Error when the text was altered, or sealed with another key or about something else */
export function unseal(sealed: string, key: Buffer, about: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < nonceLength + tagLength) throw new Error('no sealed text');
  const decryption = createDecipheriv(cipher, key, bytes.subarray(0, nonceLength))
    .setAAD(Buffer.from(about))
    .setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
  const content = bytes.subarray(nonceLength + tagLength);
  return Buffer.concat([decryption.update(content), decryption.final()]).toString('utf8');
}
