import { availableParallelism } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };

const { testTimeout, ...tests } = packageJson.jest;
const rootDir = new URL('..', import.meta.url).pathname;
const ofMongoStore = '<rootDir>/test/store/mongo/';

/** Kills the process that has the embedded database; for MongoDB there is `test/store/mongo/server-processes.test.ts`. */
const ofEmbeddedStore = ['durability'];

/**
 * Tests of the server's behaviour that take long over the MongoDB server of the tests and ask of the store what others
 * ask too: every interaction of every type, indexes over thousands of resources, a thousand patches.
 * `npm run test:mongodb` runs them with all the others.
 */
const long = ['capabilities-walk', 'patch-fuzz', 'search-parameter-upkeep'];

/** The store of MongoDB, and the server's behaviour over it. */
function overMongo(left) {
  return {
    ...tests,
    rootDir,
    displayName: 'mongodb',
    testMatch: [`${ofMongoStore}**/*.test.ts`, '<rootDir>/test/conformance/**/*.test.ts'],
    testPathIgnorePatterns: left.map((name) => `<rootDir>/test/conformance/${name}\\.test\\.ts$`),
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
  // Modules stay in the memory of the process that ran them, so that no process runs all the files; many wait for others.
  maxWorkers: availableParallelism() + 1,
  workerIdleMemoryLimit: '1200MB',
  projects:
    process.env['PASSERELLE_TESTS'] === 'mongodb'
      ? [overMongo(ofEmbeddedStore)]
      : [embedded, overMongo([...ofEmbeddedStore, ...long])],
};
