import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { seal, unseal } from '../../src/ins/sealed-text.ts';

const key = randomBytes(32);

test('any text opens as it was sealed, for what it belongs to', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, about) => {
      expect(unseal(seal(text, key, about), key, about)).toBe(text);
    }),
  );
});

test('the same text is sealed differently each time, and cannot be read', () => {
  const sealed = [1, 2].map(() => seal('2751263220749', key, 'Patient/1'));
  expect(sealed[0]).not.toBe(sealed[1]);
  expect(Buffer.from(sealed[0]!, 'base64').toString('latin1')).not.toContain('2751263220749');
});

test.each<[string, (sealed: string) => string]>([
  ['with another key', (sealed) => unseal(sealed, randomBytes(32), 'Patient/1')],
  ['about somebody else', (sealed) => unseal(sealed, key, 'Patient/2')],
  ['altered', (sealed) => unseal(altered(sealed), key, 'Patient/1')],
  ['cut', (sealed) => unseal(sealed.slice(0, 20), key, 'Patient/1')],
  ['empty', () => unseal('', key, 'Patient/1')],
])('it does not open %s', (_case, open) => {
  expect(() => open(seal('text', key, 'Patient/1'))).toThrow();
});

function altered(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  bytes[bytes.length - 1]! ^= 1;
  return bytes.toString('base64');
}
