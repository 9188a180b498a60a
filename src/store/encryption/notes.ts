/**
 * What a database notes about its encryption, as names of secrets whose bytes mean nothing: they come with the database
 * wherever it is moved, and each is made once.
 */
const prefix = 'encryption ';

/** Everything is encrypted, and indexed by hashes. */
export const completeNote = `${prefix}complete`;

/** The database is encrypted, with identifiers hashed by the key of this fingerprint. */
export function keyNote(fingerprint: string): string {
  return `${prefix}key ${fingerprint}`;
}

export function isNote(secret: string): boolean {
  return secret.startsWith(prefix);
}

export function isKeyNote(secret: string): boolean {
  return secret.startsWith(keyNote(''));
}
