import { FhirError } from '../../src/fhir/error.ts';
import { networkOf, RateLimit, type SharedCount } from '../../src/http/rate-limit.ts';

/** A counter of one minute that several limits can share. */
function counter() {
  const counts = new Map<string, { count: number; expiresAt: number }>();
  const keys: string[] = [];
  const count: SharedCount = async (key, ttl) => {
    keys.push(key);
    const found = counts.get(key) ?? { count: 0, expiresAt: Date.now() + ttl };
    counts.set(key, { ...found, count: found.count + 1 });
    return { ...found, count: found.count + 1 };
  };
  return { count, keys, end: () => counts.clear() };
}

/** How many of these requests are taken. */
async function taken(limit: RateLimit, caller: string, requests: number): Promise<number> {
  let count = 0;
  for (let n = 0; n < requests; n += 1) {
    try {
      await limit.take(caller);
      count += 1;
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
    }
  }
  return count;
}

test.each([1, 2, 7, 20, 33, 100, 1000])(
  'of a limit of %i a minute exactly as many are taken',
  async (most) => {
    const limit = new RateLimit('test', most, counter().count);
    expect(await taken(limit, 'a', most)).toBe(most);
    expect(await taken(limit, 'a', 5)).toBe(0);
    expect(await taken(limit, 'b', 1)).toBe(1);
  },
);

test('requests that come at once are counted like others', async () => {
  const limit = new RateLimit('test', 100, counter().count);
  const asked = Array.from({ length: 250 }, async () => limit.take('a'));
  const results = await Promise.allSettled(asked);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
});

test('processes share the limit, short of what they have not used of a lease', async () => {
  const { count } = counter();
  const [one, other] = [new RateLimit('test', 100, count), new RateLimit('test', 100, count)];
  // One of them holds four of a lease of five.
  const sum = (await taken(one, 'a', 1)) + (await taken(other, 'a', 200));
  expect(sum).toBe(96);
  expect((await taken(one, 'a', 200)) + sum).toBe(100);
});

test('the shared counter is asked for a twentieth of the requests, and not told who they are from', async () => {
  const { count, keys } = counter();
  expect(await taken(new RateLimit('test', 1000, count), 'https://issuer 810000000001', 1000)).toBe(1000);
  expect(keys).toHaveLength(20);
  expect(keys.join()).not.toMatch(/issuer|81000/);
});

test('a refusal is 429 with the seconds to the end of the minute', async () => {
  const limit = new RateLimit('test', 1, counter().count);
  await limit.take('a');
  expect(() => limit.take('a')).toThrow(FhirError);
  try {
    await limit.take('a');
  } catch (error) {
    const { status, issues, headers } = error as FhirError;
    expect([status, issues[0]?.code]).toEqual([429, 'throttled']);
    const seconds = Number(headers['Retry-After']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
  }
});

test('a new minute begins anew', async () => {
  const counts: number[] = [];
  const ended: SharedCount = async () => ({ count: counts.push(1), expiresAt: Date.now() + 20 });
  const limit = new RateLimit('test', 1, async (...given) => {
    const { expiresAt } = await ended(...given);
    return { count: 1, expiresAt };
  });
  await limit.take('a');
  expect(() => limit.take('a')).toThrow(FhirError);
  await new Promise((resolve) => setTimeout(resolve, 30));
  await limit.take('a');
  expect(counts).toHaveLength(2);
});

test('while the shared counter does not answer a process counts alone', async () => {
  const limit = new RateLimit('test', 40, () => Promise.reject(new Error('no primary')));
  expect(await taken(limit, 'a', 10)).toBe(10);
});

test('callers beyond those that are remembered are counted all the same', async () => {
  const { count } = counter();
  const limit = new RateLimit('test', 1, count);
  await limit.take('first');
  for (let n = 0; n < 10_000; n += 1) await limit.take(`caller ${n}`);
  expect(await taken(limit, 'first', 1)).toBe(0);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
