import { FhirError } from '../../src/fhir/error.ts';
import { pageToken } from '../../src/interactions/kept-page.ts';
import { linkReuse, openPage, pageLife, sealPage } from '../../src/interactions/page-link.ts';
import type { Spine } from '../../src/interactions/spine.ts';

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

describe('the link of a page that is asked for again', () => {
  const spineOf = (byte: number) => ({ pagingSecret: Buffer.alloc(32, byte) }) as Spine;
  const spine = spineOf(9);

  beforeEach(
    () => void import.meta.jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'], now: made }),
  );
  afterEach(() => void import.meta.jest.useRealTimers());

  test('is the same for a while, and valid for 24 hours even at the end of it', async () => {
    const first = await pageToken(spine, start, 'scope');
    import.meta.jest.setSystemTime(made + linkReuse - 1);
    expect(await pageToken(spine, start, 'scope')).toBe(first);
    const dayLater = Date.now() + 24 * 3_600_000;
    expect(openPage(spine.pagingSecret, first, 'scope', dayLater)).toEqual(start);
    import.meta.jest.setSystemTime(made + linkReuse);
    expect(await pageToken(spine, start, 'scope')).not.toBe(first);
  });

  test('is another for another page, scope or secret', async () => {
    const tokens = await Promise.all([
      pageToken(spine, start, 'scope'),
      pageToken(spine, start, 'scope2'),
      pageToken(spine, { ...start, cursor: 'd' }, 'scope'),
      pageToken(spineOf(10), start, 'scope'),
    ]);
    expect(new Set(tokens).size).toBe(4);
    expect(openPage(spine.pagingSecret, tokens[2], 'scope')).toEqual({ ...start, cursor: 'd' });
    expect(statusOf(() => openPage(spine.pagingSecret, tokens[1], 'scope'))).toBe(400);
  });
});
