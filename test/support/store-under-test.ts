import { basename } from 'node:path';

/** Servers of this test file run over MongoDB instead of the embedded store: see `over-mongodb.ts`. */
const isMongo = process.env['PASSERELLE_TEST_STORE'] === 'mongodb';

/** This many, and a fifth of it over MongoDB: the server of the tests answers some hundreds of calls a second. */
export function many(count: number): number {
  return isMongo ? count / 5 : count;
}

/** The settings that give a server of this data folder its store: nothing for the embedded one. */
export async function storeSettings(directory: string): Promise<Record<string, string>> {
  if (!isMongo) return {};
  const { mongoTestUri } = await support();
  return {
    MONGODB_URI: await mongoTestUri(),
    MONGODB_DATABASE: basename(directory),
    // A server in Python on a busy machine takes its time; the tests tell nothing about speed.
    MONGODB_CALL_TIMEOUT_SECONDS: '60',
    MONGODB_COMMIT_TIMEOUT_SECONDS: '120',
    SEARCH_TIMEOUT_SECONDS: '120',
    TOTAL_TIMEOUT_MILLISECONDS: '60000',
  };
}

/** Removes what the servers of this data folder stored outside of it. */
export async function dropStore(directory: string): Promise<void> {
  if (!isMongo) return;
  const { dropMongoDatabase } = await support();
  await dropMongoDatabase(basename(directory));
}

/** The driver is loaded where it is used: that takes a tenth of the time that modules take to load. */
function support(): Promise<typeof import('./mongo.ts')> {
  return import('./mongo.ts');
}
