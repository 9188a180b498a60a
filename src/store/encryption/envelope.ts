/**
 * A sealed body as it is stored: the version byte, which begins no JSON text, and base64 of the length of the key id,
 * the key id, the nonce, the tag and the ciphertext.
 */
export interface Envelope {
  keyId: string;
  nonce: Buffer;
  tag: Buffer;
  ciphertext: Buffer;
}

/** The version of the envelopes that are written. */
const version = '\u0001';

export const nonceLength = 12;
export const tagLength = 16;

/** True for what `writeEnvelope` made; false for a body in clear, and for none. */
export function isSealed(body: string | Uint8Array): boolean {
  return (typeof body === 'string' ? body.charCodeAt(0) : body[0]) === version.charCodeAt(0);
}

export function writeEnvelope({ keyId, nonce, tag, ciphertext }: Envelope): string {
  const id = Buffer.from(keyId);
  return version + Buffer.concat([Buffer.of(id.length), id, nonce, tag, ciphertext]).toString('base64');
}

/** What an envelope has; parts of a damaged one may be empty, so that they do not decrypt. */
export function readEnvelope(sealed: Buffer): Envelope {
  const bytes = Buffer.from(sealed.toString('latin1', version.length), 'base64');
  const afterId = 1 + (bytes[0] ?? 0);
  const afterNonce = afterId + nonceLength;
  const afterTag = afterNonce + tagLength;
  return {
    keyId: bytes.toString('utf8', 1, afterId),
    nonce: bytes.subarray(afterId, afterNonce),
    tag: bytes.subarray(afterNonce, afterTag),
    ciphertext: bytes.subarray(afterTag),
  };
}
