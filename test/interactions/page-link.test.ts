import { FhirError } from '../../src/fhir/error.ts';
import { openPage, pageLife, sealPage } from '../../src/interactions/page-link.ts';

const secret = Buffer.alloc(32, 7);
const start = { query: [['family', 'Noël']] as [string, string][], cursor: 'c', trail: ['', 'b'] };
const made = Date.UTC(2024, 1, 5);

function statusOf(open: () => unknown): number {
  try {
    open();
    return 200;
  } catch (error) {
    if (error instanceof FhirError) return error.status;
    throw error;
  }
}

describe('the token of a page link', () => {
  const token = sealPage(secret, start, 'scope', made);

  test('opens to what was sealed', () => {
    expect(openPage(secret, token, 'scope', made)).toEqual(start);
  });

  test.each([
    [0, 200],
    [pageLife, 200],
    [pageLife + 1, 410],
    [30 * pageLife, 410],
  ])('%d ms after it was made is answered %d', (age, status) => {
    expect(statusOf(() => openPage(secret, token, 'scope', made + age))).toBe(status);
  });

  test('opens neither elsewhere nor under another secret', () => {
    expect(statusOf(() => openPage(secret, token, 'other', made))).toBe(400);
    expect(statusOf(() => openPage(Buffer.alloc(32, 8), token, 'scope', made))).toBe(400);
  });

  test('is refused, whatever single bit is changed', () => {
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(statusOf(() => openPage(secret, altered.toString('base64url'), 'scope', made))).toBe(400);
    }
  });

  test('is another each time', () => {
    expect(sealPage(secret, start, 'scope', made)).not.toBe(token);
  });
});
