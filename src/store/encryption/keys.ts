import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

/** The keys of an encrypted database. They are opaque objects, so that no log can print them. */
export interface EncryptionKeys {
  /** The id of the key that bodies are encrypted with from now on. */
  active: string;
  /** The keys of bodies by their ids, the active one among them. */
  bodies: ReadonlyMap<string, KeyObject>;
  /** The key of identifiers, which stays as long as the database. */
  hash: KeyObject;
}

/** Length of each key, in bytes. */
export const keyLength = 32;

/** Permissions that nobody but the owner, and a group to read, may have. */
const foreignPermissions = 0o037;

/**
 * Reads a file `{"active": id, "keys": {id: base64, …}, "hashKey": base64}`.
 * @throws Error when it cannot be read, is open to others, or a key is missing or not of 32 bytes; it tells no key
 */
export async function readEncryptionKeys(file: string): Promise<EncryptionKeys> {
  const { mode } = await stat(file);
  if ((mode & foreignPermissions) !== 0)
    throw new Error(`Others than its owner may use the keys file ${file}: chmod 600 it`);
  return parseEncryptionKeys(await readFile(file, 'utf8'));
}

/** @throws Error as `readEncryptionKeys` */
export function parseEncryptionKeys(text: string): EncryptionKeys {
  const { active, keys, hashKey } = fieldsOf(text);
  if (typeof keys !== 'object' || keys === null) throw new Error('The keys file has no keys');
  const bodies = new Map(Object.entries(keys).map(([id, key]) => [checkedId(id), keyOf(`key ${id}`, key)]));
  if (typeof active !== 'string' || !bodies.has(active))
    throw new Error('The active key of the keys file is none of its keys');
  const hash = keyOf('hashKey', hashKey);
  if ([...bodies.values()].some((key) => key.equals(hash)))
    throw new Error('The hashKey of the keys file must not be one of its keys');
  return { active, bodies, hash };
}

function fieldsOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The reason that the parser gives quotes the text.
    throw new Error('The keys file is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new Error('The keys file is no JSON object');
  return value as Record<string, unknown>;
}

function checkedId(id: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(id))
    throw new Error('The id of a key is 1 to 64 letters, digits, dots, hyphens or underscores');
  return id;
}

function keyOf(name: string, value: unknown): KeyObject {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
  if (bytes.length !== keyLength)
    throw new Error(`The ${name} of the keys file is not base64 of ${keyLength} bytes`);
  return createSecretKey(bytes);
}
