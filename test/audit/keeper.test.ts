import { setTimeout as wait } from 'node:timers/promises';
import { AuditKeeper } from '../../src/audit/keeper.ts';
import { Sealer } from '../../src/audit/seals/sealer.ts';
import { verifyAudit } from '../../src/audit/seals/verify.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { extractor } from './extractor.ts';
import { recordReads } from './trail-under-test.ts';

type Stores = Awaited<ReturnType<typeof openSqliteStores>>;
let stores: Stores;

beforeEach(async () => {
  stores = await openSqliteStores({ directory: await temporaryDirectory() });
});
afterEach(() => stores.close());

function keeper(tenants: string[]) {
  const seen = { sealed: [] as string[], expired: [] as string[], failures: [] as unknown[] };
  const made = new AuditKeeper({
    expiring: stores.expiring,
    sealer: new Sealer({ stores, extract: extractor }),
    tenants,
    period: 20,
    expire: async (tenant) => {
      seen.expired.push(tenant);
      return 0;
    },
    onSealed: (tenant, { number }) => seen.sealed.push(`${tenant} ${number}`),
    onExpired: () => undefined,
    onFailure: (error) => seen.failures.push(error),
  });
  return { keeper: made, seen };
}

test('seals the events of each tenant again and again, and looks once a day for what has expired', async () => {
  await recordReads(stores, ['a'], 'one');
  await recordReads(stores, ['b'], 'two');
  const { keeper: kept, seen } = keeper(['one', 'two']);
  kept.start();
  while (seen.sealed.length < 2) await wait(5);
  await recordReads(stores, ['c'], 'two');
  while (seen.sealed.length < 3) await wait(5);
  await kept.stop();
  expect(seen).toEqual({ sealed: ['one 1', 'two 1', 'two 2'], expired: ['one', 'two'], failures: [] });
});

test('of several processes one keeps the trail at a time', async () => {
  await stores.expiring.put('audit-keeper', 'another', 60_000);
  await recordReads(stores, ['a'], 'one');
  const { keeper: kept, seen } = keeper(['one']);
  kept.start();
  await wait(100);
  await kept.stop();
  expect(seen.sealed).toEqual([]);
  expect(await verifyAudit({ stores, tenant: 'one' })).toMatchObject({ seals: 0, unsealed: 1 });
});

test('a trail that was tampered with is told, and the others are kept', async () => {
  await recordReads(stores, ['a'], 'one');
  await stores.expiring.put('audit-head:one', JSON.stringify({ number: 3, hash: '' }), 60_000);
  await recordReads(stores, ['b'], 'two');
  const { keeper: kept, seen } = keeper(['one', 'two']);
  kept.start();
  while (seen.sealed.length === 0) await wait(5);
  await kept.stop();
  expect(seen.sealed).toEqual(['two 1']);
  expect(String(seen.failures[0])).toContain('is missing');
});
