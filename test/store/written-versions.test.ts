import fc from 'fast-check';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { deletion, firstInstant, newTenant, put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Two openings of one database, as two processes have them; what one writes, the other has not been told. */
let opened: DatabaseStores[];

beforeAll(async () => {
  const directory = await temporaryDirectory();
  opened = [await openSqliteStores({ directory }), await openSqliteStores({ directory })];
});
afterAll(() => Promise.all(opened.map((stores) => stores.close())));

const steps = fc.array(
  fc.record({
    by: fc.constantFrom(0, 1),
    kind: fc.constantFrom('put', 'put', 'put', 'create', 'delete', 'purge'),
    id: fc.constantFrom('a', 'b'),
  }),
  { minLength: 5, maxLength: 30 },
);

test('a version that was read to be replaced is the current one, at the latest after one conflict', async () => {
  let conflicts = 0;
  let lastUpdated = firstInstant;
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const tenant = newTenant();
      const stores = opened.map((each) => each.forTenant(tenant));
      for (const { by, kind, id } of list) {
        const store = stores[by]!;
        const current = await store.read('Patient', id);
        const expectedVersion = current?.version ?? 0;
        const version = expectedVersion + 1;
        if (kind === 'put') {
          const replace = async () => {
            const replaced = await store.read('Patient', id, { toReplace: true });
            const change = put(id, { version: (replaced?.version ?? 0) + 1, lastUpdated: ++lastUpdated });
            if (replaced !== undefined) change.expectedLastUpdated = replaced.lastUpdated;
            return { replaced, result: await store.commit([change]) };
          };
          let { replaced, result } = await replace();
          if (!result.ok) {
            expect(replaced).not.toEqual(current);
            conflicts += 1;
            ({ replaced, result } = await replace());
          }
          expect(replaced).toEqual(current);
          expect(result).toEqual({ ok: true });
        } else if (kind === 'create' && current?.deleted !== false) {
          await store.commit([put(id, { version, lastUpdated: ++lastUpdated, method: 'POST' })]);
        } else if (kind === 'delete' && current?.deleted === false) {
          await store.commit([{ ...deletion(id, version), lastUpdated: ++lastUpdated }]);
        } else if (kind === 'purge' && current !== undefined) {
          await store.commit([{ kind: 'purge', type: 'Patient', id, expectedVersion }]);
        }
      }
    }),
    { numRuns: 200 },
  );
  expect(conflicts).toBeGreaterThan(0);
});
