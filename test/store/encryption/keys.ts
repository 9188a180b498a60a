import { randomBytes } from 'node:crypto';
import { type EncryptionKeys, parseEncryptionKeys } from '../../../src/store/encryption/keys.ts';

export const newKey = () => randomBytes(32).toString('base64');

/** A keys file with keys of these ids, the last of which is active. */
export function keysText(keys: Readonly<Record<string, string>>, hashKey: string): string {
  return JSON.stringify({ active: Object.keys(keys).at(-1), keys, hashKey });
}

export function testKeys(keys: Readonly<Record<string, string>>, hashKey = newKey()): EncryptionKeys {
  return parseEncryptionKeys(keysText(keys, hashKey));
}
