import type { InsiLimits, InsiRuntime } from './settings.ts';

/**
 * Repeats an attempt while its result is retryable, at most `retries` times more. The wait doubles from
 * `retryDelayMs`, each time shortened by up to half at random, so that clients do not return together.
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  isRetryable: (result: Result) => boolean,
  { retries, retryDelayMs }: Pick<InsiLimits, 'retries' | 'retryDelayMs'>,
  { sleep, random }: Pick<InsiRuntime, 'sleep' | 'random'>,
): Promise<Result> {
  let result = await attempt();
  for (let done = 0; done < retries && isRetryable(result); done += 1) {
    await sleep(retryDelayMs * 2 ** done * (1 - random() / 2));
    result = await attempt();
  }
  return result;
}
