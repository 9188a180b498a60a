import type { ElementDefinition, StructureDefinition } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../../../src/fhir/canonical.ts';
import { elementsOf, problemOf, profile, published } from './definitions.ts';

describe('snapshots', () => {
  /** Snapshots whose tool left out elements or told more than the differential gives cause for. */
  const otherwisePublished = new Set([
    'bp',
    'catalog',
    'cholesterol',
    'elementdefinition-de',
    'familymemberhistory-genetic',
    'hdlcholesterol',
    'ldlcholesterol',
  ]);

  const rulesOf = ({
    min,
    max,
    type = [],
    binding,
    slicing,
    constraint = [],
    ...others
  }: ElementDefinition) => ({
    min,
    max,
    type: type.map(({ code, profile: profiles, targetProfile }) => [code, profiles, targetProfile]),
    binding: binding && [binding.strength, binding.valueSet],
    slicing: slicing && [slicing.rules, slicing.discriminator],
    constraint: constraint.map(({ key }) => key).sort(),
    values: Object.entries(others).filter(([key]) => /^(fixed|pattern|minValue|maxValue)[A-Z]/.test(key)),
  });

  test.each(
    [...published('profiles-others'), ...published('extension-definitions')]
      .filter(({ id }) => !otherwisePublished.has(id!))
      .map((definition) => [definition.id!, definition] as const),
  )('%s of R4, derived anew, is as published', (_id, { snapshot, ...definition }) => {
    const derived = elementsOf(definition);
    expect([...derived.keys()].sort()).toEqual(snapshot!.element.map(({ id }) => id!).sort());
    for (const element of snapshot!.element) {
      expect([element.id, rulesOf(derived.get(element.id!)!)]).toEqual([element.id, rulesOf(element)]);
    }
  });

  test('slices of elements without ids, and what stands below them', () => {
    const elements = elementsOf(
      profile(
        'panel',
        [
          {
            path: 'Observation.component',
            slicing: { discriminator: [{ type: 'pattern', path: 'code' }], rules: 'open' },
          },
          { path: 'Observation.component', sliceName: 'first', min: 1 },
          { path: 'Observation.component.code', patternCodeableConcept: { text: 'first' } },
          { path: 'Observation.component', sliceName: 'first/inner', max: '1' },
          { path: 'Observation.component', sliceName: 'second' },
          { path: 'Observation.component.code.text', min: 1 },
        ],
        { type: 'Observation' },
      ),
    );
    const ids = [...elements.keys()].filter((id) => /component(:[^.]*)?$/.test(id));
    expect(ids).toEqual(
      ['', ':first', ':first/inner', ':second'].map((slice) => `Observation.component${slice}`),
    );
    expect(elements.get('Observation.component:first')).toMatchObject({
      min: 1,
      max: '*',
      sliceName: 'first',
    });
    expect(elements.get('Observation.component:first/inner')).toMatchObject({ min: 0, max: '1' });
    for (const slice of ['first', 'first/inner']) {
      const code = elements.get(`Observation.component:${slice}.code`);
      expect(code).toMatchObject({
        path: 'Observation.component.code',
        patternCodeableConcept: { text: 'first' },
      });
    }
    expect(elements.get('Observation.component:second.code')).not.toHaveProperty('patternCodeableConcept');
    expect(elements.get('Observation.component:second.code.text')).toMatchObject({
      min: 1,
      base: { path: 'CodeableConcept.text', min: 0, max: '1' },
    });
    expect(elements.get('Observation.component')!.slicing!.rules).toBe('open');
  });

  test.each([
    ['the short form', { path: 'Observation.valueQuantity', min: 1 }, ['Quantity'], 'closed'],
    [
      'the long form',
      {
        path: 'Observation.value[x]',
        id: 'Observation.value[x]:valueQuantity',
        sliceName: 'valueQuantity',
        min: 1,
      },
      11,
      'open',
    ],
  ])('a slice by type in %s', (_form, element, types, rules) => {
    const elements = elementsOf(profile('typed', [element], { type: 'Observation' }));
    const choice = elements.get('Observation.value[x]')!;
    expect(choice.type!.map(({ code }) => code)).toHaveLength(
      typeof types === 'number' ? types : types.length,
    );
    expect(choice.slicing).toMatchObject({ discriminator: [{ type: 'type', path: '$this' }], rules });
    const slice = elements.get('Observation.value[x]:valueQuantity');
    expect(slice).toMatchObject({
      path: 'Observation.value[x]',
      min: 1,
      max: '1',
      type: [{ code: 'Quantity' }],
    });
  });

  test('two short forms allow both types, and lead to the children of each', () => {
    const elements = elementsOf(
      profile(
        'two',
        [
          { path: 'Observation.valueQuantity.unit', min: 1 },
          { path: 'Observation.valueString', maxLength: 5 },
        ],
        { type: 'Observation' },
      ),
    );
    expect(elements.get('Observation.value[x]')!.type!.map(({ code }) => code)).toEqual([
      'Quantity',
      'string',
    ]);
    expect(elements.get('Observation.value[x]:valueQuantity.unit')).toMatchObject({ min: 1 });
    expect(elements.get('Observation.value[x]:valueString')).toMatchObject({ maxLength: 5 });
  });

  test('a short form whose type has a profile keeps it when its children follow', () => {
    const type = [{ code: 'Quantity', profile: [`${structureDefinitionsOfR4}SimpleQuantity`] }];
    const elements = elementsOf(
      profile(
        'simple',
        [
          { path: 'Observation.valueQuantity', type },
          { path: 'Observation.valueQuantity.code', min: 1 },
        ],
        { type: 'Observation' },
      ),
    );
    expect(elements.get('Observation.value[x]:valueQuantity')!.type).toEqual(type);
    expect(elements.get('Observation.value[x]:valueQuantity.code')!.min).toBe(1);
  });

  test('children of a profile of a type, of content that another element has, and of extensions', () => {
    const name = profile('name', [{ path: 'HumanName.family', min: 1 }], {
      type: 'HumanName',
      kind: 'complex-type',
    });
    const elements = elementsOf(
      profile('unfolded', [
        { path: 'Patient.name', type: [{ code: 'HumanName', profile: [name.url] }] },
        { path: 'Patient.name.use', min: 1 },
        {
          path: 'Patient.extension',
          sliceName: 'place',
          type: [{ code: 'Extension', profile: [`${structureDefinitionsOfR4}patient-birthPlace`] }],
        },
        { path: 'Patient.extension.value[x].city', min: 1 },
      ]),
      name,
    );
    expect(elements.get('Patient.name.family')!.min).toBe(1);
    expect(elements.get('Patient.name.use')!.min).toBe(1);
    expect(elements.get('Patient.extension:place.url')!.fixedUri).toBe(
      `${structureDefinitionsOfR4}patient-birthPlace`,
    );
    expect(elements.get('Patient.extension:place.value[x].city')!.min).toBe(1);
    expect(elements.get('Patient.extension')!.slicing!.discriminator).toEqual([
      { type: 'value', path: 'url' },
    ]);
    const items = elementsOf(
      profile('items', [{ path: 'Questionnaire.item.item.item.text', min: 1 }], { type: 'Questionnaire' }),
    );
    expect(items.get('Questionnaire.item.item.item.text')!.min).toBe(1);
    expect(items.get('Questionnaire.item.item.text')!.min).toBe(0);
    expect(items.get('Questionnaire.item.item')).not.toHaveProperty('contentReference');
    expect(items.get('Questionnaire.item.item.item.item')!.contentReference).toBe('#Questionnaire.item');
  });

  test('invariants add up over the chain of bases, and closed slicing stays closed', () => {
    const constraint = (key: string) => ({ key, severity: 'error' as const, human: key, expression: 'true' });
    const slicing = (rules: 'open' | 'closed') => ({
      rules,
      discriminator: [{ type: 'value' as const, path: 'use' }],
    });
    const above = profile('above', [
      { path: 'Patient', constraint: [constraint('a-1')] },
      { path: 'Patient.name', slicing: slicing('closed'), min: 1 },
    ]);
    const below = profile(
      'below',
      [
        { path: 'Patient', constraint: [constraint('b-1'), constraint('a-1')] },
        { path: 'Patient.name', slicing: slicing('open'), max: '2' },
      ],
      { baseDefinition: above.url },
    );
    const elements = elementsOf(below, above);
    expect(elements.get('Patient')!.constraint!.slice(-2)).toEqual([
      { source: below.url, ...constraint('b-1') },
      { source: above.url, ...constraint('a-1') },
    ]);
    expect(elements.get('Patient.name')).toMatchObject({ min: 1, max: '2', slicing: { rules: 'closed' } });
  });

  test('a type that adds to its base', () => {
    const elements = elementsOf(
      profile(
        'Model',
        [
          { path: 'Model.part', min: 1, max: '*', type: [{ code: 'Identifier' }] },
          { path: 'Model.part.value', min: 1 },
        ],
        {
          type: 'http://x.test/Model',
          kind: 'logical',
          derivation: 'specialization',
          baseDefinition: `${structureDefinitionsOfR4}Element`,
        },
      ),
    );
    expect([...elements.keys()].slice(0, 4)).toEqual(['Model', 'Model.id', 'Model.extension', 'Model.part']);
    expect(elements.get('Model.part.value')).toMatchObject({ min: 1, base: { path: 'Identifier.value' } });
  });

  test('a published snapshot is kept; what it has no ids of, and what it names after its type, is put right', () => {
    const snapshot = {
      element: [
        { path: 'Extension' },
        { path: 'Extension.extension', slicing: { rules: 'open' as const } },
        { path: 'Extension.extension', sliceName: 'a' },
        { path: 'Extension.extension.url', fixedUri: 'a' },
        {
          path: 'Extension.valueCode',
          base: { path: 'Extension.value[x]', min: 0, max: '1' },
          type: [{ code: 'code' }],
        },
      ],
    };
    const elements = elementsOf(profile('idless', [], { type: 'Extension', kind: 'complex-type', snapshot }));
    expect([...elements]).toEqual([
      ['Extension', expect.objectContaining({ path: 'Extension' })],
      ['Extension.extension', expect.objectContaining({ slicing: { rules: 'open' } })],
      ['Extension.extension:a', expect.objectContaining({ sliceName: 'a' })],
      ['Extension.extension:a.url', expect.objectContaining({ fixedUri: 'a' })],
      [
        'Extension.value[x]',
        expect.objectContaining({ path: 'Extension.value[x]', type: [{ code: 'code' }] }),
      ],
    ]);
  });
});

describe('profiles that cannot be used', () => {
  const differential = (element: Partial<ElementDefinition>[], more: Partial<StructureDefinition> = {}) =>
    problemOf(profile('broken', element, more));

  test.each<[string, Partial<ElementDefinition>[], Partial<StructureDefinition>, string]>([
    [
      'an element that is not there',
      [{ path: 'Patient.dateOfBirth' }],
      {},
      'the element Patient.dateOfBirth of its differential is not in its base',
    ],
    [
      'an element of another type',
      [{ path: 'Person.name' }],
      {},
      'the element Person.name of its differential is not of Patient',
    ],
    ['an element without path', [{ id: 'Patient.name' }], {}, 'an element of its differential has no path'],
    [
      'a type that the choice has not',
      [{ path: 'Patient.deceasedQuantity' }],
      {},
      'its base does not allow the type of Patient.deceasedQuantity',
    ],
    [
      'an unknown base',
      [],
      { baseDefinition: 'http://x.test/none' },
      'its base http://x.test/none is not known',
    ],
    ['no base', [], { baseDefinition: undefined as never }, 'it names no base and has no snapshot'],
    [
      'itself as base',
      [],
      { baseDefinition: 'http://x.test/broken' },
      'its base http://x.test/broken is based on itself',
    ],
    [
      'an unknown type',
      [{ path: 'Patient.name', type: [{ code: 'Nome' }] }, { path: 'Patient.name.x' }],
      {},
      `the type ${structureDefinitionsOfR4}Nome of Patient.name is not known`,
    ],
    ['a differential that is no list', [], { differential: { element: 7 as never } }, 'it is malformed: '],
    ['a path that is empty', [{ path: '' }], {}, 'the element  of its differential is not of Patient'],
  ])('%s', (_what, element, more, problem) => {
    expect(differential(element, more)).toContain(problem);
  });

  test('cycles of bases, and chains of bases without end', () => {
    const based = (id: string, on: string) => profile(id, [], { baseDefinition: `http://x.test/${on}` });
    expect(problemOf(based('a', 'b'), based('b', 'c'), based('c', 'a'))).toContain('is based on itself');
    const chain = Array.from({ length: 5000 }, (_, index) => based(`p${index}`, `p${index + 1}`));
    expect(problemOf(chain[0]!, ...chain.slice(1))).toContain(
      'more than 100 profiles are based on each other',
    );
  });

  test('a profile whose elements have its own type is no cycle', () => {
    const own = profile(
      'self',
      [
        {
          path: 'Extension.extension',
          sliceName: 'again',
          type: [{ code: 'Extension', profile: ['http://x.test/self'] }],
        },
        { path: 'Extension.extension.url', min: 1 },
      ],
      { type: 'Extension', kind: 'complex-type' },
    );
    expect(elementsOf(own).get('Extension.extension:again.url')!.min).toBe(1);
  });

  const many = <T>(count: number, element: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => element(index));
  const constraint = (index: number) => ({
    key: `k-${index}`,
    severity: 'error' as const,
    human: 'k',
    expression: 'true',
  });

  test.each([
    [
      'slices',
      'more than 20000 elements',
      many(30_000, (index) => ({ path: 'Patient.name', sliceName: `s${index}` })),
    ],
    [
      'children of slices',
      'more than 20000 elements',
      many(600, (index) => [
        { path: 'Patient.link', sliceName: `s${index}` },
        { path: 'Patient.link.other.identifier.assigner.identifier.period.start.extension', min: 1 },
      ]).flat(),
    ],
    ['levels', 'more than 50 levels deep', [{ path: `Patient${'.extension'.repeat(5000)}` }]],
    [
      'invariants',
      'more than 500 invariants',
      many(20_000, (index) => ({ path: 'Patient', constraint: [constraint(index)] })),
    ],
    [
      'types',
      'more than 200 types',
      [
        { path: 'Patient.deceased[x]', type: many(1000, (index) => ({ code: `t${index}` })) },
        { path: 'Patient.deceasedT1' },
      ],
    ],
    [
      'properties',
      'more than 100 properties',
      [{ path: 'Patient.name', ...Object.fromEntries(many(1000, (index) => [`p${index}`, index])) }],
    ],
    ['characters of a name', 'a name of more than 200 characters', [{ path: `Patient.${'x'.repeat(1000)}` }]],
    [
      'characters of an id',
      'an id of more than 1000',
      [{ path: 'Patient.name', sliceName: 's'.repeat(100_000) }],
    ],
  ])('too many %s end before the memory does', (_what, problem, elements) => {
    expect(differential(elements)).toContain(problem);
  });

  test('a published snapshot that is too long', () => {
    const element = many(30_000, () => ({ path: 'Patient.name' })) as ElementDefinition[];
    expect(differential([], { snapshot: { element } })).toContain('more than 20000 elements');
  });
});
