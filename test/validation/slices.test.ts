import {
  canonical,
  type Element,
  extension,
  found,
  ofPatient,
  profile,
  validatorWith,
} from './conformance.ts';

const sliced = (rules: 'open' | 'closed' | 'openAtEnd', further: object = {}): Element => ({
  path: 'Patient.identifier',
  slicing: { discriminator: [{ type: 'value', path: 'system' }], rules, ...further },
});
const slice = (name: string, system: string, further: object = {}): Element[] => [
  { id: `Patient.identifier:${name}`, path: 'Patient.identifier', sliceName: name, ...further },
  { id: `Patient.identifier:${name}.system`, path: 'Patient.identifier.system', min: 1, fixedUri: system },
];
const identifiers = (...systems: string[]) => ({
  identifier: systems.map((system) => ({ system, value: '1' })),
});

describe('slices (profiling.html#slicing)', () => {
  const a = 'https://a.example';
  const b = 'https://b.example';
  test.each<[string, Element[], object, string[]]>([
    ['a required slice that is there', [sliced('open'), ...slice('a', a, { min: 1 })], identifiers(b, a), []],
    [
      'a required slice that is missing',
      [sliced('open'), ...slice('a', a, { min: 1 })],
      identifiers(b),
      ['error required Patient.identifier'],
    ],
    [
      'a minimum of the element is not told beside the slice that misses it',
      [{ ...sliced('open'), min: 2 }, ...slice('a', a, { min: 1 }), ...slice('b', b, { min: 1 })],
      identifiers(a),
      ['error required Patient.identifier'],
    ],
    [
      'too many of a slice',
      [sliced('open'), ...slice('a', a, { max: '1' })],
      identifiers(a, a),
      ['error structure Patient.identifier'],
    ],
    [
      'closed',
      [sliced('closed'), ...slice('a', a)],
      identifiers(a, b),
      ['error structure Patient.identifier[1]'],
    ],
    [
      'open at end',
      [sliced('openAtEnd'), ...slice('a', a)],
      identifiers(b, a),
      ['error structure Patient.identifier[1]'],
    ],
    ['open at end, in order', [sliced('openAtEnd'), ...slice('a', a)], identifiers(a, b), []],
    [
      'ordered',
      [sliced('open', { ordered: true }), ...slice('a', a), ...slice('b', b)],
      identifiers(b, a),
      ['error structure Patient.identifier[1]'],
    ],
    [
      'the rules of a slice hold for its values alone',
      [
        sliced('open'),
        ...slice('a', a),
        { id: 'Patient.identifier:a.use', path: 'Patient.identifier.use', min: 1 },
      ],
      identifiers(b, a),
      ['error required Patient.identifier[1].use'],
    ],
    [
      'a default slice takes what no other takes',
      [
        sliced('closed'),
        ...slice('a', a),
        { id: 'Patient.identifier:@default', path: 'Patient.identifier', sliceName: '@default' },
        { id: 'Patient.identifier:@default.use', path: 'Patient.identifier.use', min: 1 },
      ],
      identifiers(a, b),
      ['error required Patient.identifier[1].use'],
    ],
    [
      'slices of a slice',
      [
        sliced('open'),
        ...slice('a', a, { slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'closed' } }),
        { id: 'Patient.identifier:a/old', path: 'Patient.identifier', sliceName: 'a/old' },
        { id: 'Patient.identifier:a/old.use', path: 'Patient.identifier.use', min: 1, patternCode: 'old' },
      ],
      {
        identifier: [
          { system: a, use: 'old' },
          { system: a, use: 'usual' },
          { system: b, use: 'usual' },
        ],
      },
      ['error structure Patient.identifier[1]'],
    ],
    [
      'two discriminators together',
      [
        {
          path: 'Patient.identifier',
          slicing: {
            discriminator: [
              { type: 'value', path: 'system' },
              { type: 'value', path: 'use' },
            ],
            rules: 'open',
          },
        },
        ...slice('a', a, { max: '1' }),
        { id: 'Patient.identifier:a.use', path: 'Patient.identifier.use', patternCode: 'old' },
      ],
      {
        identifier: [
          { system: a, use: 'old' },
          { system: a, use: 'usual' },
        ],
      },
      [],
    ],
    [
      'by pattern, below the element',
      [
        {
          path: 'Patient.identifier',
          slicing: { discriminator: [{ type: 'pattern', path: 'type' }], rules: 'closed' },
        },
        { id: 'Patient.identifier:mr', path: 'Patient.identifier', sliceName: 'mr' },
        {
          id: 'Patient.identifier:mr.type',
          path: 'Patient.identifier.type',
          patternCodeableConcept: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }],
          },
        },
      ],
      {
        identifier: ['MR', 'PPN'].map((code) => ({
          type: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code, userSelected: true }],
          },
        })),
      },
      ['error structure Patient.identifier[1]'],
    ],
    [
      'by existence',
      [
        {
          path: 'Patient.identifier',
          slicing: { discriminator: [{ type: 'exists', path: 'period' }], rules: 'open' },
        },
        { id: 'Patient.identifier:dated', path: 'Patient.identifier', sliceName: 'dated', max: '1' },
        { id: 'Patient.identifier:dated.period', path: 'Patient.identifier.period', min: 1 },
      ],
      {
        identifier: [
          { value: '1', period: { start: '2020' } },
          { value: '2' },
          { value: '3', period: { start: '2021' } },
        ],
      },
      ['error structure Patient.identifier'],
    ],
  ])('%s', (_, elements, patient, expected) => {
    expect(ofPatient(elements, patient)).toEqual(expected);
  });

  test('by a coding among others, of which two slices have the code or none', () => {
    const typed = (name: string, system: string, code: string): Element[] => [
      { id: `Patient.identifier:${name}`, path: 'Patient.identifier', sliceName: name, max: '1' },
      {
        id: `Patient.identifier:${name}.type`,
        path: 'Patient.identifier.type',
        min: 1,
        patternCodeableConcept: { coding: [{ system, code }] },
      },
    ];
    const elements = [
      {
        path: 'Patient.identifier',
        slicing: { discriminator: [{ type: 'pattern' as const, path: 'type' }], rules: 'closed' as const },
      },
      ...typed('first', a, 'x'),
      ...typed('second', b, 'x'),
      ...typed('third', a, 'y'),
    ];
    const withCodings = (...identifiersOf: [string, string][][]) => ({
      identifier: identifiersOf.map((codings) => ({
        type: { coding: codings.map(([system, code]) => ({ system, code })) },
      })),
    });
    const patient = withCodings(
      [
        ['https://c.example', 'z'],
        [b, 'x'],
      ],
      [[a, 'x']],
      [
        [a, 'y'],
        [a, 'x'],
      ],
      [[b, 'y']],
      [['https://c.example', 'z']],
    );
    // The codes are none of those that the type of an identifier should have.
    expect(ofPatient(elements, patient).filter((line) => !line.startsWith('warning code-invalid'))).toEqual([
      'error structure Patient.identifier[2]',
      'error structure Patient.identifier[3]',
      'error structure Patient.identifier[4]',
      'error structure Patient.identifier',
    ]);
  });

  test('by type and by profile of the entries of a bundle', () => {
    const named = profile('named', 'Patient', [{ path: 'Patient.name', min: 1 }]);
    const entries = (type: 'type' | 'profile', resource: object) =>
      profile('bundle', 'Bundle', [
        { path: 'Bundle.entry', slicing: { discriminator: [{ type, path: 'resource' }], rules: 'open' } },
        { id: 'Bundle.entry:named', path: 'Bundle.entry', sliceName: 'named', min: 1 },
        { id: 'Bundle.entry:named.resource', path: 'Bundle.entry.resource', min: 1, ...resource },
      ]);
    const bundle = (...resources: object[]) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: resources.map((resource, index) => ({ fullUrl: `https://example.org/${index}`, resource })),
    });
    const nameless = { resourceType: 'Patient', active: true };
    const organization = { resourceType: 'Organization', name: 'x' };
    const options = { profiles: [canonical('bundle')] };
    const byType = validatorWith([named, entries('type', { type: [{ code: 'Patient' }] })]);
    expect(found(byType, bundle(organization, nameless), options)).toEqual([]);
    expect(found(byType, bundle(organization), options)).toEqual(['error required Bundle.entry']);
    const byProfile = validatorWith([
      named,
      entries('profile', { type: [{ code: 'Patient', profile: [canonical('named')] }] }),
    ]);
    expect(found(byProfile, bundle({ resourceType: 'Patient', name: [{ text: 'x' }] }), options)).toEqual([]);
    expect(found(byProfile, bundle(nameless), options)).toEqual(['error required Bundle.entry']);
  });

  const observation = (further: object) => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    ...further,
  });
  const ofObservation = (elements: readonly Element[], further: object) =>
    found(validatorWith([profile('observation', 'Observation', elements)]), observation(further), {
      profiles: [canonical('observation')],
    });

  test('a choice by the type of its value', () => {
    const elements: Element[] = [
      {
        path: 'Observation.value[x]',
        slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'closed' },
      },
      {
        id: 'Observation.value[x]:valueQuantity',
        path: 'Observation.value[x]',
        sliceName: 'valueQuantity',
        type: [{ code: 'Quantity' }],
      },
      { id: 'Observation.value[x]:valueQuantity.unit', path: 'Observation.value[x].unit', min: 1 },
    ];
    expect(ofObservation(elements, { valueQuantity: { value: 1, unit: 'g' } })).toEqual([]);
    expect(ofObservation(elements, { valueQuantity: { value: 1 } })).toEqual([
      'error required Observation.value.unit',
    ]);
    expect(ofObservation(elements, { valueString: 'x' })).toEqual(['error structure Observation.value']);
  });

  test('a value of a type that is not allowed is at fault for that alone', () => {
    const elements = [{ path: 'Observation.valueQuantity', min: 1 }];
    expect(ofObservation(elements, { valueQuantity: { value: 1 } })).toEqual([]);
    expect(ofObservation(elements, { valueString: 'x' })).toEqual(['error structure Observation.value']);
    expect(ofObservation(elements, {})).toEqual(['error required Observation.value']);
  });

  test('a part that the slices of an extension do not allow is told once', () => {
    const part = (rules: 'open' | 'closed') =>
      profile('parted', 'Extension', [
        { path: 'Extension.extension', slicing: { discriminator: [{ type: 'value', path: 'url' }], rules } },
        { id: 'Extension.extension:a', path: 'Extension.extension', sliceName: 'a' },
        { id: 'Extension.extension:a.url', path: 'Extension.extension.url', fixedUri: 'a' },
        { path: 'Extension.url', fixedUri: canonical('parted') },
        { path: 'Extension.value[x]', max: '0' },
      ]);
    const patient = { extension: [{ url: canonical('parted'), extension: [{ url: 'b', valueCode: 'x' }] }] };
    expect(ofPatient([], patient, [part('closed')])).toEqual([
      'error structure Patient.extension[0].extension[0]',
    ]);
    expect(ofPatient([], patient, [part('open')])).toEqual([
      'error extension Patient.extension[0].extension[0].url',
    ]);
  });

  test('by the type of what a reference leads to', () => {
    const elements: Element[] = [
      {
        path: 'Observation.performer',
        slicing: { discriminator: [{ type: 'type', path: 'resolve()' }], rules: 'open' },
      },
      {
        id: 'Observation.performer:person',
        path: 'Observation.performer',
        sliceName: 'person',
        min: 1,
        type: [
          { code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Practitioner'] },
        ],
      },
    ];
    const performers = (...references: string[]) => ({
      performer: references.map((reference) => ({ reference })),
    });
    expect(ofObservation(elements, performers('Organization/o', 'Practitioner/p'))).toEqual([]);
    expect(ofObservation(elements, performers('Organization/o'))).toEqual([
      'error required Observation.performer',
    ]);
  });

  test('by the value of an extension', () => {
    const of = (value: string, name: string): Element[] => [
      { id: `Patient.name:${name}`, path: 'Patient.name', sliceName: name, max: '1' },
      { id: `Patient.name:${name}.extension`, path: 'Patient.name.extension', min: 1 },
      {
        id: `Patient.name:${name}.extension:kind`,
        path: 'Patient.name.extension',
        sliceName: 'kind',
        min: 1,
        type: [{ code: 'Extension', profile: [canonical('kind')] }],
      },
      {
        id: `Patient.name:${name}.extension:kind.value[x]`,
        path: 'Patient.name.extension.value[x]',
        patternString: value,
      },
    ];
    const elements: Element[] = [
      {
        path: 'Patient.name',
        slicing: {
          discriminator: [{ type: 'value', path: `extension('${canonical('kind')}').value` }],
          rules: 'closed',
        },
      },
      ...of('stage', 'stage'),
    ];
    const kind = extension('kind', 'string', [{ type: 'element', expression: 'HumanName' }]);
    const names = (...kinds: string[]) => ({
      name: kinds.map((valueString) => ({ text: 'x', extension: [{ url: canonical('kind'), valueString }] })),
    });
    expect(ofPatient(elements, names('stage'), [kind])).toEqual([]);
    expect(ofPatient(elements, names('stage', 'other'), [kind])).toEqual(['error structure Patient.name[1]']);
    expect(ofPatient(elements, names('stage', 'stage'), [kind])).toEqual(['error structure Patient.name']);
  });
});

test('an element whose name starts with that of a choice is no slice of it', () => {
  const path = 'ResearchElementDefinition.characteristic.studyEffectiveTimeFromStart';
  const validator = validatorWith([profile('timeless', 'ResearchElementDefinition', [{ path, max: '0' }])]);
  const definition = (further: object) => ({
    resourceType: 'ResearchElementDefinition',
    status: 'draft',
    type: 'outcome',
    name: 'Outcome',
    characteristic: [{ definitionCodeableConcept: { text: 'x' }, ...further }],
  });
  const ofProfile = { profiles: [canonical('timeless')] };
  expect(found(validator, definition({ studyEffectiveDateTime: '2020' }), ofProfile)).toEqual([]);
  const timed = definition({
    studyEffectiveTimeFromStart: { value: 1, system: 'http://unitsofmeasure.org', code: 'd' },
  });
  expect(found(validator, timed, ofProfile)).toEqual([
    'error structure ResearchElementDefinition.characteristic[0].studyEffectiveTimeFromStart',
  ]);
});
