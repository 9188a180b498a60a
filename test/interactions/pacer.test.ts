import { pacer } from '../../src/interactions/pacer.ts';

/** Holds the event loop longer than a slice. */
function busy(): void {
  const end = performance.now() + 10;
  while (performance.now() < end);
}

test('of several works one alone goes on in a turn of the event loop, each in its order', async () => {
  let turn = 0;
  let counting = true;
  const count = () => {
    turn++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const steps: { work: number; turn: number }[] = [];
  const work = async (number: number) => {
    const pause = pacer();
    for (let step = 0; step < 4; step++) {
      busy();
      await pause();
      steps.push({ work: number, turn });
    }
  };
  await Promise.all([0, 1, 2].map(work));
  counting = false;
  expect(new Set(steps.map((step) => step.turn)).size).toBe(12);
  expect(steps.map((step) => step.work)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
});

test('work within its slice is not held up', async () => {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  const pause = pacer();
  await pause();
  await pause();
  expect(turned).toBe(false);
});
