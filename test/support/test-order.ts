import { relative } from 'node:path';

/** What the order of the test files needs to know of one: a part of what Jest calls a test. */
interface TestFile {
  path: string;
  context: {
    config: { rootDir: string; displayName?: { name: string } };
    hasteFS: { getSize(path: string): number | null };
  };
}

/** The files that take longest, the slowest first; of all others a larger one takes longer. */
const slowest: readonly string[] = [
  'store/mongo/mongo-contract',
  'cli/copy',
  'conformance/capabilities-walk',
  'store/mongo/lost-primary',
  'conformance/durability',
  'store/encryption/server',
  'browser/fhirclient',
  'conformance/search-parameter-upkeep',
  'store/mongo/query-shapes',
  'cli/audit',
  'store/sqlite-contract',
  'cli/commands',
  'conformance/search-paging',
  'cli/migrate',
  'conformance/transaction',
  'conformance/transaction-links',
  'conformance/reference-policy',
  'ins/http/outage',
  'http/connection-limits',
  'fuzz/fuzzing',
  'store/encryption/encrypted-stores',
  'audit/seals',
  'store/rewriting',
  'auth/smart/enforced',
  'operations/graphql/introspection',
  'store/mongo/index-takeover',
  'store/encryption/sqlite-contract',
];

/**
 * The order in which Jest runs the files. The slow ones begin, so that no process is left alone with one in the end. The
 * files over MongoDB are spread over the whole run: their server is one process, which several of them at a time would
 * wait for while a core is idle.
 */
export default class TestOrder {
  sort<T extends TestFile>(tests: readonly T[]): T[] {
    const isOverMongo = ({ context }: T) => context.config.displayName?.name === 'mongodb';
    const queues = [tests.filter(isOverMongo), tests.filter((test) => !isOverMongo(test))];
    return queues
      .flatMap((queue) =>
        queue.sort(slowerFirst).map((test, position) => ({ test, share: position / queue.length })),
      )
      .sort((one, other) => one.share - other.share)
      .map(({ test }) => test);
  }

  /** The order does not go by the runs before. */
  cacheResults(): void {}
}

function slowerFirst(one: TestFile, other: TestFile): number {
  return rankOf(one) - rankOf(other) || sizeOf(other) - sizeOf(one);
}

function rankOf({ path, context }: TestFile): number {
  const name = relative(`${context.config.rootDir}/test`, path).replace('.test.ts', '');
  const rank = slowest.indexOf(name);
  return rank === -1 ? slowest.length : rank;
}

function sizeOf({ path, context }: TestFile): number {
  return context.hasteFS.getSize(path) ?? 0;
}
