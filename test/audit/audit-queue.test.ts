import { setTimeout as wait } from 'node:timers/promises';
import { AuditQueue, type AuditQueueOptions } from '../../src/audit/audit-queue.ts';
import { FhirError } from '../../src/fhir/error.ts';

/** Keeps what is written, and fails or waits when it is told to. */
class TestStore {
  commits: { tenant: string; ids: string[] }[] = [];
  failures = 0;
  gate: Promise<void> = Promise.resolve();

  async write(tenant: string, ids: readonly string[]): Promise<void> {
    await this.gate;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('no store');
    }
    this.commits.push({ tenant, ids: [...ids] });
  }

  get ids(): string[] {
    return this.commits.flatMap(({ ids }) => ids);
  }
}

function queueOver(store: TestStore, options: Partial<AuditQueueOptions<string>> = {}) {
  const failures: unknown[] = [];
  const queue = new AuditQueue<string>({
    write: (tenant, ids) => store.write(tenant, ids),
    capacity: 100,
    groupSize: 10,
    delay: 1,
    patience: 5000,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  const push = (id: string, tenant = 'a') => queue.push(tenant, id);
  return { queue, push, failures };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);

test('events that come together are written in groups, in their order, and none waits for an answer', async () => {
  const store = new TestStore();
  const { queue, push } = queueOver(store);
  expect(ids(35).map((id) => push(id))).toEqual(new Array(35).fill(undefined));
  await queue.flush();
  expect(store.ids).toEqual(ids(35));
  expect(store.commits.map((commit) => commit.ids.length)).toEqual([10, 10, 10, 5]);
  expect(queue.length).toBe(0);
});

test('one event alone is written without being asked for', async () => {
  const store = new TestStore();
  const { push } = queueOver(store);
  push('only');
  while (store.ids.length === 0) await wait(1);
  expect(store.ids).toEqual(['only']);
});

test('each tenant is written by itself', async () => {
  const store = new TestStore();
  const { queue, push } = queueOver(store);
  push('1', 'a');
  push('2', 'b');
  push('3', 'a');
  await queue.flush();
  expect(store.commits).toEqual([
    { tenant: 'a', ids: ['1', '3'] },
    { tenant: 'b', ids: ['2'] },
  ]);
});

test('a write that fails is tried again until it is done', async () => {
  const store = new TestStore();
  store.failures = 2;
  const { queue, push, failures } = queueOver(store);
  ids(12).map((id) => push(id));
  await queue.flush();
  expect(store.ids).toEqual(ids(12));
  expect(failures).toHaveLength(2);
});

test('where no room is left the answers wait, and go on when there is some', async () => {
  const store = new TestStore();
  const { promise, resolve } = Promise.withResolvers<void>();
  store.gate = promise;
  const { queue, push } = queueOver(store, { capacity: 20 });
  const answers = ids(25).map((id) => push(id));
  expect(answers.slice(0, 20).every((answer) => answer === undefined)).toBe(true);
  const waiting = answers.slice(20);
  expect(waiting.every((answer) => answer instanceof Promise)).toBe(true);
  resolve();
  await Promise.all(waiting);
  await queue.flush();
  expect(store.ids).toEqual(ids(25));
});

test('where none comes in time the answer is refused with 503, and the event is kept all the same', async () => {
  const store = new TestStore();
  const { promise, resolve } = Promise.withResolvers<void>();
  store.gate = promise;
  const { queue, push } = queueOver(store, { capacity: 2, patience: 10 });
  const answers = ids(3).map((id) => push(id));
  const refusal = await answers[2]!.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(FhirError);
  expect((refusal as FhirError).status).toBe(503);
  expect((refusal as FhirError).headers).toMatchObject({ 'Retry-After': '5' });
  resolve();
  await queue.flush();
  expect(store.ids).toEqual(ids(3));
});

test('an end waits for what can be written, and gives up what cannot: it says how many', async () => {
  const store = new TestStore();
  const { queue, push, failures } = queueOver(store);
  ids(12).map((id) => push(id));
  expect(await queue.end(5000)).toBe(0);
  expect(store.ids).toEqual(ids(12));
  const full = new TestStore();
  full.failures = Number.POSITIVE_INFINITY;
  const other = queueOver(full);
  ids(12).map((id) => other.push(id));
  expect(await other.queue.end(20)).toBe(12);
  expect([failures.length, other.failures.length > 0]).toEqual([0, true]);
});
