import { availableParallelism } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { temporaryFolder } from './support/temporary-folder.ts';

const { testTimeout, ...tests } = packageJson.jest;
const rootDir = new URL('..', import.meta.url).pathname;

// What the processes and threads of the servers under test are made of is read and compiled once.
process.env['NODE_COMPILE_CACHE'] ??= `${rootDir}node_modules/.cache/passerelle`;
process.env['TMPDIR'] ??= temporaryFolder();

const ofMongoStore = '<rootDir>/test/store/mongo/';

/** Kills the process that has the embedded database; for MongoDB there is `test/store/mongo/server-processes.test.ts`. */
const ofEmbeddedStore = ['conformance/durability'];

/** The contract in further modes of the MongoDB store: `npm run test:mongodb` runs it with all the others. */
const left = ['store/mongo/tenant-databases-contract', 'store/mongo/encrypted-contract'];

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
 * All tests over the embedded store and those of the server's behaviour once more over MongoDB; with
 * PASSERELLE_TESTS=mongodb all that there are over MongoDB, and nothing else.
 */
export default {
  rootDir,
  testTimeout,
  testSequencer: '<rootDir>/test/support/test-order.ts',
  // Some wait for a server or the disk: one more than there are cores keeps these busy.
  maxWorkers: Math.max(2, availableParallelism()) + 1,
  // Modules stay in the memory of the process that ran them, so that no process runs all the files.
  workerIdleMemoryLimit: '1200MB',
  projects:
    process.env['PASSERELLE_TESTS'] === 'mongodb'
      ? [overMongo(ofEmbeddedStore)]
      : [embedded, overMongo([...ofEmbeddedStore, ...left])],
};
