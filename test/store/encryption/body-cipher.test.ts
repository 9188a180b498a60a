import fc from 'fast-check';
import { BodyCipher, UnreadableBody } from '../../../src/store/encryption/body-cipher.ts';
import { isSealed } from '../../../src/store/encryption/envelope.ts';
import { newKey, testKeys } from './keys.ts';

const [old, next, hash] = [newKey(), newKey(), newKey()];
const cipher = new BodyCipher(testKeys({ old }, hash));
const name = { tenant: 't', type: 'Patient', id: 'p', version: 3 };
const body = '{"resourceType":"Patient","name":[{"family":"Ménard"}]}';

test('what is sealed is opened, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const sealed = cipher.seal(name, text);
      expect(isSealed(sealed)).toBe(true);
      expect(cipher.open(name, Buffer.from(sealed)).toString()).toBe(text);
    }),
  );
});

test('bodies in clear and empty ones are given as they are', () => {
  for (const text of [body, '', '[]']) expect(cipher.open(name, Buffer.from(text)).toString()).toBe(text);
});

test('two sealings of one body differ, in the nonce too', () => {
  const sealed = new Set(Array.from({ length: 100 }, () => cipher.seal(name, body).slice(0, 25)));
  expect(sealed.size).toBe(100);
});

test('a changed byte is noticed, wherever it is', () => {
  const sealed = Buffer.from(cipher.seal(name, body));
  for (let at = 1; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
    // The last characters of base64 hold bits that mean nothing.
    if (
      Buffer.from(changed.toString('latin1'), 'base64').equals(
        Buffer.from(sealed.toString('latin1'), 'base64'),
      )
    )
      continue;
    expect(() => cipher.open(name, changed)).toThrow(UnreadableBody);
  }
  for (let length = 1; length < sealed.length - 2; length++)
    expect(() => cipher.open(name, sealed.subarray(0, length))).toThrow(UnreadableBody);
});

test.each([
  ['tenant', { tenant: 'u' }],
  ['type', { type: 'Person' }],
  ['id', { id: 'q' }],
  ['version', { version: 4 }],
  ['tenant and type with the same text together', { tenant: 'tP', type: 'atient' }],
])('the body of another %s is refused', (_part, other) => {
  const sealed = Buffer.from(cipher.seal({ ...name, ...other }, body));
  expect(() => cipher.open(name, sealed)).toThrow('was changed outside of this program');
});

test('a key opens what it has sealed, while another is active; without it nothing does', () => {
  const sealed = Buffer.from(cipher.seal(name, body));
  const later = new BodyCipher(testKeys({ old, next }, hash));
  expect(later.open(name, sealed).toString()).toBe(body);
  expect([later.isCurrent(sealed), cipher.isCurrent(sealed)]).toEqual([false, true]);
  expect(later.isCurrent(Buffer.from(later.seal(name, body)))).toBe(true);
  expect([later.isCurrent(Buffer.from(body)), later.isCurrent(Buffer.alloc(0))]).toEqual([false, true]);
  const without = new BodyCipher(testKeys({ next }, hash));
  expect(() => without.open(name, sealed)).toThrow('a key that the keys file lacks');
});

test('what is said of a body that cannot be read has nothing of it', () => {
  const sealed = Buffer.from(cipher.seal({ ...name, id: 'other' }, body));
  expect(() => cipher.open(name, sealed)).toThrow(
    new UnreadableBody(name, 'was changed outside of this program'),
  );
});
