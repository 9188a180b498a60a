import type { ValueSetComposeIncludeFilter } from 'fhir/r4.d.ts';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { expand } from '../../src/terminology/expand.ts';
import { localTerminology } from '../../src/terminology/local-terminology.ts';
import { animalSystem, animals, codes, held, selected, valueSet } from './resources.ts';

const noPause = async () => undefined;
const sct = 'http://snomed.info/sct';

const filtered = (...filter: ValueSetComposeIncludeFilter[]) =>
  selected(valueSet('urn:vs', [{ system: animals, filter }]), animalSystem);

describe('the members of a value set (valueset.html#compositions)', () => {
  const concept = (op: ValueSetComposeIncludeFilter['op'], value: string) => ({
    property: 'concept',
    op,
    value,
  });

  test.each([
    [concept('is-a', 'cat'), 'cat tabby siamese'],
    [concept('is-a', 'flying'), 'bat owl flying'],
    [concept('descendent-of', 'cat'), 'tabby siamese'],
    [concept('is-not-a', 'animal'), 'rock'],
    [concept('generalizes', 'bat'), 'animal mammal bat flying'],
    [concept('in', 'cat, owl,nothing'), 'cat owl'],
    [concept('not-in', 'animal,mammal,cat,tabby,siamese,bat,bird'), 'owl dodo flying rock'],
    [concept('=', 'cat'), 'cat'],
    [concept('regex', '[a-c]at'), 'cat bat'],
    [concept('is-a', 'nothing'), ''],
    [{ property: 'legs', op: '=', value: '4' } as const, 'cat'],
    [{ property: 'legs', op: 'exists', value: 'true' } as const, 'cat bird'],
    [{ property: 'legs', op: 'in', value: '2,3' } as const, 'bird'],
    [{ property: 'display', op: 'regex', value: '.* cat' } as const, 'tabby siamese'],
    [{ property: 'parent', op: '=', value: 'bird' } as const, 'owl dodo'],
    [{ property: 'child', op: '=', value: 'bat' } as const, 'mammal flying'],
  ])('filter %j', (filter, expected) => {
    const selection = filtered(filter);
    expect(codes(selection).join(' ')).toBe(expected);
    for (const code of ['animal', 'cat', 'bat', 'owl', 'rock', 'none']) {
      expect([code, selection.has({ system: animals, code })]).toEqual([
        code,
        expected.split(' ').includes(code),
      ]);
    }
  });

  test('all filters of a rule together', () => {
    expect(codes(filtered(concept('is-a', 'mammal'), concept('is-a', 'flying')))).toEqual(['bat']);
  });

  test('a filter that cannot be applied decides nothing', () => {
    const strange = filtered({ property: 'concept', op: 'child-of' as 'is-a', value: 'cat' });
    const looking = filtered(concept('regex', '(?=c)cat'));
    for (const selection of [strange, looking]) {
      expect(selection.problem).toEqual(expect.any(String));
      expect(selection.has({ system: animals, code: 'cat' })).toBeUndefined();
    }
  });

  test('a regular expression that goes back and forth takes no time', () => {
    expect(codes(filtered({ property: 'display', op: 'regex', value: '(([a-zA-Z ]+)+)+!' }))).toEqual([]);
  });

  test('listed concepts need no content, and take the names of the value set first', () => {
    const of = valueSet('urn:vs', [
      { system: sct, concept: [{ code: '1', display: 'One' }] },
      { system: animals, concept: [{ code: 'cat', display: 'Puss' }, { code: 'owl' }] },
    ]);
    const selection = selected(of, animalSystem);
    const members = [...selection.members([])].filter((member) => member !== undefined);
    expect(members.map(({ code, display }) => `${code}=${display}`)).toEqual([
      '1=One',
      'cat=Puss',
      'owl=Owl',
    ]);
    expect(selection.has({ system: sct, code: '1' })).toBe(true);
    expect(selection.has({ system: sct, code: '2' })).toBe(false);
    expect(selection.has({ code: 'owl' })).toBe(true);
    expect(selection.has({ system: 'urn:other', code: 'owl' })).toBe(false);
  });

  test('includes are joined without repetition, excludes taken away', () => {
    const of = valueSet(
      'urn:vs',
      [
        { system: animals, filter: [concept('is-a', 'bird')] },
        { system: animals, filter: [concept('is-a', 'flying')] },
      ],
      [{ system: animals, concept: [{ code: 'dodo' }] }],
    );
    const selection = selected(of, animalSystem);
    expect(codes(selection)).toEqual(['bird', 'owl', 'bat', 'flying']);
    expect(selection.has({ system: animals, code: 'dodo' })).toBe(false);
  });

  test('a rule with a system and value sets is what all of them have', () => {
    const flying = valueSet('urn:flying', [{ system: animals, filter: [concept('is-a', 'flying')] }]);
    const mammals = valueSet('urn:mammals', [{ system: animals, filter: [concept('is-a', 'mammal')] }]);
    const of = valueSet('urn:vs', [{ system: animals, valueSet: ['urn:flying', 'urn:mammals|1'] }]);
    expect(codes(selected(of, animalSystem, flying, mammals))).toEqual(['bat']);
    const imports = valueSet('urn:vs', [{ valueSet: ['urn:flying'] }]);
    expect(codes(selected(imports, animalSystem, flying))).toEqual(['bat', 'owl', 'flying']);
  });

  test('value sets that import each other, or one that is not there, decide nothing false', () => {
    const round = valueSet('urn:round', [
      { valueSet: ['urn:about'] },
      { system: animals, concept: [{ code: 'cat' }] },
    ]);
    const about = valueSet('urn:about', [{ valueSet: ['urn:round'] }]);
    const selection = selected(round, about, animalSystem);
    expect(selection.problem).toContain('imports itself');
    expect(selection.has({ system: animals, code: 'cat' })).toBe(true);
    expect(selection.has({ system: animals, code: 'owl' })).toBeUndefined();
    expect(selected(valueSet('urn:vs', [{ valueSet: ['urn:absent'] }])).problem).toContain('urn:absent');
  });

  test('imports by a great many ways take no time', async () => {
    const level = (n: number) =>
      valueSet(`urn:level:${n}`, [
        ...Array(10).fill({ valueSet: [`urn:level:${n + 1}`, 'urn:all'] }),
        { valueSet: [`urn:level:${n + 1}`] },
      ]);
    const bottom = valueSet('urn:level:8', [{ system: animals, filter: [concept('is-a', 'nothing')] }]);
    const all = valueSet('urn:all', [{ system: animals }]);
    const [top = all, ...others] = Array.from({ length: 8 }, (_, n) => level(n));
    const selection = selected(top, ...others, bottom, all, animalSystem);
    expect(selection.has({ system: animals, code: 'cat' })).toBe(false);
    expect(selection.systems).toHaveLength(2);
    expect(await expand(selection, {}, noPause)).toEqual({ total: 0, contains: [] });
    const deep = Array.from({ length: 12 }, (_, n) => valueSet(`urn:${n}`, [{ valueSet: [`urn:${n + 1}`] }]));
    expect(selected(deep[0] ?? all, ...deep).problem).toContain('10 deep');
  });

  test('filters and rules are bounded', () => {
    const concepts = Array.from({ length: 30_000 }, (_, n) => ({ code: `c${n}` }));
    const wide = { ...animalSystem, concept: [{ code: 'top', concept: concepts }] };
    const rule = { system: animals, filter: [concept('is-a', 'top')] };
    expect(selected(valueSet('urn:vs', Array(30).fill(rule)), wide).problem).toBeUndefined();
    expect(selected(valueSet('urn:vs', Array(40).fill(rule)), wide).problem).toContain('too many concepts');
    expect(selected(valueSet('urn:vs', Array(1001).fill({ system: animals })), wide).problem).toContain(
      '1000 rules',
    );
    const long = filtered({ property: 'display', op: 'regex', value: 'a'.repeat(501) });
    expect(long.problem).toContain('500 characters');
  });

  test('inactive concepts are left out where the value set says so', () => {
    const { compose, ...of } = valueSet('urn:vs', [
      { system: animals, filter: [concept('is-a', 'bird')] },
      { system: animals, concept: [{ code: 'dodo' }, { code: 'cat' }] },
    ]);
    const active = selected(
      { ...of, compose: { include: compose?.include ?? [], inactive: false } },
      animalSystem,
    );
    expect(codes(active)).toEqual(['bird', 'owl', 'cat']);
    expect(active.has({ system: animals, code: 'dodo' })).toBe(false);
  });

  test('what is not held is not decided, and a part of a code system only where it is found', () => {
    const whole = selected(valueSet('urn:vs', [{ system: sct }]));
    expect(whole.has({ system: sct, code: '1' })).toBeUndefined();
    expect(whole.has({ system: 'urn:other', code: '1' })).toBe(false);
    const excluding = selected(
      valueSet('urn:vs', [{ system: animals }], [{ system: animals, valueSet: ['urn:no'] }]),
      animalSystem,
    );
    expect(excluding.has({ system: animals, code: 'cat' })).toBeUndefined();
    const fragment = { ...animalSystem, content: 'fragment' as const };
    const part = selected(valueSet('urn:vs', [{ system: animals }]), fragment);
    expect([part.has({ code: 'cat' }), part.has({ code: 'cow' })]).toEqual([true, undefined]);
    const counted = selected(valueSet('urn:vs', [{ system: animals }]), { ...fragment, count: 11 });
    expect(counted.has({ code: 'cow' })).toBe(false);
  });

  test('the case of letters counts unless the code system says that it does not', () => {
    const of = valueSet('urn:vs', [{ system: animals }]);
    expect(selected(of, animalSystem).has({ code: 'CAT' })).toBe(false);
    expect(selected(of, { ...animalSystem, caseSensitive: false }).has({ code: 'CAT' })).toBe(true);
  });

  test('an expansion that the value set carries stands for a definition that cannot be worked out', () => {
    const expansion = {
      timestamp: '2026-01-01T00:00:00Z',
      contains: [{ abstract: true, contains: [{ system: sct, code: '1', display: 'One' }] }],
    };
    const selection = selected({
      ...valueSet('urn:vs', [{ system: sct, filter: [concept('is-a', '0')] }]),
      expansion,
    });
    expect([selection.has({ system: sct, code: '1' }), selection.has({ system: sct, code: '2' })]).toEqual([
      true,
      false,
    ]);
    expect(codes(selection)).toEqual(['1']);
    const page = selected({
      resourceType: 'ValueSet',
      status: 'active',
      expansion: { ...expansion, total: 9 },
    });
    expect(page.has({ system: sct, code: '2' })).toBeUndefined();
  });
});

describe('an expansion (valueset-operation-expand.html)', () => {
  const all = selected(valueSet('urn:vs', [{ system: animals }]), animalSystem);
  const shown = async (wishes: Parameters<typeof expand>[1]) => {
    const { total, contains } = await expand(all, wishes, noPause);
    return `${total}: ${contains.map(({ code }) => code).join(' ')}`;
  };

  test.each([
    [{ count: 2 }, '11: animal mammal'],
    [{ count: 2, offset: 9 }, '11: flying rock'],
    [{ count: 0 }, '11: '],
    [{ offset: 20 }, '11: '],
    [{ filter: 'CAT' }, '3: cat tabby siamese'],
    [{ filter: 'cat siam' }, '1: siamese'],
    [{ filter: 'katze' }, '1: cat'],
    [{ filter: "oeuf d'oiseau" }, '1: rock'],
    [{ filter: 'unicorn' }, '0: '],
    [{ filter: 'cat', count: 1, offset: 1 }, '3: tabby'],
    [{ activeOnly: true, filter: 'do' }, '0: '],
    [{ excludeNotForUI: true, filter: 'animal' }, '1: flying'],
    [{ excludedSystems: [animals] }, '0: '],
    [{ excludedSystems: [`${animals}|2`], count: 0 }, '11: '],
  ])('%j', async (wishes, expected) => expect(await shown(wishes)).toBe(expected));

  test('displays in a language, designations, states', async () => {
    const { contains } = await expand(all, { displayLanguage: 'fr-FR', includeDesignations: true }, noPause);
    const one = (code: string) => contains.find((each) => each.code === code);
    expect(one('cat')).toMatchObject({
      display: 'Chat',
      version: '3',
      designation: [{ value: 'Chat' }, { value: 'Katze' }],
    });
    expect(one('owl')?.display).toBe('Owl');
    expect(one('animal')?.abstract).toBe(true);
    expect(one('dodo')?.inactive).toBe(true);
    const short = await expand(all, { designation: ['urn:use|short'] }, noPause);
    expect(short.contains.flatMap(({ designation = [] }) => designation)).toHaveLength(1);
  });

  test('members within those above them, each once', async () => {
    const { contains } = await expand(all, { excludeNested: false }, noPause);
    expect(contains.map(({ code }) => code)).toEqual(['animal', 'rock']);
    expect(contains[0]?.contains?.map(({ code }) => code)).toEqual(['mammal', 'bird', 'flying']);
    expect(JSON.stringify(contains).match(/"bat"/g)).toHaveLength(1);
  });

  test('too many members are refused unless a page is asked for', async () => {
    const concept = Array.from({ length: 12_000 }, (_, n) => ({ code: `c${n}` }));
    const many = selected(valueSet('urn:vs', [{ system: animals }]), { ...animalSystem, concept });
    await expect(expand(many, {}, noPause)).rejects.toMatchObject({
      status: 422,
      issues: [{ code: 'too-costly' }],
    });
    const { total, contains } = await expand(many, { count: 20_000, offset: 100 }, noPause);
    expect([total, contains.length, contains[0]?.code]).toEqual([12_000, 10_000, 'c100']);
    const again = Array(180).fill({ system: animals });
    const manyTimes = selected(valueSet('urn:vs', again), { ...animalSystem, concept });
    await expect(expand(manyTimes, { count: 1 }, noPause)).rejects.toMatchObject({
      message: expect.stringContaining('steps'),
    });
  });

  test('a value set that cannot be listed is refused with the reason', async () => {
    const units = selected(valueSet('urn:vs', [{ system: 'http://unitsofmeasure.org' }]));
    await expect(expand(units, {}, noPause)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('grammar'),
    });
  });
});

describe('the terminology of R4', () => {
  const conformance = loadConformance();
  const terminology = localTerminology(conformance);
  const vs = (name: string) => `http://hl7.org/fhir/ValueSet/${name}`;

  test('required bindings are decided as the structure of R4 decides them', () => {
    const { valueSets } = loadDefinitions();
    for (const [url, { systems }] of Object.entries(valueSets)) {
      for (const [system, list] of Object.entries(systems)) {
        for (const code of list ?? []) {
          expect([url, system, code, terminology.isMember(url, { system, code })]).toEqual([
            url,
            system,
            code,
            true,
          ]);
        }
        const isDecided = Object.values(systems).every((one) => one !== null);
        if (isDecided) {
          expect([url, terminology.isMember(url, { system, code: 'no such code' })]).toEqual([url, false]);
        }
      }
    }
  });

  test.each([
    ['ucum-units', 'mm[Hg]', true],
    ['ucum-units', 'mmHg!', false],
    ['ucum-units', 'cel', false],
    ['all-languages', 'fr-FR', true],
    ['all-languages', 'x-elvish', true],
    ['all-languages', 'fr_FR', false],
    ['mimetypes', 'application/fhir+json; fhirVersion=4.0', true],
    ['mimetypes', 'text', false],
    ['currencies', 'EUR', true],
    ['currencies', 'ABC', undefined],
    ['currencies', 'euro', false],
    ['timezones', 'Europe/Paris', true],
    ['timezones', '+01:00', false],
    ['iso3166-1-2', 'FR', true],
    ['iso3166-1-3', 'FRA', undefined],
    ['condition-code', '404684003', undefined],
    ['observation-codes', '8480-6', undefined],
    ['no-such-value-set', 'x', undefined],
    ['administrative-gender|4.0.1', 'other', true],
    ['administrative-gender', 'Other', false],
  ])('%s %s: %s', (name, code, expected) => expect(terminology.isMember(vs(name), { code })).toBe(expected));

  test('codes of a code system', () => {
    const has = (system: string, code: string, version?: string) =>
      terminology.hasCode({ system, code, version });
    const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
    expect([has(act, 'AMB'), has(act, 'XYZ'), has(act, 'XYZ', '1999')]).toEqual([true, false, undefined]);
    expect([has(sct, '1'), has('http://unitsofmeasure.org', 'kg'), has('urn:none', 'x')]).toEqual([
      undefined,
      true,
      undefined,
    ]);
    expect([
      has('urn:iso:std:iso:3166', 'FR'),
      has('urn:iso:std:iso:3166', 'UK'),
      has('urn:iso:std:iso:3166', 'YU'),
    ]).toEqual([true, false, undefined]);
  });

  test.each<[string, string | undefined, boolean | undefined]>([
    ['Cat', undefined, true],
    ['Chat', undefined, true],
    ['katze ', 'fr', true],
    ['Dog', undefined, false],
    ['Dog', 'fr-CH', false],
    ['Dog', 'en', false],
    ['Gatto', 'it', undefined],
  ])('%s, in a text in %s, is a name of a cat: %s', (display, language, expected) => {
    const local = localTerminology(held(animalSystem));
    const has = (further: object) =>
      local.hasName({ system: animals, code: 'cat', display, ...further }, language);
    expect([has({}), has({ version: '3' })]).toEqual([expected, expected]);
    if (expected !== true) expect(has({ version: '2' })).toBeUndefined();
    expect([has({ code: 'cow' }), has({ system: 'urn:none' })]).toEqual([undefined, undefined]);
  });

  test('a scope on top has its own terminology', () => {
    const scope = conformance.with([animalSystem, valueSet('urn:vs', [{ system: animals }])]);
    expect(localTerminology(scope).isMember('urn:vs', { code: 'owl' })).toBe(true);
    expect(terminology.isMember('urn:vs', { code: 'owl' })).toBeUndefined();
    expect(localTerminology(held(animalSystem)).hasCode({ system: animals, code: 'cow' })).toBe(false);
  });
});
