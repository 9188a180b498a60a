import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { keyLength, parseEncryptionKeys } from './keys.ts';

/**
 * Adds a random key to a keys file and makes it the active one; a file that is not there is made, for its owner alone.
 * @throws Error when the file is no keys file, or has a key of this id
 */
export async function addEncryptionKey(file: string, id: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  });
  const before = text === undefined ? { keys: {}, hashKey: newKey() } : fieldsOf(text);
  if (Object.hasOwn(before.keys, id)) throw new Error(`The keys file has a key ${id} already`);
  const after = { ...before, active: id, keys: { ...before.keys, [id]: newKey() } };
  const written = `${JSON.stringify(after, undefined, 2)}\n`;
  parseEncryptionKeys(written);
  // The file is there whole, as it was or as it will be, whatever happens.
  await writeFile(`${file}.new`, written, { mode: 0o600, flag: 'wx', flush: true });
  await rename(`${file}.new`, file);
}

function fieldsOf(text: string): { keys: Record<string, string>; hashKey: string } {
  parseEncryptionKeys(text);
  return JSON.parse(text) as { keys: Record<string, string>; hashKey: string };
}

function newKey(): string {
  return randomBytes(keyLength).toString('base64');
}
