import fc from 'fast-check';
import type { Expression } from '../../src/search/expression.ts';
import type { Change, ResourceStore } from '../../src/store/contract.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { deletion, newTenant, put } from '../contract/fixtures.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const startsWithL: Expression = { kind: 'string', parameter: 'family', match: 'prefix', value: 'l' };

/** Two openings of one database, as two processes have them; what one writes, the other has not been told. */
let opened: DatabaseStores[];

beforeAll(async () => {
  const directory = await temporaryDirectory();
  opened = [await openSqliteStores({ directory }), await openSqliteStores({ directory })];
});
afterAll(() => Promise.all(opened.map((stores) => stores.close())));

const page = async (store: ResourceStore, count = 30) =>
  (await store.search({ type: 'Patient', expression: startsWithL, sort: [], count })).matches;

function named(id: string, version: number, body: string, before = version - 1): Change {
  const family = { parameter: 'family', exact: 'L', folded: 'l' };
  return put(id, { version, expectedVersion: before, body, index: { string: [family] } });
}

type Step = { by: 0 | 1; kind: 'put' | 'delete' | 'purge' | 'rewrite'; id: string };

const steps = fc.array(
  fc.record<Step>({
    by: fc.constantFrom(0, 1),
    kind: fc.constantFrom('put', 'put', 'put', 'delete', 'purge', 'rewrite'),
    id: fc.constantFrom('a', 'b', 'c'),
  }),
  { minLength: 5, maxLength: 30 },
);

test('a search that was made before finds what was written since, by whichever process', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const tenant = newTenant();
      const stores = opened.map((each) => each.forTenant(tenant));
      const bodies = new Map<string, string>();
      const versions = new Map<string, number>();
      for (const [at, { by, kind, id }] of list.entries()) {
        const before = versions.get(id) ?? 0;
        const isThere = bodies.has(id);
        const body = `{"id":"${id}","step":${at}}`;
        if (kind === 'put') {
          expect(await stores[by]!.commit([named(id, before + 1, body)])).toEqual({ ok: true });
          bodies.set(id, body);
          versions.set(id, before + 1);
        } else if (kind === 'delete' && isThere) {
          expect(await stores[by]!.commit([deletion(id, before + 1)])).toEqual({ ok: true });
          bodies.delete(id);
          versions.set(id, before + 1);
        } else if (kind === 'purge' && before > 0) {
          const purge = { kind: 'purge', type: 'Patient', id, expectedVersion: before } as const;
          expect(await stores[by]!.commit([purge])).toEqual({ ok: true });
          bodies.delete(id);
          versions.delete(id);
        } else if (kind === 'rewrite' && isThere) {
          // What is written anew in place says the same in another way, so that only who writes it has to know.
          const name = { tenant, type: 'Patient', id, version: before };
          await opened[by]!.rewriting.rewrite({
            versions: [{ ...name, body: Buffer.from(body), identityKeys: [] }],
          });
          bodies.set(id, body);
          const found = await page(stores[by]!);
          expect(found.find((one) => one.id === id)?.body.toString()).toBe(body);
          await stores[by]!.commit([named(id, before + 1, body)]);
          versions.set(id, before + 1);
        }
        // The index rows of the writer's commits are complete once it has searched.
        for (const store of [stores[by]!, stores[1 - by]!]) {
          const found = await page(store);
          expect(new Map(found.map((one) => [one.id, one.body.toString()]))).toEqual(bodies);
          expect(new Map(found.map((one) => [one.id, one.version]))).toEqual(
            new Map([...bodies.keys()].map((one) => [one, versions.get(one)])),
          );
        }
      }
    }),
    { numRuns: 15 },
  );
});

test('another resource that got the row of a purged one is found as it is', async () => {
  const [one, other] = opened.map((stores) => stores.forTenant('reuse')) as [ResourceStore, ResourceStore];
  await one.commit([named('first', 1, '{"who":"first"}')]);
  expect((await page(other)).map(({ id }) => id)).toEqual(['first']);
  await one.commit([{ kind: 'purge', type: 'Patient', id: 'first', expectedVersion: 1 }]);
  await one.commit([named('second', 1, '{"who":"second"}')]);
  expect((await page(one)).map(({ body }) => String(body))).toEqual(['{"who":"second"}']);
  expect((await page(other)).map(({ id, body }) => [id, String(body)])).toEqual([
    ['second', '{"who":"second"}'],
  ]);
});

test('more changes than are gone over one by one are seen too', async () => {
  const [one, other] = opened.map((stores) => stores.forTenant('many')) as [ResourceStore, ResourceStore];
  await one.commit([named('a', 1, '{"n":1}')]);
  await page(one);
  expect(String((await page(other))[0]?.body)).toBe('{"n":1}');
  await one.commit([named('a', 2, '{"n":2}'), ...Array.from({ length: 2500 }, (_, n) => put(`other${n}`))]);
  expect(String((await page(one))[0]?.body)).toBe('{"n":2}');
  expect(String((await page(other))[0]?.body)).toBe('{"n":2}');
  await one.commit([named('a', 3, '{"n":3}')]);
  expect(String((await page(one))[0]?.body)).toBe('{"n":3}');
  expect(String((await page(other))[0]?.body)).toBe('{"n":3}');
});

test('the first page along an index and those after it hold each resource once', async () => {
  const store = opened[0]!.forTenant('pages');
  const expected = Array.from({ length: 50 }, (_, n) => `p${n}`);
  await store.commit(expected.map((id, n) => named(id, 1, `{"n":${n}}`)));
  for (const count of [5, 17, 49, 50, 60]) {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const start = cursor === undefined ? {} : { cursor };
      const found = await store.search({
        type: 'Patient',
        expression: startsWithL,
        sort: [],
        count,
        ...start,
      });
      ids.push(...found.matches.map(({ id }) => id));
      cursor = found.next;
    } while (cursor !== undefined);
    expect(ids).toEqual(expected);
  }
});
