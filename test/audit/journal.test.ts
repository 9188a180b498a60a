import type { AuditEvent } from 'fhir/r4.d.ts';
import { EventMaker } from '../../src/audit/event-maker.ts';
import { type JournalEntry, pageText, readPage } from '../../src/audit/journal/entry.ts';
import { AuditJournal } from '../../src/audit/journal/journal.ts';
import { Unfolding } from '../../src/audit/journal/unfolding.ts';
import { newId } from '../../src/interactions/identifiers.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { backEnd, contextOf, doctor, source } from './actors.ts';
import { extractor } from './extractor.ts';
import { trailOver } from './trail-under-test.ts';

type Stores = Awaited<ReturnType<typeof openSqliteStores>>;
let stores: Stores;

beforeEach(async () => {
  stores = await openSqliteStores({ directory: await temporaryDirectory() });
});
afterEach(() => stores.close());

const entryOf = (patient: string, actor = doctor): JournalEntry => ({
  id: newId(Date.now()),
  recorded: Date.now(),
  context: { ...contextOf(actor), requestId: `request-${patient}` },
  access: {
    kind: 'Read',
    interaction: 'read',
    resource: { type: 'Patient', id: patient },
    patient,
    outcome: '0',
  },
});

async function events(): Promise<AuditEvent[]> {
  const { versions } = await stores
    .forTenant('default')
    .changes({ type: 'AuditEvent', count: 10_000, oldestFirst: true });
  return versions.map(({ body }) => JSON.parse(body.toString('utf8')) as AuditEvent);
}

const patientsOf = (found: readonly AuditEvent[]) =>
  found.map(({ entity }) => entity?.find(({ type }) => type?.code === '1')?.what?.reference);

test('a page is read as it was written; what its entries share stands once', () => {
  const entries = [entryOf('a'), entryOf('b', backEnd), entryOf('c')];
  const text = pageText({ tenant: 'one', entries });
  expect(text.split('growth-chart')).toHaveLength(2);
  expect(readPage(text)).toEqual({ tenant: 'one', entries });
});

test('pages of several processes have numbers without a gap, and none is lost', async () => {
  const journals = Array.from({ length: 4 }, () => new AuditJournal(stores.expiring));
  const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
  await Promise.all(names.map((name, index) => journals[index % 4]!.write('default', [entryOf(name)])));
  const found: string[] = [];
  for (let number = 1; number <= names.length; number++) {
    const page = await journals[0]!.page(number);
    if (page === undefined || page === 'taken') throw new Error(`no page ${number}`);
    for (const entry of page.entries) if ('access' in entry) found.push(entry.access.patient!);
  }
  expect(found.sort()).toEqual(names.sort());
  expect(await journals[0]!.page(names.length + 1)).toBeUndefined();
});

test('a page that was taken is passed, and a process that starts goes on after it', async () => {
  const journal = new AuditJournal(stores.expiring);
  await journal.write('default', [entryOf('a')]);
  await journal.write('default', [entryOf('b')]);
  await journal.take(1);
  expect(await journal.page(1)).toBe('taken');
  expect(await journal.firstPage()).toBe(2);
  const another = new AuditJournal(stores.expiring);
  await another.write('default', [entryOf('c')]);
  expect(await journal.page(3)).toMatchObject({ entries: [{ access: { patient: 'c' } }] });
});

describe('events of the journal', () => {
  test('are made once, though several processes make them at once', async () => {
    const journal = new AuditJournal(stores.expiring);
    const names = Array.from({ length: 150 }, (_, index) => `p${index}`);
    await journal.write(
      'default',
      names.slice(0, 100).map((name) => entryOf(name)),
    );
    await journal.write(
      'default',
      names.slice(100).map((name) => entryOf(name)),
    );
    await Promise.all(Array.from({ length: 3 }, () => trailOver(stores).settled()));
    expect(patientsOf(await events()).sort()).toEqual(names.map((name) => `Patient/${name}`).sort());
    expect(await journal.firstPage()).toBe(3);
  });

  test('of a process that ended before it made them are made by the next', async () => {
    const journal = new AuditJournal(stores.expiring);
    const entry = entryOf('a');
    await journal.write('default', [entry]);
    await trailOver(stores).settled();
    const [made] = await events();
    expect(made).toMatchObject({ id: entry.id, recorded: new Date(entry.recorded).toISOString() });
  });

  test('of a page that was made in part are made whole', async () => {
    const journal = new AuditJournal(stores.expiring);
    const entries = Array.from({ length: 130 }, (_, index) => entryOf(`p${index}`));
    const first = pageText({ tenant: 'default', entries: entries.slice(0, 70) });
    await stores.expiring.put('audit-journal:1', first, 60_000);
    await trailOver(stores).settled();
    await stores.expiring.put('audit-journal', '1', 60_000);
    await stores.expiring.put('audit-journal:1', pageText({ tenant: 'default', entries }), 60_000);
    await trailOver(stores).settled();
    expect(await events()).toHaveLength(130);
    expect(await journal.firstPage()).toBe(2);
  });

  test('are made behind the requests while nothing else is done', async () => {
    const trail = trailOver(stores);
    await new AuditJournal(stores.expiring).write('default', [entryOf('a')]);
    trail.start();
    while ((await events()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await trail.close();
    expect(patientsOf(await events())).toEqual(['Patient/a']);
  });

  test('are made in step with the entries where too many wait', async () => {
    const journal = new AuditJournal(stores.expiring);
    const maker = new EventMaker({ source, extract: extractor, revision: () => 1 });
    const unfolding = new Unfolding({
      stores,
      journal,
      maker,
      extract: extractor,
      mostWaiting: 5,
      onFailure: (error) => {
        throw error;
      },
    });
    const made: number[] = [];
    for (let page = 0; page < 4; page++) {
      const entries = [entryOf(`a${page}`), entryOf(`b${page}`)];
      await journal.write('default', entries);
      unfolding.wrote(entries.length);
      await unfolding.relieve();
      made.push((await events()).length);
    }
    expect(made).toEqual([0, 0, 2, 4]);
  });
});
