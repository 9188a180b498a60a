import type { Actor } from '../../src/access/actor.ts';
import { BrokenGlass } from '../../src/access/break-glass.ts';
import type { ExpiringStore } from '../../src/store/contract.ts';

/** As much of a store as broken glass uses. */
function storeInMemory(): ExpiringStore {
  const values = new Map<string, string>();
  return {
    get: async (key: string) => values.get(key),
    put: async (key: string, value: string) => {
      values.set(key, value);
    },
  } as unknown as ExpiringStore;
}

const actor = (value: string, tenant = 't'): Actor => ({
  kind: 'professional',
  tenant,
  subject: { issuer: 'https://issuer.test', value },
  roles: ['doctor'],
  context: {},
});
const hour = 3_600_000;

test('is of one person in one tenant, with whatever token, and other servers know it', async () => {
  const store = storeInMemory();
  const glass = new BrokenGlass(store);
  const end = await glass.break(actor('a'), 'p', hour);
  expect(end).toBeGreaterThan(Date.now() + hour - 60_000);
  await glass.break(actor('a'), 'q', hour);
  expect(await glass.patientsOf({ ...actor('a'), clientId: 'other' })).toEqual(['p', 'q']);
  expect(await glass.patientsOf(actor('b'))).toEqual([]);
  expect(await glass.patientsOf(actor('a', 'other'))).toEqual([]);
  expect(await new BrokenGlass(store).patientsOf(actor('a'))).toEqual(['p', 'q']);
});

test('ends, each patient by itself', async () => {
  const store = storeInMemory();
  const glass = new BrokenGlass(store);
  await glass.break(actor('a'), 'p', hour);
  await glass.break(actor('a'), 'q', -1);
  expect(await glass.patientsOf(actor('a'))).toEqual(['p']);
  await glass.break(actor('a'), 'p', -1);
  expect(await glass.patientsOf(actor('a'))).toEqual([]);
});

test('cannot be broken by who is nobody in particular', async () => {
  const glass = new BrokenGlass(storeInMemory());
  const { subject: _, ...nobody } = actor('a');
  expect(await glass.break(nobody, 'p', hour)).toBeUndefined();
  expect(await glass.patientsOf(nobody)).toEqual([]);
});
