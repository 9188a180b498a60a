import { BoundedRefusals, type Refused } from '../../src/audit/bounded-refusals.ts';

const { jest } = import.meta;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function refused(address: string, clientId?: string): Refused {
  const actor = { kind: 'open', tenant: 'default', roles: [], context: {} } as const;
  return {
    tenant: 'default',
    context: { actor: clientId === undefined ? actor : { ...actor, clientId }, address, requestId: 'r' },
    query: 'R0VU',
    outcomeDesc: '429 throttled',
  };
}

/** What is recorded of the refusals that the work sends. */
function recording(work: (refusals: BoundedRefusals) => void): Refused[] {
  const found: Refused[] = [];
  const refusals = new BoundedRefusals({ record: (each) => void found.push(each), onFailure: fail });
  work(refusals);
  return found;
}

function fail(error: unknown): never {
  throw error;
}

function times(count: number, work: (n: number) => void): void {
  for (let n = 0; n < count; n += 1) work(n);
}

test('of one caller sixty are recorded each, and after a minute how many more there were', () => {
  const found = recording((refusals) => {
    times(1000, () => refusals.take(refused('192.0.2.1')));
    jest.advanceTimersByTime(59_000);
    refusals.take(refused('192.0.2.1'));
    jest.advanceTimersByTime(1_000);
  });
  expect(found).toHaveLength(61);
  expect(found[59]?.outcomeDesc).toBe('429 throttled');
  expect(found[60]).toMatchObject({
    outcomeDesc: '429 throttled, the last of 941 more refusals',
    context: { address: '192.0.2.1' },
  });
});

test('a new minute begins anew, and few refusals leave no sum', () => {
  const found = recording((refusals) => {
    times(3, () => {
      times(50, () => refusals.take(refused('192.0.2.1')));
      jest.advanceTimersByTime(60_000);
    });
  });
  expect(found).toHaveLength(150);
});

test('who has logged in is counted by that, wherever from', () => {
  const found = recording((refusals) => {
    times(100, (n) => refusals.take(refused(`192.0.2.${n}`, 'app')));
    times(100, () => refusals.take(refused('192.0.2.1')));
  });
  expect(found).toHaveLength(120);
});

test('however many addresses refusals come from, they do not fill the trail', () => {
  const found = recording((refusals) => {
    times(50_000, (n) => refusals.take(refused(`2001:db8::${n.toString(16)}`)));
    refusals.settle();
  });
  // Two hundred are told apart; all others are one caller.
  expect(found).toHaveLength(200 + 60 + 1);
  expect(found.at(-1)?.outcomeDesc).toContain(`${50_000 - 200 - 60} more`);
});

test('a sum that cannot be recorded is told', async () => {
  const onFailure = jest.fn();
  const record = ({ outcomeDesc }: Refused) =>
    outcomeDesc.includes('more') ? Promise.reject(new Error('full')) : undefined;
  const refusals = new BoundedRefusals({ record, onFailure });
  times(61, () => refusals.take(refused('192.0.2.1')));
  refusals.settle();
  await Promise.resolve();
  expect(onFailure).toHaveBeenCalledTimes(1);
});
