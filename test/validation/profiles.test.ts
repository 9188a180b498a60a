import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import {
  canonical,
  type Element,
  extension,
  found,
  ofPatient,
  profile,
  validatorWith,
} from './conformance.ts';

/** An extension of R4 by which a definition limits a value. */
const limit = (name: string, value: object) => ({
  url: `http://hl7.org/fhir/StructureDefinition/${name}`,
  ...value,
});

describe('elements of a profile', () => {
  test.each<[string, Element[], object, string[]]>([
    ['a minimum that is reached', [{ path: 'Patient.birthDate', min: 1 }], { birthDate: '1980' }, []],
    [
      'a minimum that is missed',
      [{ path: 'Patient.birthDate', min: 1 }],
      { active: true },
      ['error required Patient.birthDate'],
    ],
    [
      'a primitive that has extensions alone is there',
      [{ path: 'Patient.birthDate', min: 1 }],
      {
        _birthDate: {
          extension: [
            { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
          ],
        },
      },
      [],
    ],
    [
      'a maximum',
      [{ path: 'Patient.name', max: '1' }],
      { name: [{ text: 'a' }, { text: 'b' }] },
      ['error structure Patient.name'],
    ],
    [
      'an element that is taken away',
      [{ path: 'Patient.photo', max: '0' }],
      { photo: [{ url: 'http://a.b' }] },
      ['error structure Patient.photo'],
    ],
    [
      'a fixed value',
      [{ path: 'Patient.active', fixedBoolean: true }],
      { active: false },
      ['error value Patient.active'],
    ],
    [
      'a fixed text, which a value may have with an extension and may not lack',
      [{ path: 'Patient.name.family', min: 1, fixedString: 'Dupont' }],
      {
        name: [
          { family: 'Dupont' },
          { family: 'Dupond' },
          { given: ['Jean'] },
          { family: 'Dupont', _family: { id: 'a' } },
          { text: 'x', _family: { id: 'b' } },
        ],
      },
      [
        'error value Patient.name[1].family',
        'error required Patient.name[2].family',
        'error value Patient.name[4].family',
      ],
    ],
    [
      'a fixed text that has a longest length as well',
      [{ path: 'Patient.name.family', fixedString: 'Dupont', maxLength: 3 }],
      { name: [{ family: 'Dupont' }] },
      ['error too-long Patient.name[0].family'],
    ],
    [
      'a pattern that another coding fits',
      [{ path: 'Patient.maritalStatus', patternCodeableConcept: { coding: [{ code: 'M' }] } }],
      {
        maritalStatus: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' },
            { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' },
          ],
        },
      },
      [],
    ],
    [
      'a pattern that does not fit',
      [{ path: 'Patient.maritalStatus', patternCodeableConcept: { text: 'x' } }],
      { maritalStatus: { text: 'y' } },
      ['error value Patient.maritalStatus.text'],
    ],
    [
      'a longest text',
      [{ path: 'Patient.name.family', maxLength: 3 }],
      { name: [{ family: 'Dupont' }] },
      ['error too-long Patient.name[0].family'],
    ],
    [
      'limits that extensions state',
      [
        { path: 'Patient.name.family', extension: [limit('regex', { valueString: 'a|bc*' })] },
        { path: 'Patient.name.given', extension: [limit('minLength', { valueInteger: 2 })] },
        { path: 'Patient.photo', extension: [limit('maxSize', { valueDecimal: 3 })] },
        {
          path: 'Patient.birthDate',
          type: [{ code: 'date', extension: [limit('regex', { valueString: '\\d{4}' })] }],
        },
      ],
      {
        name: [
          { family: 'bcc', given: ['xy'] },
          { family: 'abc', given: ['x'] },
        ],
        birthDate: '1980-01',
        photo: ['AAAA', 'AAAAAAAA'].map((data) => ({ contentType: 'text/plain', data })),
      },
      [
        'error value Patient.name[1].family',
        'error value Patient.name[1].given[0]',
        'error value Patient.birthDate',
        'error value Patient.photo[1]',
      ],
    ],
    [
      'a least date',
      [{ path: 'Patient.birthDate', minValueDate: '1900-01-01' }],
      { birthDate: '1899' },
      ['error value Patient.birthDate'],
    ],
    [
      'a greatest date',
      [{ path: 'Patient.birthDate', maxValueDate: '2000-01-01' }],
      { birthDate: '2000-01-01' },
      [],
    ],
    [
      'a type of a choice that is left out',
      [{ path: 'Patient.deceased[x]', type: [{ code: 'boolean' }] }],
      { deceasedDateTime: '2020' },
      ['error structure Patient.deceased'],
    ],
    [
      'children of each repetition, with its index',
      [{ path: 'Patient.contact.gender', min: 1 }],
      { contact: [{ gender: 'male', name: { text: 'x' } }, { name: { text: 'x' } }] },
      ['error required Patient.contact[1].gender'],
    ],
    [
      'an invariant, with its key',
      [
        {
          path: 'Patient',
          constraint: [
            {
              key: 'own-1',
              severity: 'error',
              human: 'A name or an identifier',
              expression: 'name.exists() or identifier.exists()',
            },
          ],
        },
      ],
      { active: true },
      ['error invariant Patient own-1'],
    ],
    [
      'an invariant of severity warning',
      [
        {
          path: 'Patient.name',
          constraint: [
            { key: 'own-2', severity: 'warning', human: 'A family name', expression: 'family.exists()' },
          ],
        },
      ],
      { name: [{ text: 'x' }] },
      ['warning invariant Patient.name[0] own-2'],
    ],
    [
      'an invariant that cannot be evaluated is said to be unchecked',
      [
        {
          path: 'Patient',
          constraint: [{ key: 'own-3', severity: 'error', human: 'x', expression: 'no such(' }],
        },
      ],
      { active: true },
      ['warning not-supported Patient own-3'],
    ],
  ])('%s', (_, elements, patient, expected) => {
    expect(ofPatient(elements, patient)).toEqual(expected);
  });

  test('each of many elements that must be there and lack', () => {
    const names = (loadDefinitions().types['Task']?.elements ?? [])
      .map(({ name }) => name)
      .filter((name) => !['id', 'meta', 'status', 'intent'].includes(name));
    expect(names.length).toBeGreaterThan(30);
    const required = names.map((name) => ({ path: `Task.${name}`, min: 1 }));
    const task = { resourceType: 'Task', status: 'ready', intent: 'order', language: 'fr', description: 'x' };
    const validator = validatorWith([profile('task', 'Task', required)]);
    const lacking = names.filter((name) => !(name in task)).map((name) => `error required Task.${name}`);
    expect(found(validator, task, { profiles: [canonical('task')] }).sort()).toEqual(lacking.sort());
  });

  test('a value of the wrong kind is told by the structure alone', () => {
    const elements = [
      { path: 'Patient.name', max: '1' },
      { path: 'Patient.name.family', min: 1 },
    ];
    expect(ofPatient(elements, { name: { family: 7 }, birthDate: 1980 })).toEqual([
      'error structure Patient.name',
      'error structure Patient.birthDate',
    ]);
  });
});

describe('extensions (defining-extensions.html)', () => {
  const definitions = [
    extension('of-name', 'string', [{ type: 'element', expression: 'HumanName' }]),
    extension('of-date', 'date', [{ type: 'element', expression: 'Patient.birthDate' }]),
    {
      ...extension('of-inactive', 'string', [{ type: 'element', expression: 'Patient' }]),
      contextInvariant: ['Patient.active.not()'],
    },
    extension(
      'modifying',
      'boolean',
      [{ type: 'element', expression: 'Patient' }],
      [{ path: 'Extension', isModifier: true, isModifierReason: 'x' }],
    ),
    extension('of-extension', 'string', [{ type: 'extension', expression: canonical('outer') }]),
    profile('outer', 'Extension', [
      { path: 'Extension.extension', min: 1 },
      { id: 'Extension.extension:part', path: 'Extension.extension', sliceName: 'part' },
      { id: 'Extension.extension:part.url', path: 'Extension.extension.url', fixedUri: 'part' },
      { path: 'Extension.url', fixedUri: canonical('outer') },
    ]),
    extension('by-path', 'string', [{ type: 'fhirpath', expression: 'Patient.contact' }]),
  ];
  const validator = validatorWith(definitions);
  const of = (name: string, value: object) => ({ url: canonical(name), ...value });
  test.each<[string, object, string[]]>([
    ['where it may stand', { name: [{ text: 'x', extension: [of('of-name', { valueString: 'x' })] }] }, []],
    [
      'where it may not',
      { extension: [of('of-name', { valueString: 'x' })] },
      ['error extension Patient.extension[0]'],
    ],
    [
      'of another type',
      { name: [{ extension: [of('of-name', { valueBoolean: true })] }] },
      ['error structure Patient.name[0].extension[0].value'],
    ],
    [
      'on a primitive',
      { birthDate: '1980', _birthDate: { extension: [of('of-date', { valueDate: '1980' })] } },
      [],
    ],
    [
      'on another primitive',
      { gender: 'male', _gender: { extension: [of('of-date', { valueDate: '1980' })] } },
      ['error extension Patient.gender.extension[0]'],
    ],
    ['a modifier as such', { modifierExtension: [of('modifying', { valueBoolean: true })] }, []],
    [
      'a modifier among the others',
      { extension: [of('modifying', { valueBoolean: true })] },
      ['error extension Patient.extension[0]'],
    ],
    [
      'where its condition is met',
      { active: false, extension: [of('of-inactive', { valueString: 'x' })] },
      [],
    ],
    [
      'where its condition is not met',
      { active: true, extension: [of('of-inactive', { valueString: 'x' })] },
      ['error extension Patient.extension[0]'],
    ],
    [
      'by FHIRPath',
      { contact: [{ name: { text: 'x' }, extension: [of('by-path', { valueString: 'x' })] }] },
      [],
    ],
    [
      'within the extension that it is for',
      { extension: [of('outer', { extension: [of('of-extension', { valueString: 'x' })] })] },
      [],
    ],
    [
      'within another one',
      { extension: [of('other', { extension: [of('of-extension', { valueString: 'x' })] })] },
      ['error extension Patient.extension[0].extension[0]'],
    ],
    [
      'a part that the definition does not have',
      {
        extension: [
          of('outer', {
            extension: [
              { url: 'part', valueString: 'x' },
              { url: 'else', valueString: 'x' },
            ],
          }),
        ],
      },
      ['error extension Patient.extension[0].extension[1].url'],
    ],
    ['an unknown one is taken', { extension: [of('unheard-of', { valueString: 'x' })] }, []],
    [
      'an unknown modifier is told',
      { modifierExtension: [of('unheard-of', { valueString: 'x' })] },
      ['warning extension Patient.modifierExtension[0]'],
    ],
    [
      'a URL that is not absolute',
      { extension: [{ url: 'name', valueString: 'x' }] },
      ['error value Patient.extension[0].url'],
    ],
  ])('%s', (_, patient, expected) => {
    expect(found(validator, { resourceType: 'Patient', ...patient })).toEqual(expected);
  });
});

describe('profiles that resources declare (resource.html#Meta.profile)', () => {
  const active = profile('active', 'Patient', [{ path: 'Patient.active', min: 1 }], { version: '2.0.0' });
  const validator = validatorWith([active]);
  const declaring = (...profiles: string[]) => ({
    resourceType: 'Patient',
    gender: 'male',
    meta: { profile: profiles },
  });
  test.each<[string, string[], string[]]>([
    ['known', [canonical('active')], ['error required Patient.active']],
    ['known, with its version', [`${canonical('active')}|2.0.0`], ['error required Patient.active']],
    [
      'of another version, which is said',
      [`${canonical('active')}|1.0.0`],
      ['warning not-found Patient.meta.profile[0]', 'error required Patient.active'],
    ],
    ['unknown', [canonical('other')], ['warning not-found Patient.meta.profile[0]']],
    [
      'twice: one issue',
      [canonical('active'), `${canonical('active')}|2.0.0`],
      ['error required Patient.active'],
    ],
    ['of another type', ['http://hl7.org/fhir/StructureDefinition/bp'], ['error structure Patient']],
  ])('%s', (_, profiles, expected) => {
    expect(found(validator, declaring(...profiles))).toEqual(expected);
  });

  test('declared profiles may be left out', () => {
    expect(found(validator, declaring(canonical('active')), { declared: false })).toEqual([]);
  });
});
