import type { CodeSystem, CodeSystemConcept, ConceptMap } from 'fhir/r4.d.ts';
import { parseJson } from '../../src/fhir/json.ts';
import { ended } from '../../src/fhir/steps.ts';
import { indexOf } from '../../src/terminology/code-system-builder.ts';
import { HeldContent } from '../../src/terminology/content.ts';
import { CsvError } from '../../src/terminology/load/csv.ts';
import { storedForm } from '../../src/terminology/load/fragments.ts';
import { tableCodeSystem } from '../../src/terminology/load/table-code-system.ts';
import { codeDetails } from '../../src/terminology/lookup.ts';
import { subsumption } from '../../src/terminology/subsumes.ts';
import { translate } from '../../src/terminology/translate.ts';
import { validateInCodeSystem, validateInValueSet } from '../../src/terminology/validate-code.ts';
import { animalSystem, animals, codes, held, selected, valueSet } from './resources.ts';

const index = indexOf(animalSystem);

describe('a code and its code system', () => {
  const content = new HeldContent(held(animalSystem));
  const validated = (coding: { code: string; display?: string; version?: string }, wishes = {}) =>
    validateInCodeSystem(content, { system: animals, ...coding }, wishes);

  test.each([
    [{ code: 'cat' }, {}, true],
    [{ code: 'cat', display: 'cat' }, {}, true],
    [{ code: 'cat', display: 'Chat' }, {}, true],
    [{ code: 'cat', display: 'Dog' }, {}, false],
    [{ code: 'animal' }, {}, true],
    [{ code: 'animal' }, { abstract: true }, true],
    [{ code: 'animal' }, { abstract: false }, false],
    [{ code: 'dodo' }, {}, true],
    [{ code: 'cow' }, {}, false],
    [{ code: 'cow', version: '2' }, {}, undefined],
    [{ code: 'cow', version: '3' }, {}, false],
  ])('%j %j: %s', (coding, wishes, expected) => expect(validated(coding, wishes).result).toBe(expected));

  test('tells the display in the language that is asked for, and that a code is inactive', () => {
    expect(validated({ code: 'cat' }, { displayLanguage: 'fr' }).display).toBe('Chat');
    expect(validated({ code: 'cat', display: 'Dog' }).message).toContain('Cat');
    expect(validated({ code: 'dodo' }).message).toContain('inactive');
  });

  test('in a value set the names of the value set count too', () => {
    const of = valueSet('urn:vs', [{ system: animals, concept: [{ code: 'cat', display: 'Puss' }] }]);
    const selection = selected(of, animalSystem);
    const check = (code: string, display?: string) =>
      validateInValueSet(content, selection, { system: animals, code, display }, 'the set', {});
    expect(check('cat')).toEqual({ result: true, display: 'Puss' });
    expect(check('cat', 'cat').result).toBe(true);
    expect(check('cat', 'Dog').result).toBe(false);
    expect(check('owl')).toMatchObject({ result: false, message: expect.stringContaining('the set') });
  });

  test.each([
    ['cat', 'cat', 'equivalent'],
    ['mammal', 'tabby', 'subsumes'],
    ['owl', 'flying', 'subsumed-by'],
    ['bat', 'bird', 'not-subsumed'],
  ])('subsumption of %s and %s: %s', (a, b, expected) => expect(subsumption(index, a, b)).toBe(expected));

  test('subsumption that cannot be told', () => {
    const parts = indexOf({ ...animalSystem, hierarchyMeaning: 'part-of' });
    const fragment = indexOf({ ...animalSystem, content: 'fragment' });
    expect(() => subsumption(index, 'cat', 'cow')).toThrow(expect.objectContaining({ status: 404 }));
    expect(() => subsumption(parts, 'mammal', 'cat')).toThrow(expect.objectContaining({ status: 422 }));
    expect(subsumption(fragment, 'mammal', 'cat')).toBe('subsumes');
    expect(() => subsumption(fragment, 'cat', 'bird')).toThrow(expect.objectContaining({ status: 422 }));
  });

  test('the details of a code, all or those that are wanted', () => {
    const cat = index.find('cat') as number;
    const all = codeDetails(index, cat, [], undefined);
    expect(all).toMatchObject({ name: 'Animals of the house', version: '3', display: 'Cat' });
    expect(all.designation).toHaveLength(2);
    expect(all.property).toEqual([
      { code: 'definition', valueString: 'It sleeps.' },
      { code: 'parent', valueCode: 'mammal', description: 'Mammal' },
      { code: 'child', valueCode: 'tabby', description: 'Tabby cat' },
      { code: 'child', valueCode: 'siamese', description: 'Siamese cat' },
      { code: 'inactive', valueBoolean: false },
      { code: 'legs', valueInteger: 4 },
    ]);
    const some = codeDetails(index, cat, ['legs', 'parent'], 'de');
    expect([some.display, some.designation, some.property.map(({ code }) => code)]).toEqual([
      'Katze',
      [],
      ['parent', 'legs'],
    ]);
  });

  test('a decimal stays as it is written', () => {
    const concept = [{ code: 'x', property: [{ code: 'weight', valueDecimal: 1.25 }] }];
    const text = JSON.stringify({ ...animalSystem, concept }).replace('1.25', '1.10');
    const codeSystem = parseJson(text) as unknown as CodeSystem;
    expect(JSON.stringify(codeDetails(indexOf(codeSystem), 0, ['weight'], undefined))).toContain(
      '"valueDecimal":1.10',
    );
    const filter = [{ property: 'weight', op: '=' as const, value: '1.10' }];
    expect(codes(selected(valueSet('urn:vs', [{ system: animals, filter }]), codeSystem))).toEqual(['x']);
  });

  test('concepts nested deep, and those in a circle, are no trouble', () => {
    let deep: CodeSystemConcept = { code: 'bottom' };
    for (let level = 0; level < 20_000; level++) deep = { code: `level-${level}`, concept: [deep] };
    const well = indexOf({ ...animalSystem, concept: [deep] });
    expect(subsumption(well, 'level-19999', 'bottom')).toBe('subsumes');
    const parent = (code: string, valueCode: string) => ({ code, property: [{ code: 'parent', valueCode }] });
    const circle = indexOf({ ...animalSystem, concept: [parent('a', 'b'), parent('b', 'a')] });
    expect(circle.below(circle.find('a') as number).size).toBe(2);
  });
});

describe('translation by concept maps (conceptmap-operation-translate.html)', () => {
  const map: ConceptMap = {
    resourceType: 'ConceptMap',
    url: 'urn:map',
    status: 'active',
    sourceUri: 'urn:vs:from',
    targetCanonical: 'urn:vs:to|2',
    group: [
      {
        source: animals,
        target: 'urn:sounds',
        targetVersion: '7',
        element: [
          { code: 'cat', target: [{ code: 'meow', display: 'Meow', equivalence: 'wider' }] },
          { code: 'rock', target: [{ equivalence: 'unmatched' }] },
          {
            code: 'owl',
            target: [
              {
                code: 'hoot',
                equivalence: 'equal',
                dependsOn: [{ property: 'urn:time', system: 'urn:times', value: 'night' }],
              },
              { code: 'snore', equivalence: 'inexact', product: [{ property: 'urn:volume', value: 'low' }] },
            ],
          },
        ],
        unmapped: { mode: 'other-map', url: 'urn:other' },
      },
    ],
  };
  const other: ConceptMap = {
    ...map,
    url: 'urn:other',
    group: [
      { source: animals, target: 'urn:sounds', element: [], unmapped: { mode: 'fixed', code: 'silence' } },
      { source: animals, target: 'urn:letters', element: [], unmapped: { mode: 'provided' } },
    ],
  };
  const translated = async (
    code: string,
    wishes: Partial<Parameters<typeof translate>[2]> = {},
    system = animals,
  ) => {
    const answer = await translate([map], [{ system, code }], { dependency: [], ...wishes }, async (url) =>
      url === 'urn:other' ? other : map,
    );
    return {
      ...answer,
      codes: answer.matches.map(({ concept, equivalence }) => `${concept?.code}:${equivalence}`),
    };
  };

  test('gives every target with its equivalence and its map', async () => {
    expect(await translated('cat')).toMatchObject({
      result: true,
      matches: [
        {
          equivalence: 'wider',
          source: 'urn:map',
          concept: { system: 'urn:sounds', version: '7', code: 'meow', display: 'Meow' },
        },
      ],
    });
    expect(await translated('rock')).toMatchObject({ result: false, codes: ['undefined:unmatched'] });
    expect((await translated('cat', {}, 'urn:other-system')).result).toBe(false);
  });

  test('backwards', async () => {
    const found = await translated('meow', { reverse: true, target: 'urn:vs:from' }, 'urn:sounds');
    expect(found.codes).toEqual(['cat:narrower']);
  });

  test('what a target depends on has to be given', async () => {
    const without = await translated('owl');
    expect([without.codes, without.message]).toEqual([
      ['snore:inexact'],
      expect.stringContaining('urn:time'),
    ]);
    expect(without.matches[0]?.product).toEqual([{ element: 'urn:volume', concept: { code: 'low' } }]);
    const concept = { coding: [{ system: 'urn:times', code: 'night' }] };
    const given = await translated('owl', { dependency: [{ element: 'urn:time', concept }] });
    expect([given.codes, given.message]).toEqual([['hoot:equal', 'snore:inexact'], undefined]);
  });

  test('what is not mapped is left to another map, which may lead back', async () => {
    expect((await translated('bat')).codes).toEqual(['silence:relatedto', 'bat:equal']);
    expect((await translated('bat', { targetsystem: 'urn:letters' })).codes).toEqual([]);
    const round = {
      ...map,
      group: [{ element: [], unmapped: { mode: 'other-map' as const, url: 'urn:map' } }],
    };
    const answer = await translate([round], [{ code: 'x' }], { dependency: [] }, async () => ({ ...round }));
    expect(answer.matches).toEqual([]);
  });

  test('only maps of the value sets that are asked for', async () => {
    expect((await translated('cat', { source: 'urn:vs:from', target: 'urn:vs:to' })).result).toBe(true);
    expect((await translated('cat', { source: 'urn:vs:elsewhere' })).result).toBe(false);
    expect((await translated('cat', { targetsystem: 'urn:smells' })).result).toBe(false);
  });
});

describe('code systems from tables', () => {
  const header = { resourceType: 'CodeSystem', url: 'urn:t', status: 'active', content: 'complete' } as const;
  const table = (text: string) => tableCodeSystem(text, header);

  test('columns become displays, designations, places and properties', () => {
    const text =
      '\ufeffcode;display;display:fr;parent;status;abstract;Chapitre\r\nA;"One; ""two""\r\nthree";Un;;active;oui;I\r\n\r\nB;Two;;A|A;retired;;\r\n';
    const { property, concept, hierarchyMeaning } = table(text);
    expect(property?.map(({ code, type }) => `${code}:${type}`)).toEqual([
      'parent:code',
      'status:code',
      'notSelectable:boolean',
      'Chapitre:string',
    ]);
    expect(hierarchyMeaning).toBe('is-a');
    expect(concept?.[0]).toEqual({
      code: 'A',
      display: 'One; "two"\r\nthree',
      designation: [{ language: 'fr', value: 'Un' }],
      property: [
        { code: 'status', valueCode: 'active' },
        { code: 'notSelectable', valueBoolean: true },
        { code: 'Chapitre', valueString: 'I' },
      ],
    });
    const built = indexOf(table(text));
    expect([built.isAbstract(0), built.isInactive(1), built.parents(1)]).toEqual([true, true, [0]]);
  });

  test.each([
    ['display\nx', 1, 'column code'],
    ['code,display\nA,x\n,y', 3, 'no code'],
    ['code\nA\nB\nA', 4, 'on line 2 too'],
    ['code,parent\nA,B', 2, 'its parent'],
    ['code,display\nA,"x', 2, 'not closed'],
    ['code,display\nA,"x"y', 2, 'is closed'],
    ['code,,display\nA,,x', 1, 'no name'],
    ['', 1, 'column code'],
  ])('%j is refused with its line', (text, line, reason) => {
    expect(() => table(text)).toThrow(CsvError);
    expect(() => table(text)).toThrow(new RegExp(`^line ${line}: .*${reason}`));
  });

  test('a large code system is stored in parts, which together are the same', () => {
    const rows = Array.from(
      { length: 2500 },
      (_, n) => `C${n},Concept ${n},${n === 0 ? '' : `C${Math.floor((n - 1) / 2)}`}`,
    );
    const whole = table(`code,display,parent\n${rows.join('\n')}`);
    const parts = storedForm(whole);
    expect(parts.map(({ content, count, concept = [] }) => [content, count, concept.length])).toEqual([
      ['fragment', 2500, 1000],
      ['fragment', 2500, 1000],
      ['fragment', 2500, 500],
    ]);
    expect(new Set(parts.map(({ id }) => id)).size).toBe(3);
    expect(storedForm(whole).map(({ id }) => id)).toEqual(parts.map(({ id }) => id));
    expect(storedForm({ ...whole, version: '2' })[0]?.id).not.toBe(parts[0]?.id);
    const joined = {
      ...(parts[0] as (typeof parts)[number]),
      concept: parts.flatMap(({ concept = [] }) => concept),
    };
    expect(subsumption(indexOf(joined), 'C0', 'C2499')).toBe('subsumes');
    expect(indexOf(joined).isComplete).toBe(true);
    expect(() => storedForm({ ...header, url: undefined as unknown as string })).toThrow('without url');
  });

  test('one that is too large to be read at once is read in pieces, once for all who ask', async () => {
    const below = { property: [{ code: 'parent', valueCode: 'c0' }] };
    const concept = Array.from({ length: 3000 }, (_, n) => ({
      code: `c${n}`,
      display: 'x'.repeat(50),
      ...(n === 0 ? {} : below),
    }));
    let json = JSON.stringify({ ...animalSystem, url: 'urn:large', concept });
    let loads = 0;
    const load = async () => {
      loads++;
      return Buffer.from(json);
    };
    const content = () =>
      new HeldContent({
        ...held(),
        codeSystem: () => undefined,
        largeCodeSystem: (canonical) => (/^urn:large/.test(canonical) ? { version: '3', load } : undefined),
        urls: () => new Set(['urn:large', 'urn:small']),
      });
    const whole = content();
    const versions = [undefined, '3', '9'];
    const pace = async <T>(steps: Generator<unknown, T>) => ended(steps);
    const asked = versions.map((version) => whole.loadCodeSystem('urn:large', version, pace));
    const [first, ...others] = await Promise.all(asked);
    expect([first?.size, first?.below(0).size, loads]).toEqual([3000, 3000, 1]);
    expect(others.concat(versions.map((version) => whole.codeSystem('urn:large', version)))).toEqual(
      [1, 2, 3, 4, 5].map(() => first),
    );
    expect([...whole.largeSystems]).toEqual(['urn:large']);
    json = json.slice(0, -2);
    expect(await content().loadCodeSystem('urn:large', undefined, pace)).toBeUndefined();
  });

  test('nested concepts keep their places, a small code system its form', () => {
    expect(storedForm(animalSystem)).toEqual([
      { ...animalSystem, id: expect.stringMatching(/^cs-[0-9a-f]{24}$/) },
    ]);
    const concept = [{ code: 'top', concept: Array.from({ length: 1500 }, (_, n) => ({ code: `c${n}` })) }];
    const parts = storedForm({ ...animalSystem, concept });
    expect(parts[1]?.concept?.at(-1)).toEqual({
      code: 'c1499',
      property: [{ code: 'parent', valueCode: 'top' }],
    });
  });
});
