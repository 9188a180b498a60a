import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { parseEncryptionKeys, readEncryptionKeys } from '../../../src/store/encryption/keys.ts';
import { addEncryptionKey } from '../../../src/store/encryption/new-key.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { keysText, newKey } from './keys.ts';

const [one, two, hash] = [newKey(), newKey(), newKey()];

test('a keys file gives the keys of bodies, the active one, and the hash key', () => {
  const keys = parseEncryptionKeys(keysText({ one, two }, hash));
  expect(keys.active).toBe('two');
  expect([...keys.bodies].map(([id, key]) => [id, key.export().toString('base64')])).toEqual([
    ['one', one],
    ['two', two],
  ]);
  expect(keys.hash.export().toString('base64')).toBe(hash);
});

test('keys do not show where an object is printed', () => {
  const shown = inspect(parseEncryptionKeys(keysText({ one, two }, hash)), { depth: 9, showHidden: true });
  for (const key of [one, two, hash]) expect(shown).not.toContain(key);
});

test.each([
  ['no JSON', `{"keys":{"one":"${one}"`],
  ['no object', 'null'],
  ['no keys', JSON.stringify({ active: 'one', hashKey: hash })],
  ['an active key that is not there', JSON.stringify({ active: 'x', keys: { one }, hashKey: hash })],
  ['no hash key', JSON.stringify({ active: 'one', keys: { one } })],
  ['a hash key that is a body key too', keysText({ one }, one)],
  ['a short key', keysText({ one: Buffer.alloc(16, 7).toString('base64') }, hash)],
  ['a key that is no text', JSON.stringify({ active: 'one', keys: { one: 7 }, hashKey: hash })],
  ['an id that is none', keysText({ 'a/b': one }, hash)],
])('a file with %s is refused, without a key in the message', (_name, text) => {
  let message = '';
  try {
    parseEncryptionKeys(text);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/key/);
  for (const key of [one, hash]) expect(message).not.toContain(key.slice(0, 10));
});

test.each([
  [0o600, true],
  [0o400, true],
  [0o440, true],
  [0o644, false],
  [0o604, false],
  [0o660, false],
])('a keys file of mode %o is taken: %s', async (mode, isTaken) => {
  const file = join(await temporaryDirectory(), 'keys.json');
  await writeFile(file, keysText({ one }, hash));
  await chmod(file, mode);
  const reading = readEncryptionKeys(file);
  if (isTaken) expect((await reading).active).toBe('one');
  else await expect(reading).rejects.toThrow('chmod 600');
});

describe('a new key', () => {
  test('is added to the keys file and active; the others and the hash key stay', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'keys.json');
    await addEncryptionKey(file, 'first');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await readEncryptionKeys(file);
    await addEncryptionKey(file, 'second');
    const after = await readEncryptionKeys(file);
    expect([before.active, after.active, [...after.bodies.keys()]]).toEqual([
      'first',
      'second',
      ['first', 'second'],
    ]);
    expect(after.hash.equals(before.hash)).toBe(true);
    expect(after.bodies.get('first')?.equals(before.bodies.get('first')!)).toBe(true);
    expect(after.bodies.get('second')?.equals(before.bodies.get('first')!)).toBe(false);
    expect(await readdir(directory)).toEqual(['keys.json']);
  });

  test.each([
    ['of an id that is there', keysText({ one }, hash), 'one'],
    ['of an id that is none', keysText({ one }, hash), 'a b'],
    ['for what is no keys file', '{}', 'two'],
  ])('%s is refused, and the file stays as it is', async (_name, text, id) => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'keys.json');
    await writeFile(file, text, { mode: 0o600 });
    await expect(addEncryptionKey(file, id)).rejects.toThrow(/key/);
    expect([await readFile(file, 'utf8'), await readdir(directory)]).toEqual([text, ['keys.json']]);
  });
});
