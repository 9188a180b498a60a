import type { ResourceStores } from '../../src/store/contract.ts';
import { describeChanges } from './changes.ts';
import { describeConstraints } from './constraints.ts';
import { describeContained } from './contained.ts';
import { describeExpiring } from './expiring.ts';
import type { OpenedStores } from './fixtures.ts';
import { describeManyMatches } from './many-matches.ts';
import { describePaging } from './paging.ts';
import { describePurge } from './purge.ts';
import { describeSearch } from './search.ts';
import { describeSearchModel } from './search-model.ts';
import { describeSeveralTypes } from './several-types.ts';
import { describeTenants } from './tenants.ts';
import { describeTextSearch } from './text-search.ts';
import { describeVersions } from './versions.ts';
import { describeWatch } from './watch.ts';

export interface ContractOptions {
  /** The share of the runs of properties and of the pages of wide searches: less than 1 for a database whose calls take long. */
  effort?: number;
  /** False for a store that has no index of words. */
  words?: boolean;
}

/** What every store has to do: the contracts of `src/store/contract.ts`, without knowledge of any database. */
export function describeStoreContract(
  name: string,
  open: () => Promise<ResourceStores>,
  { effort = 1, words = true }: ContractOptions = {},
): void {
  describe(`${name} keeps the contract of stores`, () => {
    /** Each part has a database of its own, so that what the others wrote makes no search longer. */
    function part(title: string, tests: (stores: OpenedStores) => void): void {
      describe(title, () => {
        let opened: ResourceStores;

        beforeAll(async () => {
          opened = await open();
        });

        afterAll(() => opened.close());

        tests(() => opened);
      });
    }

    part('versions', describeVersions);
    part('histories of types and tenants', (stores) => describeChanges(stores, effort));
    part('watching', (stores) => describeWatch(stores, effort));
    part('tenants', describeTenants);
    part('identity keys and claims', describeConstraints);
    part('purging', describePurge);
    part('search criteria', describeSearch);
    part('several types in one order', describeSeveralTypes);
    part('contained resources', (stores) => describeContained(stores, words));
    if (words) part('words of texts', (stores) => describeTextSearch(stores, effort));
    part('sorting and paging', describePaging);
    part('searches of many matches', (stores) => describeManyMatches(stores, effort));
    part('search against a model', (stores) => describeSearchModel(stores, effort));
    part('expiring values and secrets', describeExpiring);
  });
}
