import { emptyIndexValues, type IndexValues } from '../../src/search/index-values.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import type { IndexedParameter, Indexer } from '../../src/store/indexing.ts';
import { foundIds, put } from './fixtures.ts';

export function indexedBy(code: string, complete = false): IndexedParameter {
  const url = `http://x.test/SearchParameter/${code}`;
  return { definition: { url, code, type: 'token', base: ['Patient'] }, signature: code, complete };
}

/** One token, as if computed by the parameters of this generation, or of none. */
export function values(code: string, generation?: number): IndexValues {
  const ofGeneration = generation === undefined ? {} : { generation };
  return { ...emptyIndexValues(), ...ofGeneration, token: [{ parameter: 'code', code }] };
}

export function indexer(changes: Partial<Indexer>): Indexer {
  return {
    refresh: () => undefined,
    extract: () => values('new', 1),
    committed: () => undefined,
    ...changes,
  };
}

/** The resources of tenant `t` with a token. */
export function withCode(stores: DatabaseStores, code: string, type = 'Patient'): Promise<string[]> {
  return foundIds(stores.forTenant('t'), { kind: 'token', parameter: 'code', code }, { type, count: 1000 });
}

/** @param stores empty for each test */
export function describeOutdatedCommits(stores: () => DatabaseStores): void {
  describe('a commit of index values from before the search parameters changed', () => {
    beforeEach(async () => {
      await stores().indexing.replaceParameters(0, [indexedBy('a')]);
    });

    test('is indexed anew, after the parameters were taken up', async () => {
      const calls: string[] = [];
      const told: [string, string[]][] = [];
      stores().indexing.attach(
        indexer({
          refresh: () => calls.push('refresh'),
          extract(body) {
            calls.push(body);
            return values('new', 1);
          },
          async committed(tenant, types) {
            told.push([tenant, [...types]]);
          },
        }),
      );
      const changes = [put('x', { body: '{"n":1}', index: values('old', 0) })];
      expect(await stores().forTenant('t').commit(changes)).toEqual({ ok: true });
      expect(calls).toEqual(['refresh', '{"n":1}']);
      expect(told).toEqual([['t', ['Patient']]]);
      expect(await withCode(stores(), 'old')).toEqual([]);
      expect(await withCode(stores(), 'new')).toEqual(['x']);
    });

    test('writes nothing where nobody can index it anew', async () => {
      const commit = stores()
        .forTenant('t')
        .commit([put('x', { index: values('old', 0) })]);
      await expect(commit).rejects.toThrow('not known here');
      expect(await stores().forTenant('t').read('Patient', 'x')).toBeUndefined();
    });

    test('is given up when it is never in time', async () => {
      stores().indexing.attach(indexer({ extract: () => values('new', 7) }));
      const commit = stores()
        .forTenant('t')
        .commit([put('x', { index: values('old', 0) })]);
      await expect(commit).rejects.toThrow('too often');
    });

    test('is taken as it is when its values belong to no generation', async () => {
      await stores()
        .forTenant('t')
        .commit([put('x', { index: values('plain') })]);
      expect(await withCode(stores(), 'plain')).toEqual(['x']);
    });
  });
}
