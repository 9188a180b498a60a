import type { Expression } from '../../src/search/expression.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import type { DatabaseStores } from '../../src/store/database-stores.ts';
import { openSqliteStores } from '../../src/store/sqlite/open.ts';
import { put } from '../contract/fixtures.ts';
import { entriesOf, issueOf, serverUnderTest } from '../support/fhir-http.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('a search whose chains lead over more than MAX_CHAIN_RESOURCES is refused with 403 too-costly', () => {
  const http = serverUnderTest({ MAX_CHAIN_RESOURCES: '20' });

  beforeAll(async () => {
    for (let n = 0; n < 30; n++) {
      const name = n < 3 ? 'few' : 'many';
      await http.put(`Organization/o${n}`, { resourceType: 'Organization', id: `o${n}`, name });
      await http.put(`Patient/p${n}`, {
        resourceType: 'Patient',
        id: `p${n}`,
        managingOrganization: { reference: `Organization/o${n}` },
      });
    }
  });

  test.each([
    ['a chain', 'Patient?organization.name=many'],
    ['its count', 'Patient?organization.name=many&_summary=count'],
    ['its sorted page', 'Patient?organization.name=many&_sort=birthdate'],
    ['_has', 'Organization?_has:Patient:organization:active:missing=true'],
    ['a chain of a _has', 'Organization?_has:Patient:organization:organization.name=many'],
  ])('%s', async (_, search) => {
    const answer = await http.get(search);
    expect([answer.status, issueOf(answer).code]).toEqual([403, 'too-costly']);
    expect(issueOf(answer).diagnostics).toContain('more than 20 resources');
  });

  test('one that stays below is answered, however often it is asked', async () => {
    for (let time = 0; time < 3; time++) {
      const answer = await http.get('Patient?organization.name=few');
      expect([answer.status, entriesOf(answer, 'match').length]).toEqual([200, 3]);
    }
  });

  test('other criteria do not count', async () => {
    const answer = await http.get('Patient?organization:missing=false&_count=50');
    expect([answer.status, entriesOf(answer, 'match').length]).toEqual([200, 30]);
  });
});

describe('the searches of other threads count as well', () => {
  let stores: DatabaseStores;
  let store: ResourceStore;
  const named = (code: string): Expression => ({
    kind: 'chain',
    parameter: 'organization',
    targetType: 'Organization',
    expression: { kind: 'token', parameter: 'name', code },
  });

  beforeAll(async () => {
    stores = await openSqliteStores({ directory: await temporaryDirectory(), mostLinks: 1_000 });
    store = stores.forTenant('t');
    const numbers = Array.from({ length: 1_500 }, (_, n) => n);
    await store.commit([
      ...numbers.map((n) =>
        put(`o${n}`, {
          type: 'Organization',
          index: { token: [{ parameter: 'name', code: n < 400 ? 'some' : 'most' }] },
        }),
      ),
      ...numbers.map((n) =>
        put(`p${n}`, {
          index: { reference: [{ parameter: 'organization', type: 'Organization', id: `o${n}` }] },
        }),
      ),
    ]);
  });

  afterAll(() => stores.close());

  test('a search', async () => {
    const refused = store.search({ type: 'Patient', expression: named('most'), sort: sorted, count: 10 });
    await expect(refused).rejects.toMatchObject({ status: 403, issues: [{ code: 'too-costly' }] });
    const answered = await store.search({
      type: 'Patient',
      expression: named('some'),
      sort: sorted,
      count: 10,
    });
    expect(answered.matches).toHaveLength(10);
  });

  test('a count', async () => {
    const refused = store.count('Patient', named('most'), 10_000);
    await expect(refused).rejects.toMatchObject({ status: 403, issues: [{ code: 'too-costly' }] });
    expect(await store.count('Patient', named('some'), 10_000)).toBe(400);
  });
});

/** All matches are looked at, so that they can be sorted. */
const sorted = [
  { parameter: 'name', family: 'string' as const, descending: false },
  { parameter: 'other', family: 'string' as const, descending: false },
];
