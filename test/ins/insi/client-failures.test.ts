import { createInsiClient } from '../../../src/ins/insi/client.ts';
import type { InsiSettings } from '../../../src/ins/insi/settings.ts';
import { simulatedInsi } from './simulated.ts';
import { adrun, clientOf, listen, testOids, testRuntime } from './support.ts';

const { simulator, client, counting, url, closeAfterwards } = simulatedInsi();

describe('when INSi fails', () => {
  test.each([
    ['siram_40', 3, { outcome: 'unavailable', reason: 'service', trace: { insiFault: 'siram_40/insi_111' } }],
    ['insi_102', 3, { outcome: 'unavailable', reason: 'service', trace: { insiFault: 'siram_40/insi_102' } }],
    [
      'desir_1020',
      3,
      { outcome: 'unavailable', reason: 'service', trace: { insiFault: 'siram_40/desir_1020' } },
    ],
    ['http-500', 3, { outcome: 'unavailable', reason: 'http-status' }],
    ['connection-reset', 3, { outcome: 'unavailable', reason: 'connection' }],
    ['truncated', 1, { outcome: 'unavailable', reason: 'malformed-answer' }],
  ] as const)('%s: %i calls', async (outage, expectedCalls, expected) => {
    simulator.switches.set({ outage });
    const runtime = testRuntime();
    const { answer, calls } = await counting(() => client({}, {}, runtime).search(adrun));
    expect(answer).toMatchObject(expected);
    expect(calls).toBe(expectedCalls);
    expect(runtime.waits).toEqual(expectedCalls === 1 ? [] : [500, 1000]);
    expect(answer.trace.messageIds).toHaveLength(expectedCalls);
    expect(new Set(answer.trace.messageIds).size).toBe(expectedCalls);
  });

  test.each(['siram_40', 'http-500', 'connection-reset'] as const)(
    'a passing %s is ridden out',
    async (outage) => {
      simulator.switches.set({ outage, failNext: 2 });
      const { answer, calls } = await counting(() => client().search(adrun));
      expect(answer).toMatchObject({ outcome: 'found' });
      expect(answer.trace).not.toHaveProperty('insiFault');
      expect(calls).toBe(3);
    },
  );

  test('silence ends in a timeout, without a retry', async () => {
    simulator.switches.set({ latencyMs: 1000 });
    const { answer, calls } = await counting(() => client({ timeoutMs: 30 }).search(adrun));
    expect(answer).toMatchObject({ outcome: 'timeout' });
    expect(calls).toBe(1);
  });

  test('closing ends the calls under way as unavailable, and refuses later ones', async () => {
    simulator.switches.set({ latencyMs: 500 });
    const insi = client({ retries: 0 });
    const underWay = insi.search(adrun);
    await new Promise((resolve) => setTimeout(resolve, 50));
    insi.close();
    const { answer, calls } = await counting(() => insi.search(adrun));
    expect(await underWay).toMatchObject({ outcome: 'unavailable', reason: 'connection' });
    expect(answer).toMatchObject({ outcome: 'unavailable', reason: 'connection' });
    expect(calls).toBe(0);
  });

  test('a server that is not there is a failed connection', async () => {
    const gone = await listen(() => undefined);
    await gone.close();
    const answer = await clientOf(gone.url).search(adrun);
    expect(answer).toMatchObject({ outcome: 'unavailable', reason: 'connection' });
  });

  test('the circuit opens, refuses without calling, and closes with a probe', async () => {
    const runtime = testRuntime();
    const insi = client({ breakerThreshold: 2, breakerOpenMs: 10_000, retries: 0 }, {}, runtime);
    simulator.switches.set({ outage: 'siram_40' });
    await insi.search(adrun);
    await insi.search(adrun);
    const refused = await counting(() => insi.search(adrun));
    expect(refused).toMatchObject({
      answer: {
        outcome: 'unavailable',
        reason: 'circuit-open',
        retryAfterSeconds: 10,
        trace: { messageIds: [] },
      },
      calls: 0,
    });
    runtime.advance(10_000);
    simulator.switches.reset();
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'found' });
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'found' });
  });

  test('refused input and refused software do not open the circuit', async () => {
    const software = { authorisationNumber: 'X', product: 'p', version: '1', instance: 'i', sender: 's' };
    const insi = client({ breakerThreshold: 1 }, { software });
    await insi.search(adrun);
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'misconfigured' });
  });

  test('lookups beyond the cap are refused at once', async () => {
    simulator.switches.set({ latencyMs: 50 });
    const insi = client({ concurrency: 2 });
    const answers = await Promise.all([insi.search(adrun), insi.search(adrun), insi.search(adrun)]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['found', 'found', 'throttled']);
    expect(await insi.search(adrun)).toMatchObject({ outcome: 'found' });
  });
});

describe('settings that cannot work', () => {
  test.each(['http://services-ps.ameli.fr/lps', 'http://10.0.0.1/lps', 'ftp://127.0.0.1/lps'])(
    '%s',
    (url) => {
      expect(() => clientOf(url)).toThrow(TypeError);
    },
  );

  test('a software name that XML cannot carry', () => {
    const software = {
      authorisationNumber: '\u0000',
      product: 'p',
      version: '1',
      instance: 'i',
      sender: 's',
    };
    expect(() => client({}, { software })).toThrow(RangeError);
  });

  test('the system clock and chance are the default', async () => {
    const settings: InsiSettings = {
      url: url(),
      source: 'insi-simulator',
      software: {
        authorisationNumber: 'PASSERELLE-TEST',
        product: 'passerelle',
        version: '0.1.0',
        instance: 'i',
        sender: 's',
      },
      acceptedOids: [testOids.nir],
      verification: { adapter: 'off' },
    };
    const insi = createInsiClient(settings);
    closeAfterwards(insi);
    simulator.switches.set({ outage: 'siram_40', failNext: 1 });
    const answer = await insi.search(adrun);
    expect(answer.outcome).toBe('found');
    expect(Math.abs(Date.parse(answer.trace.checkedAt) - Date.now())).toBeLessThan(60_000);
  });
});
