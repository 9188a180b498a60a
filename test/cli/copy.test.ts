import type { ChildProcess } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Bundle } from 'fhir/r4.d.ts';
import type { MongoClient } from 'mongodb';
import { initial } from '../../src/store/sqlite/migrations/0001-initial.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { type FhirHttp, fhirHttp } from '../support/fhir-http.ts';
import { dropMongoDatabase, mongoTestUri, newDatabaseName, withMongoClient } from '../support/mongo.ts';
import { type CommandRun, runPasserelle } from '../support/passerelle.ts';
import { searchParameter, whenIndexed } from '../support/search-parameters.ts';
import { withServerProcess } from '../support/server-process.ts';

import.meta.jest.setTimeout(400_000);

/** A server in Python on a busy machine takes its time; the tests tell nothing about speed. */
const generous = { MONGODB_CALL_TIMEOUT_SECONDS: '120', MONGODB_COMMIT_TIMEOUT_SECONDS: '300' };

let databases: string[] = [];
afterEach(async () => {
  for (const name of databases) await dropMongoDatabase(name);
  databases = [];
});

/** A MongoDB database that is not there yet: its connection string, and the settings of a server over it. */
async function mongoTarget() {
  const name = newDatabaseName();
  databases.push(name);
  const uri = (await mongoTestUri()).replace('/?', `/${name}?`);
  return { name, uri, settings: { MONGODB_URI: uri, ...generous } };
}

function copy(from: string, to: string, onStart?: (child: ChildProcess) => void): Promise<CommandRun> {
  return runPasserelle(['copy', '--from', from, '--to', to], { MONGODB_URI: '', ...generous }, onStart);
}

const marital = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';

/** A server in use: a verified INS, a deletion, a patch, a conditional create, a parameter of its own. */
async function use(http: FhirHttp): Promise<{ check: string; link: string; historyLink: string }> {
  const verification = await http.post('Patient/adrun-zoe/$verify-ins', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'apply', valueBoolean: true },
      { name: 'evidence', valueCoding: { code: 'CN' } },
    ],
  });
  expect(verification.status).toBe(200);
  await http.post('SearchParameter', searchParameter({ code: 'copied-status' }));
  for (const [id, code] of [
    ['m1', 'M'],
    ['m2', 'S'],
  ]) {
    const maritalStatus = { coding: [{ system: marital, code }] };
    await http.put(`Patient/${id}`, { resourceType: 'Patient', id, maritalStatus });
  }
  expect((await whenIndexed(http, 'Patient?copied-status=M')).json<Bundle>().entry).toHaveLength(1);
  await http.put('Basic/gone', { resourceType: 'Basic', id: 'gone', code: { text: 'x' } });
  await http.delete('Basic/gone');
  const condition = { 'If-None-Exist': 'identifier=urn:c|1' };
  const organization = {
    resourceType: 'Organization',
    identifier: [{ system: 'urn:c', value: '1' }],
    name: 'C',
  };
  expect((await http.post('Organization', organization, condition)).status).toBe(201);
  const checks = (await http.get('VerificationResult')).json<Bundle>();
  const next = (bundle: Bundle) =>
    bundle.link!.find(({ relation }) => relation === 'next')!.url.replace(/^.*\/fhir\//, '');
  return {
    check: checks.entry![0]!.resource!.id!,
    link: next((await http.get('Patient?_count=2')).json()),
    historyLink: next((await http.get('Patient/adrun-zoe/_history?_count=1')).json()),
  };
}

test('a server is moved to MongoDB and back with all that it holds', async () => {
  const [first, last] = [await temporaryDirectory(), join(await temporaryDirectory(), 'data')];
  const mongo = await mongoTarget();
  const used = await withServerProcess(first, { SEED: 'demo' }, ({ origin }) => use(fhirHttp(origin)));
  const paths = [
    'Patient?_sort=_id',
    '_history?_count=500',
    'Patient?copied-status=M',
    'Organization?identifier=urn:c|1',
  ];
  const contents = async (origin: string) =>
    Promise.all(
      paths.map(async (path) => {
        const answer = await fhirHttp(origin).get(path);
        const versions = answer
          .json<Bundle>()
          .entry?.map(({ resource, response }) => ({ resource, response }));
        return versions?.map((version) => JSON.stringify(version)).sort();
      }),
    );
  const before = await withServerProcess(first, {}, ({ origin }) => contents(origin));
  expect(before.every((found) => found!.length > 0)).toBe(true);
  const answer = (await runPasserelle(['ins', 'answer', used.check], { DATA_DIR: first })).stdout;
  expect(answer).toContain('<NumIdentifiant>2751263220749<');

  const there = await copy(`sqlite:${first}`, mongo.uri);
  expect(there).toMatchObject({ code: 0, stderr: '' });
  expect(there.stdout).toMatch(/^\d+ versions copied in .*\n(default \w+: .*\n)+Both databases are equal\n$/);
  expect(there.stdout).not.toMatch(/adrun|2751263220749|1975/i);
  await withServerProcess(first, mongo.settings, async ({ origin }) => {
    expect(await contents(origin)).toEqual(before);
    const http = fhirHttp(origin);
    expect((await http.get(used.historyLink)).status).toBe(200);
    expect((await http.get(used.link)).status).toBe(400);
    expect((await http.get('Basic/gone')).status).toBe(410);
    const condition = { 'If-None-Exist': 'identifier=urn:c|1' };
    expect((await http.post('Organization', { resourceType: 'Organization' }, condition)).status).toBe(200);
  });
  expect((await runPasserelle(['ins', 'answer', used.check], mongo.settings)).stdout).toBe(answer);

  const back = await copy(mongo.uri, `sqlite:${last}`);
  expect(back).toMatchObject({ code: 0, stderr: '' });
  await withServerProcess(last, {}, async ({ origin }) => expect(await contents(origin)).toEqual(before));
  expect((await runPasserelle(['ins', 'answer', used.check], { DATA_DIR: last })).stdout).toBe(answer);

  const again = await copy(`sqlite:${first}`, mongo.uri);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^The copy is complete\n/) });
});

test('between two folders the links to pages of searches hold too', async () => {
  const [first, second] = [await temporaryDirectory(), join(await temporaryDirectory(), 'data')];
  const used = await withServerProcess(first, { SEED: 'demo' }, ({ origin }) => use(fhirHttp(origin)));
  const page = (directory: string) =>
    withServerProcess(directory, {}, async ({ origin }) =>
      (await fhirHttp(origin).get(used.link)).json<Bundle>().entry!.map(({ resource }) => resource!.id),
    );
  const expected = await page(first);
  const run = await copy(`sqlite:${first}`, `sqlite:${second}`);
  expect(run).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('Both databases are equal'),
  });
  expect(await page(second)).toEqual(expected);
});

test('a copy that was killed is no database to start on, and goes on where it was', async () => {
  const directory = await temporaryDirectory();
  const seeded = await runPasserelle(['seed', '--patients', '700'], { DATA_DIR: directory });
  expect(seeded.code).toBe(0);
  const mongo = await mongoTarget();
  const copied = (client: MongoClient) =>
    client
      .db(mongo.name)
      .collection<{ _id: string; note: string }>('fact')
      .findOne({ _id: 'transfer' })
      .then((fact) => (fact === null ? 0 : (JSON.parse(fact.note) as { versions: number }).versions));
  const killed = await withMongoClient((client) =>
    copy(`sqlite:${directory}`, mongo.uri, async (child) => {
      while (child.exitCode === null && (await copied(client)) === 0) await wait(50);
      child.kill('SIGKILL');
    }),
  );
  expect(killed).toMatchObject({ code: -1, stdout: '' });
  const done = await withMongoClient(copied);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(700);

  const start = await runPasserelle(['serve'], { ...mongo.settings, SEED: 'none' });
  expect(start).toMatchObject({ code: 1, stderr: expect.stringContaining('run passerelle copy again') });
  const due = await runPasserelle(['ins', 'due'], mongo.settings);
  expect(due).toMatchObject({ code: 1, stderr: expect.stringContaining('run passerelle copy again') });
  const onward = await copy(mongo.uri, `sqlite:${join(await temporaryDirectory(), 'x')}`);
  expect(onward).toMatchObject({ code: 1, stderr: expect.stringContaining('run passerelle copy again') });

  const resumed = await copy(`sqlite:${directory}`, mongo.uri);
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(resumed.stdout).toMatch(/^(\d+) versions copied in .*, after those of a run before\n/);
  expect(Number(/^\d+/.exec(resumed.stdout)?.[0])).toBeLessThanOrEqual(700 - done);
  expect(resumed.stdout).toMatch(/default Patient: 700 resources, 700 versions, sha256 [0-9a-f]{16}\n/);
});

describe('passerelle copy refuses', () => {
  test.each([
    [[]],
    [['--from', 'sqlite:/tmp/a']],
    [['--from', 'sqlite:', '--to', 'postgres://x']],
    [['--from', 'sqlite:/tmp/a', '--to', 'mongodb:']],
  ])('%j with its use', async (args) => {
    const { code, stderr } = await runPasserelle(['copy', ...args], { MONGODB_URI: '' });
    expect(code).toBe(2);
    expect(stderr).toContain('passerelle copy --from');
  });

  test('a source that is not there, and makes none', async () => {
    const directory = await temporaryDirectory();
    const run = await copy(`sqlite:${directory}/a`, `sqlite:${directory}/b`);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('no database to copy from') });
    expect(await readdir(directory)).toEqual([]);
  });

  test('a source of an older schema, and does not migrate it', async () => {
    const directory = await temporaryDirectory();
    const database = new Database(join(directory, 'passerelle.db'));
    database.exec(initial);
    database.pragma('user_version = 1');
    database.close();
    const run = await copy(`sqlite:${directory}`, `sqlite:${directory}/b`);
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('run passerelle migrate on it first'),
    });
    expect(await readdir(directory)).toEqual(['passerelle.db']);
  });

  test('a target with data of its own, and leaves it', async () => {
    const [one, other] = [await temporaryDirectory(), await temporaryDirectory()];
    for (const directory of [one, other])
      await runPasserelle(['seed', '--patients', '3'], { DATA_DIR: directory });
    const run = await copy(`sqlite:${one}`, `sqlite:${other}`);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('The target holds data') });
    const itself = await copy(`sqlite:${one}`, `sqlite:${one}/`);
    expect(itself).toMatchObject({ code: 1, stderr: expect.stringContaining('the same database') });
    const damaged = await temporaryDirectory();
    await writeFile(join(damaged, 'passerelle.db'), 'no database at all, only a text');
    expect((await copy(`sqlite:${one}`, `sqlite:${damaged}`)).code).toBe(1);
  });
});

test('a target that was written to afterwards is told apart, with exit code 1 and no identity', async () => {
  const [first, second] = [await temporaryDirectory(), join(await temporaryDirectory(), 'data')];
  await runPasserelle(['seed', '--patients', '3'], { DATA_DIR: first });
  await copy(`sqlite:${first}`, `sqlite:${second}`);
  await runPasserelle(['seed', '--patients', '2', '--seed', '5'], { DATA_DIR: second });
  const run = await copy(`sqlite:${first}`, `sqlite:${second}`);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(
    /^default Patient: 3 resources, 3 versions DIFFER from 3 resources, 5 versions\nThe databases differ/,
  );
});
