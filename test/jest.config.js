import { availableParallelism } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };

const { testTimeout, ...tests } = packageJson.jest;
const rootDir = new URL('..', import.meta.url).pathname;
const ofMongoStore = '<rootDir>/test/store/mongo/';

/** Kills the process that has the embedded database; for MongoDB there is `test/store/mongo/server-processes.test.ts`. */
const ofEmbeddedStore = ['conformance/durability'];

/**
 * What takes long over the MongoDB server of the tests and asks of the store what others ask too: every interaction of
 * every type, indexes over thousands of resources, a thousand patches, the whole contract in further modes; and what is
 * about HTTP alone. `npm run test:mongodb` runs them with all the others.
 */
const left = [
  'conformance/capabilities-walk',
  'conformance/patch-fuzz',
  'conformance/search-parameter-upkeep',
  'store/mongo/tenant-databases-contract',
  'store/mongo/encrypted-contract',
  'conformance/compression',
  'conformance/cors',
  'conformance/head-options',
  'conformance/hostile-requests',
  'conformance/large-answers',
  'conformance/malformed-input',
  'conformance/refused-bodies',
  'conformance/shutdown',
];

/** The store of MongoDB, and the server's behaviour over it. */
function overMongo(ignored) {
  return {
    ...tests,
    rootDir,
    displayName: 'mongodb',
    testMatch: [`${ofMongoStore}**/*.test.ts`, '<rootDir>/test/conformance/**/*.test.ts'],
    testPathIgnorePatterns: ignored.map((name) => `<rootDir>/test/${name}\\.test\\.ts$`),
    setupFilesAfterEnv: ['<rootDir>/test/support/over-mongodb.ts'],
  };
}

const embedded = { ...tests, rootDir, displayName: 'embedded', testPathIgnorePatterns: [ofMongoStore] };

/**
 * All tests over the embedded store and, of those of the server's behaviour, nearly all once more over MongoDB; with
 * PASSERELLE_TESTS=mongodb all that there are over MongoDB, and nothing else.
 */
export default {
  rootDir,
  testTimeout,
  // Modules stay in the memory of the process that ran them, so that no process runs all the files.
  maxWorkers: Math.max(2, availableParallelism()),
  workerIdleMemoryLimit: '1200MB',
  projects:
    process.env['PASSERELLE_TESTS'] === 'mongodb'
      ? [overMongo(ofEmbeddedStore)]
      : [embedded, overMongo([...ofEmbeddedStore, ...left])],
};
