import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { initial } from '../../src/store/sqlite/migrations/0001-initial.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { dropMongoDatabase, mongoTestUri, newDatabaseName, withMongoClient } from '../support/mongo.ts';
import { runPasserelle } from '../support/passerelle.ts';
import { withServerProcess } from '../support/server-process.ts';

import.meta.jest.setTimeout(240_000);

describe('passerelle migrate on the embedded store', () => {
  const migrate = (directory: string, ...args: string[]) =>
    runPasserelle(['migrate', ...args], { DATA_DIR: directory });
  const content = async (directory: string) =>
    Promise.all(
      (await readdir(directory)).map(async (name) => [
        name,
        createHash('sha256')
          .update(await readFile(join(directory, name)))
          .digest('hex'),
      ]),
    );

  test('a dry run makes no database, and tells all steps', async () => {
    const directory = join(await temporaryDirectory(), 'data');
    const { code, stdout } = await migrate(directory, '--dry-run');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^There is no database yet\nTo do, schema version 1: tables of resources/);
    await expect(readdir(directory)).rejects.toThrow('ENOENT');
  });

  test('a dry run leaves an older database as it is, and a run does what it told', async () => {
    const directory = await temporaryDirectory();
    const database = new Database(join(directory, 'passerelle.db'));
    database.exec(initial);
    database.pragma('user_version = 1');
    database.close();
    const before = await content(directory);
    const dry = await migrate(directory, '--dry-run');
    expect(dry.code).toBe(3);
    expect(dry.stdout).toContain('The database has schema version 1\nTo do, schema version 2: histories of');
    expect(await content(directory)).toEqual(before);
    const steps = [...dry.stdout.matchAll(/schema version \d+: (.*)/g)].map(([, title]) => title);
    const run = await migrate(directory);
    expect(run.code).toBe(0);
    expect([...run.stdout.matchAll(/^Done: (.*)/gm)].map(([, title]) => title)).toEqual(steps);
    const again = await migrate(directory, '--dry-run');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('There is nothing to do') });
    expect(await readdir(directory)).toEqual(['passerelle.db']);
    await withServerProcess(directory, {}, async () => {
      expect(await migrate(directory, '--dry-run')).toMatchObject({ code: 0 });
    });
  });

  test('a dry run refuses a newer database too', async () => {
    const directory = await temporaryDirectory();
    const database = new Database(join(directory, 'passerelle.db'));
    database.pragma('user_version = 999');
    database.close();
    const { code, stderr } = await migrate(directory, '--dry-run');
    expect(code).toBe(1);
    expect(stderr).toContain('start the newer release');
  });
});

describe('passerelle migrate on MongoDB', () => {
  let database: string;
  beforeEach(() => {
    database = newDatabaseName();
  });
  afterEach(() => dropMongoDatabase(database));

  const migrate = async (...args: string[]) =>
    runPasserelle(['migrate', ...args], {
      MONGODB_URI: await mongoTestUri(),
      MONGODB_DATABASE: database,
      MONGODB_CALL_TIMEOUT_SECONDS: '120',
    });

  test('a dry run makes nothing, and tells all steps', async () => {
    const { code, stdout } = await migrate('--dry-run');
    expect(stdout).toMatch(/^There is no database yet\nTo do, schema version 1: /);
    expect(code).toBe(3);
    const names = await withMongoClient((client) => client.db(database).listCollections().toArray());
    expect(names).toEqual([]);
  });

  test('of ten processes that start together one takes the steps, and all succeed', async () => {
    const runs = await Promise.all(Array.from({ length: 10 }, () => migrate()));
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, '']));
    expect(runs.filter(({ stdout }) => stdout.includes('Done: '))).toHaveLength(1);
    expect(runs.every(({ stdout }) => /schema version 1\n/.test(stdout))).toBe(true);
    expect(await migrate('--dry-run')).toMatchObject({ code: 0 });
  });

  test('a dry run tells the indexes that are lacking, a run builds them', async () => {
    await migrate();
    await withMongoClient(async (client) => {
      const patients = client.db(database).collection('current.Patient');
      await patients.createIndex({ tenant: 1, id: 1 }, { name: 'id', unique: true });
    });
    const dry = await migrate('--dry-run');
    expect(dry.code).toBe(3);
    expect(dry.stdout).toContain('To do, index of current.Patient: keys\n');
    expect((await migrate()).code).toBe(0);
    expect(await migrate('--dry-run')).toMatchObject({ code: 0 });
  });
});
