import type { ResourceStores } from '../../src/store/contract.ts';
import { describeChanges } from './changes.ts';
import { describeConstraints } from './constraints.ts';
import { describeContained } from './contained.ts';
import { describeExpiring } from './expiring.ts';
import { describeManyMatches } from './many-matches.ts';
import { describePaging } from './paging.ts';
import { describePurge } from './purge.ts';
import { describeSearch } from './search.ts';
import { describeSearchModel } from './search-model.ts';
import { describeSeveralTypes } from './several-types.ts';
import { describeTenants } from './tenants.ts';
import { describeTextSearch } from './text-search.ts';
import { describeVersions } from './versions.ts';

/** What every store has to do: the contracts of `src/store/contract.ts`, without knowledge of any database. */
export function describeStoreContract(name: string, open: () => Promise<ResourceStores>): void {
  describe(`${name} keeps the contract of stores`, () => {
    let opened: ResourceStores;

    beforeAll(async () => {
      opened = await open();
    });

    afterAll(() => opened.close());

    const stores = () => opened;
    describe('versions', () => describeVersions(stores));
    describe('histories of types and tenants', () => describeChanges(stores));
    describe('tenants', () => describeTenants(stores));
    describe('identity keys and claims', () => describeConstraints(stores));
    describe('purging', () => describePurge(stores));
    describe('search criteria', () => describeSearch(stores));
    describe('several types in one order', () => describeSeveralTypes(stores));
    describe('contained resources', () => describeContained(stores));
    describe('words of texts', () => describeTextSearch(stores));
    describe('sorting and paging', () => describePaging(stores));
    describe('searches of many matches', () => describeManyMatches(stores));
    describe('search against a model', () => describeSearchModel(stores));
    describe('expiring values and secrets', () => describeExpiring(stores));
  });
}
