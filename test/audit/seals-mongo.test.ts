import type { Collection, Document } from 'mongodb';
import { Sealer } from '../../src/audit/seals/sealer.ts';
import { verifyAudit } from '../../src/audit/seals/verify.ts';
import { openMongoStores } from '../../src/store/mongo/open.ts';
import { mongoTestUri, newDatabaseName, openMongoTestStores, withMongoClient } from '../support/mongo.ts';
import { extractor } from './extractor.ts';
import { recordReads } from './trail-under-test.ts';

import.meta.jest.setTimeout(240_000);

let database: string;
let stores: Awaited<ReturnType<typeof openMongoTestStores>>;

beforeEach(async () => {
  database = newDatabaseName();
  stores = await openMongoTestStores({ database });
  await recordReads(stores, ['a', 'b', 'c']);
  await sealAll();
  await recordReads(stores, ['d']);
  await sealAll();
});
afterEach(() => stores.close());

const sealAll = () => new Sealer({ stores, extract: extractor }).seal('default', Date.now() + 1000);
const verify = () => verifyAudit({ stores, tenant: 'default' });

/** Changes the documents as somebody who can write them does. */
function tamper(work: (events: Collection<Document>) => Promise<unknown>): Promise<unknown> {
  return withMongoClient((client) => work(client.db(database).collection('current.AuditEvent')));
}

async function eventIds(): Promise<string[]> {
  const { versions } = await stores
    .forTenant('default')
    .changes({ type: 'AuditEvent', count: 100, oldestFirst: true });
  return versions.map(({ id }) => id).filter((id) => !id.startsWith('seal-'));
}

/** The body of a document with one text in place of another. */
async function withOther(
  events: Collection<Document>,
  id: string,
  text: string,
  other: string,
): Promise<Buffer> {
  const document = await events.findOne({ id });
  return Buffer.from(String(Buffer.from(document!['body'].buffer)).replace(text, other));
}

test('a trail that nobody touched is whole', async () => {
  expect(await verify()).toMatchObject({ seals: 2, events: 4, unsealed: 0 });
  expect((await verify()).fault).toBeUndefined();
});

test('two processes record and seal at once: one chain, and no event is lost or there twice', async () => {
  const uri = await mongoTestUri();
  const others = await openMongoStores({ uri, database });
  try {
    const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
    const both = [stores, others];
    await Promise.all(
      both.map((each, index) =>
        recordReads(
          each,
          names.filter((_, at) => at % 2 === index),
        ),
      ),
    );
    const sealing = both.map((each) => new Sealer({ stores: each, extract: extractor }));
    const written = await Promise.all(sealing.map((sealer) => sealer.seal('default', Date.now() + 1000)));
    expect(
      written
        .flat()
        .map(({ number }) => number)
        .sort(),
    ).toEqual([3]);
    expect(await verify()).toMatchObject({ seals: 3, events: 4 + names.length, unsealed: 0 });
    expect((await verify()).fault).toBeUndefined();
  } finally {
    await others.close();
  }
});

test('an event that was changed, removed or inserted is found', async () => {
  const [first, second, third] = (await eventIds()) as [string, string, string];
  await tamper(async (events) => {
    const { _id, ...document } = (await events.findOne({ id: third }))!;
    await events.insertOne({ ...document, id: 'forged' });
  });
  expect((await verify()).fault).toEqual({ kind: 'event-inserted', event: 'forged', seal: 1 });
  await tamper((events) => events.deleteOne({ id: second }));
  expect((await verify()).fault).toEqual({ kind: 'event-removed', position: 2, seal: 1 });
  await tamper(async (events) => {
    const body = await withOther(events, first, 'Patient/a', 'Patient/x');
    await events.updateOne({ id: first }, { $set: { body } });
  });
  expect((await verify()).fault).toEqual({ kind: 'event-changed', event: first, seal: 1 });
});

test('a seal that was changed or removed is found', async () => {
  const [one, two] = ['seal-000000000001', 'seal-000000000002'] as const;
  await tamper((events) => events.deleteOne({ id: two }));
  expect((await verify()).fault).toEqual({ kind: 'seal-missing', seal: 2 });
  await tamper(async (events) => {
    const body = await withOther(events, one, '"sealed"', '"SEALED"');
    await events.updateOne({ id: one }, { $set: { body } });
  });
  expect((await verify()).fault).toEqual({ kind: 'seal-missing', seal: 2 });
});
