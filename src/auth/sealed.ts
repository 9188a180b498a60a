import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What a secret is stored under: nobody can tell the secret from it. The secret is long and random. */
export function nameOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/**
 * Encrypts a text so that only who knows the secret reads it (AES-256-GCM): a copy of the database alone gives no
 * token away, nor what it stands for.
 */
export function seal(secret: string | Buffer, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/** @throws Error when it was not sealed with this secret */
export function unseal(secret: string | Buffer, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}

/** Apart from `nameOf`, which is no secret. */
function keyOf(secret: string | Buffer): Buffer {
  return createHash('sha256').update('seal\0').update(secret).digest();
}
