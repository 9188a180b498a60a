import type { Expression, RangeTest } from '../../src/search/expression.ts';
import type { IndexValues } from '../../src/search/index-values.ts';
import type { ResourceStore } from '../../src/store/contract.ts';
import {
  deletion,
  everything,
  firstInstant,
  foundIds,
  newTenant,
  type OpenedStores,
  put,
} from './fixtures.ts';

const day = 86_400_000;

/** Each kind of search node, on few resources whose values are told. */
export function describeSearch(stores: OpenedStores): void {
  let store: ResourceStore;

  beforeEach(() => {
    store = stores().forTenant(newTenant());
  });

  /** Resources named by the keys, in the order of creation. */
  async function given(resources: Record<string, Partial<IndexValues>>, type = 'Patient'): Promise<void> {
    await store.commit(Object.entries(resources).map(([id, index]) => put(id, { type, index })));
  }

  const token = (code?: string, system?: string | null): Expression => ({
    kind: 'token',
    parameter: 'code',
    ...(code === undefined ? {} : { code }),
    ...(system === undefined ? {} : { system }),
  });

  test('tokens by code, system, both, and without a system', async () => {
    const parameter = 'code';
    await given({
      plain: { token: [{ parameter, code: 'a' }] },
      one: { token: [{ parameter, code: 'a', system: 's1' }] },
      two: { token: [{ parameter, code: 'a', system: 's2' }] },
      both: {
        token: [
          { parameter, code: 'b', system: 's1' },
          { parameter, code: 'a', system: 's2' },
          { parameter, code: 'a' },
        ],
      },
      systemOnly: { token: [{ parameter, system: 's1' }] },
      otherParameter: { token: [{ parameter: 'other', code: 'a', system: 's1' }] },
    });
    expect(await foundIds(store, token('a'))).toEqual(['plain', 'one', 'two', 'both']);
    expect(await foundIds(store, token('a', 's1'))).toEqual(['one']);
    expect(await foundIds(store, token('a', 's2'))).toEqual(['two', 'both']);
    expect(await foundIds(store, token('a', null))).toEqual(['plain', 'both']);
    expect(await foundIds(store, token(undefined, 's1'))).toEqual(['one', 'both', 'systemOnly']);
    expect(await foundIds(store, token('A'))).toEqual([]);
    expect(await foundIds(store, token('a', 'unknown'))).toEqual([]);
    expect(await foundIds(store, { kind: 'token', parameter: 'unknown', code: 'a' })).toEqual([]);
  });

  test('strings by prefix, part and exact form, where % and _ are letters like others', async () => {
    const name = (folded: string, exact: string) => ({ string: [{ parameter: 'name', folded, exact }] });
    await given({
      eloise: name('eloise', 'Éloïse'),
      plain: name('eloise', 'Eloise'),
      elo: name('elo', 'Elo'),
      percent: name('50% elo_', '50% elo_'),
      star: name('50x eloz', '50x eloz'),
      clinic: name('a🏥b', 'A🏥B'),
      last: name('el\u{ffff}', 'EL\u{ffff}'),
    });
    const search = (match: 'prefix' | 'contains' | 'exact', value: string) =>
      foundIds(store, { kind: 'string', parameter: 'name', match, value });
    expect(await search('prefix', 'elo')).toEqual(['eloise', 'plain', 'elo']);
    expect(await search('prefix', 'el')).toEqual(['eloise', 'plain', 'elo', 'last']);
    expect(await search('prefix', '50%')).toEqual(['percent']);
    expect(await search('prefix', 'a🏥')).toEqual(['clinic']);
    expect(await search('contains', 'elo_')).toEqual(['percent']);
    expect(await search('contains', 'lo')).toEqual(['eloise', 'plain', 'elo', 'percent', 'star']);
    expect(await search('contains', '🏥')).toEqual(['clinic']);
    expect(await search('exact', 'Éloïse')).toEqual(['eloise']);
    expect(await search('exact', 'Elo')).toEqual(['elo']);
    expect(await search('exact', 'elo')).toEqual([]);
  });

  test('date ranges, long and short, open and closed', async () => {
    const period = (low: number, high: number) => ({ date: [{ parameter: 'date', low, high }] });
    await given({
      instant: period(10 * day + 5, 10 * day + 6),
      day: period(10 * day, 11 * day),
      month: period(0, 31 * day),
      open: period(5 * day, Number.POSITIVE_INFINITY),
      past: period(Number.NEGATIVE_INFINITY, 2 * day),
    });
    const search = (...tests: RangeTest[]) => foundIds(store, { kind: 'date', parameter: 'date', tests });
    const low = (operator: RangeTest['operator'], value: number): RangeTest => ({
      bound: 'low',
      operator,
      value,
    });
    const high = (operator: RangeTest['operator'], value: number): RangeTest => ({
      bound: 'high',
      operator,
      value,
    });
    expect(await search(low('>=', 10 * day), high('<=', 11 * day))).toEqual(['instant', 'day']);
    expect(await search(high('>', 11 * day))).toEqual(['month', 'open']);
    expect(await search(high('>=', 11 * day))).toEqual(['day', 'month', 'open']);
    expect(await search(low('<', 10 * day))).toEqual(['month', 'open', 'past']);
    expect(await search(low('<=', 10 * day))).toEqual(['day', 'month', 'open', 'past']);
    expect(await search(low('>', 10 * day))).toEqual(['instant']);
    expect(await search(high('<', 11 * day))).toEqual(['instant', 'past']);
    expect(await search(high('>', 10 * day), low('<', 10 * day + 1))).toEqual(['day', 'month', 'open']);
  });

  test('all tests of a range are met by one value', async () => {
    await given({
      split: {
        number: [
          { parameter: 'number', low: 0, high: 1 },
          { parameter: 'number', low: 8, high: 9 },
        ],
      },
      one: { number: [{ parameter: 'number', low: 3.5, high: 4.5 }] },
    });
    const between: Expression = {
      kind: 'number',
      parameter: 'number',
      tests: [
        { bound: 'low', operator: '>=', value: 2 },
        { bound: 'high', operator: '<=', value: 5 },
      ],
    };
    expect(await foundIds(store, between)).toEqual(['one']);
  });

  test('quantities by value, system and unit', async () => {
    const parameter = 'value';
    const ucum = 'http://unitsofmeasure.org';
    await given({
      ucum: { quantity: [{ parameter, low: 69.5, high: 70.5, system: ucum, code: 'kg', unit: 'kilos' }] },
      printed: { quantity: [{ parameter, low: 69.5, high: 70.5, unit: 'kg' }] },
      other: { quantity: [{ parameter, low: 69.5, high: 70.5, system: 'local', code: 'kg' }] },
      bare: { quantity: [{ parameter, low: 69.5, high: 70.5 }] },
      heavy: { quantity: [{ parameter, low: 99_500, high: 100_500, system: ucum, code: 'kg' }] },
    });
    const above60: RangeTest = { bound: 'high', operator: '>', value: 60 };
    const below80: RangeTest = { bound: 'high', operator: '<', value: 80 };
    const search = (tests: RangeTest[], unit?: string, system?: string) =>
      foundIds(store, {
        kind: 'quantity',
        parameter,
        tests,
        ...(unit === undefined ? {} : { unit }),
        ...(system === undefined ? {} : { system }),
      });
    expect(await search([above60])).toEqual(['ucum', 'printed', 'other', 'bare', 'heavy']);
    expect(await search([above60], 'kg', ucum)).toEqual(['ucum', 'heavy']);
    expect(await search([above60, below80], 'kg', ucum)).toEqual(['ucum']);
    expect(await search([above60, below80], 'kg')).toEqual(['ucum', 'printed', 'other']);
    expect(await search([above60], 'kilos')).toEqual(['ucum']);
    expect(await search([above60], 'kilos', ucum)).toEqual([]);
  });

  test('URIs are equal as written', async () => {
    await given({
      a: { uri: [{ parameter: 'url', value: 'http://example.org/a' }] },
      b: { uri: [{ parameter: 'url', value: 'http://example.org/A' }] },
    });
    expect(await foundIds(store, { kind: 'uri', parameter: 'url', value: 'http://example.org/a' })).toEqual([
      'a',
    ]);
  });

  test('references by type and id, by id alone, and by URL', async () => {
    const parameter = 'subject';
    await given({
      patient: { reference: [{ parameter, type: 'Patient', id: '1' }] },
      group: { reference: [{ parameter, type: 'Group', id: '1' }] },
      elsewhere: { reference: [{ parameter, url: 'http://example.org/Patient/1' }] },
      odd: { reference: [{ parameter, url: '1' }] },
    });
    expect(await foundIds(store, { kind: 'reference', parameter, type: 'Patient', id: '1' })).toEqual([
      'patient',
    ]);
    expect(await foundIds(store, { kind: 'reference', parameter, id: '1' })).toEqual(['patient', 'group']);
    const url = 'http://example.org/Patient/1';
    expect(await foundIds(store, { kind: 'reference', parameter, url })).toEqual(['elsewhere']);
    expect(await foundIds(store, { kind: 'reference', parameter, type: 'Device', id: '1' })).toEqual([]);
  });

  test('missing and not count the resources without a value', async () => {
    await given({
      a: { token: [{ parameter: 'code', code: 'a' }] },
      ab: { token: ['a', 'b'].map((code) => ({ parameter: 'code', code })) },
      none: {},
    });
    const missing = (flag: boolean): Expression => ({
      kind: 'missing',
      parameter: 'code',
      family: 'token',
      missing: flag,
    });
    expect(await foundIds(store, missing(true))).toEqual(['none']);
    expect(await foundIds(store, missing(false))).toEqual(['a', 'ab']);
    expect(await foundIds(store, { kind: 'not', operand: token('b') })).toEqual(['a', 'none']);
    expect(await foundIds(store, { kind: 'not', operand: token('z') })).toEqual(['a', 'ab', 'none']);
    expect(await foundIds(store, { kind: 'not', operand: everything })).toEqual([]);
  });

  test('ids, last update, and, or', async () => {
    await given({ a: {}, b: {}, c: { token: [{ parameter: 'code', code: 'x' }] } });
    await store.commit([put('b', { version: 2 })]);
    expect(await foundIds(store, { kind: 'ids', ids: ['c', 'a', 'zz', 'a'] })).toEqual(['a', 'c']);
    expect(await foundIds(store, { kind: 'ids', ids: [] })).toEqual([]);
    const updated = (bound: RangeTest['bound'], operator: RangeTest['operator'], value: number) =>
      foundIds(store, { kind: 'lastUpdated', tests: [{ bound, operator, value: firstInstant + value }] });
    expect(await updated('low', '>=', 2000)).toEqual(['b']);
    expect(await updated('low', '>', 2000)).toEqual([]);
    expect(await updated('low', '<', 2000)).toEqual(['a', 'c']);
    expect(await updated('high', '<=', 1001)).toEqual(['a', 'c']);
    expect(await updated('high', '>', 1001)).toEqual(['b']);
    expect(
      await foundIds(store, { kind: 'or', operands: [token('x'), { kind: 'ids', ids: ['a'] }] }),
    ).toEqual(['a', 'c']);
    expect(await foundIds(store, { kind: 'or', operands: [] })).toEqual([]);
    const both: Expression = { kind: 'and', operands: [token('x'), { kind: 'ids', ids: ['a', 'c'] }] };
    expect(await foundIds(store, both)).toEqual(['c']);
  });

  test('a list of a thousand alternatives', async () => {
    await given({ a: { token: [{ parameter: 'code', code: 'c777', system: 's' }] }, b: {} });
    const operands = Array.from({ length: 1000 }, (_, n) => token(`c${n}`, n % 3 === 0 ? 's' : null));
    expect(await foundIds(store, { kind: 'or', operands })).toEqual(['a']);
    const ranges = Array.from(
      { length: 1000 },
      (_, n): Expression => ({
        kind: 'not',
        operand: { kind: 'ids', ids: [`x${n}`] },
      }),
    );
    expect(await foundIds(store, { kind: 'and', operands: ranges })).toEqual(['a', 'b']);
  });

  test('chains go to targets that are current', async () => {
    const subject = (id: string, type = 'Patient') => ({ reference: [{ parameter: 'subject', type, id }] });
    const family = (folded: string) => ({ string: [{ parameter: 'family', folded, exact: folded }] });
    await given({ p1: family('martin'), p2: family('martin'), p3: family('durand') });
    await given({ g1: family('martin') }, 'Group');
    await given(
      { o1: subject('p1'), o2: subject('p2'), o3: subject('p3'), o4: subject('g1', 'Group'), o5: {} },
      'Observation',
    );
    await store.commit([deletion('p2', 2)]);
    const chain: Expression = {
      kind: 'chain',
      parameter: 'subject',
      targetType: 'Patient',
      expression: { kind: 'string', parameter: 'family', match: 'prefix', value: 'mar' },
    };
    const options = { type: 'Observation' };
    expect(await foundIds(store, chain, options)).toEqual(['o1']);
    expect(await foundIds(store, { kind: 'not', operand: chain }, options)).toEqual(['o2', 'o3', 'o4', 'o5']);
    const any: Expression = { ...chain, expression: everything };
    expect(await foundIds(store, any, options)).toEqual(['o1', 'o3']);
  });

  test('values of the version before are forgotten', async () => {
    await given({ a: { token: [{ parameter: 'code', code: 'old' }] } });
    await store.commit([put('a', { version: 2, index: { token: [{ parameter: 'code', code: 'new' }] } })]);
    expect(await foundIds(store, token('old'))).toEqual([]);
    expect(await foundIds(store, token('new'))).toEqual(['a']);
    await store.commit([deletion('a', 3)]);
    expect(await foundIds(store, token('new'))).toEqual([]);
    expect(await foundIds(store, { kind: 'ids', ids: ['a'] })).toEqual([]);
    expect(await store.count('Patient', everything, 5_000)).toBe(0);
  });

  test('versions that keep, change, return to and regain values are found by those of the last', async () => {
    const valued = (version: number, code: string) =>
      put('a', { version, index: { token: [{ parameter: 'code', code }] } });
    const found = async () => [await foundIds(store, token('one')), await foundIds(store, token('two'))];
    await store.commit([valued(1, 'one')]);
    await store.commit([valued(2, 'one')]);
    expect(await found()).toEqual([['a'], []]);
    await store.commit([valued(3, 'two')]);
    expect(await found()).toEqual([[], ['a']]);
    await store.commit([valued(4, 'one'), valued(5, 'one'), valued(6, 'two'), valued(7, 'one')]);
    expect(await found()).toEqual([['a'], []]);
    await store.commit([deletion('a', 8)]);
    expect(await found()).toEqual([[], []]);
    await store.commit([valued(9, 'one')]);
    expect(await found()).toEqual([['a'], []]);
  });

  test('a value that a resource repeats finds it once', async () => {
    const value = { parameter: 'code', code: 'a', system: 's' };
    await given({ a: { token: [value, value, { parameter: 'code', code: 'a' }] } });
    expect(await foundIds(store, token('a'))).toEqual(['a']);
    expect(await store.count('Patient', token('a'), 5_000)).toBe(1);
  });

  test('targets of a reference parameter, without duplicates and without URLs', async () => {
    const reference = (...ids: string[]) => ({
      reference: [
        ...ids.map((id) => ({ parameter: 'subject', type: 'Patient', id })),
        { parameter: 'performer', type: 'Practitioner', id: 'x' },
        { parameter: 'subject', url: 'http://example.org/Patient/1' },
      ],
    });
    await given({ o1: reference('p1', 'p2'), o2: reference('p2'), o3: reference('p3') }, 'Observation');
    const targets = await store.targets('Observation', ['o1', 'o2', 'missing'], ['subject']);
    expect(targets.map(({ type, id }) => `${type}/${id}`).sort()).toEqual(['Patient/p1', 'Patient/p2']);
    const both = await store.targets('Observation', ['o1', 'o2'], ['performer', 'subject']);
    expect(both.map(({ type, id }) => `${type}/${id}`).sort()).toEqual([
      'Patient/p1',
      'Patient/p2',
      'Practitioner/x',
    ]);
    expect(await store.targets('Observation', [], ['subject'])).toEqual([]);
    expect(await store.targets('Observation', ['o1'], ['unknown'])).toEqual([]);
    expect(await store.targets('Observation', ['o1'], [])).toEqual([]);
  });

  test('a count without any budget is not had', async () => {
    await store.commit(Array.from({ length: 300 }, (_, n) => put(`r${n}`)));
    expect(await store.count('Patient', everything, -1)).toBeUndefined();
    expect(await store.count('Patient', everything, 5_000)).toBe(300);
  });
}
