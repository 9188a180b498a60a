import { withRetries } from '../../../src/ins/insi/retry.ts';
import { testRuntime } from './support.ts';

async function run(results: string[], random: number, retries = 2) {
  const runtime = { ...testRuntime(), random: () => random };
  let attempts = 0;
  const attempt = async () => {
    attempts += 1;
    return results[attempts - 1];
  };
  const limits = { retries, retryDelayMs: 100 };
  const result = await withRetries(attempt, (each) => each === 'again', limits, runtime);
  return { result, attempts, waits: runtime.waits };
}

describe('retries', () => {
  test('stop at the first result that is not retryable', async () => {
    expect(await run(['done'], 0)).toEqual({ result: 'done', attempts: 1, waits: [] });
    expect(await run(['again', 'done'], 0)).toEqual({ result: 'done', attempts: 2, waits: [100] });
  });

  test('give the last result when all fail, after doubling waits', async () => {
    expect(await run(['again', 'again', 'again', 'done'], 0)).toEqual({
      result: 'again',
      attempts: 3,
      waits: [100, 200],
    });
  });

  test('wait half as long at least', async () => {
    expect((await run(['again', 'again', 'done'], 1)).waits).toEqual([50, 100]);
  });

  test('can be none', async () => {
    expect(await run(['again', 'done'], 0, 0)).toEqual({ result: 'again', attempts: 1, waits: [] });
  });
});
