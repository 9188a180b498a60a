import { existsSync } from 'node:fs';
import { mongoTestUri, withMongoClient } from '../support/mongo.ts';
import { startPasserelle } from './processes.ts';
import { openBenchStore } from './stores.ts';

async function databases(): Promise<string[]> {
  const { databases } = await withMongoClient((client) => client.db().admin().listDatabases());
  return databases.map(({ name }) => name);
}

describe('the store of a bench', () => {
  test('on MongoDB is a database of its own, which is dropped in the end', async () => {
    const uri = await mongoTestUri();
    const store = await openBenchStore('mongo', { MONGODB_URI: uri, MONGODB_DATABASE: 'of-a-site' });
    expect(store.title).toMatch(/^MongoDB \d+\.\d+/);
    const place = await store.newPlace();
    const { MONGODB_DATABASE: name = '' } = place.settings;
    expect(name).toMatch(/^passerelle-bench-/);
    const server = await startPasserelle(place.settings, 'none');
    await server.stop();
    expect(await databases()).toContain(name);
    await place.remove();
    const left = await databases();
    expect(left).not.toContain(name);
    expect(left).not.toContain('of-a-site');
  });

  test('on MongoDB needs its address', async () => {
    await expect(openBenchStore('mongo', { DATA_DIR: '/nowhere' })).rejects.toThrow('MONGODB_URI');
  });

  test('embedded is a folder that is removed in the end', async () => {
    const place = await (await openBenchStore('embedded', {})).newPlace();
    const { folder = '' } = place;
    expect(place.settings).toEqual({ DATA_DIR: folder });
    expect(existsSync(folder)).toBe(true);
    await place.remove();
    expect(existsSync(folder)).toBe(false);
  });
});
