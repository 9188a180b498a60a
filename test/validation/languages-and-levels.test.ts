import { parseJson } from '../../src/fhir/json.ts';
import { inLanguage, messageLanguage } from '../../src/fhir/messages/language.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import type { WritePolicy } from '../../src/validation/write/write-policy.ts';
import { createWriteValidation } from '../../src/validation/write/write-validation.ts';
import { canonical, profile, validatorWith } from './conformance.ts';

describe('languages of messages', () => {
  test.each([
    [undefined, 'en'],
    ['fr', 'fr'],
    ['fr-FR,fr;q=0.9,en;q=0.8', 'fr'],
    ['de, en;q=0.5, fr;q=0.2', 'en'],
    ['en;q=0.1, fr;q=0.2', 'fr'],
    ['de', 'en'],
  ])('%s: %s', (header, expected) => {
    expect(messageLanguage(header)).toBe(expected);
  });

  test('what the structure and the rules say has a French text', () => {
    const elements = [
      { path: 'Patient.active', min: 1, fixedBoolean: true },
      { path: 'Patient.name', max: '1' },
    ];
    const resource = {
      resourceType: 'Patient',
      gender: 'x',
      birthDate: '2020-02-30',
      name: [{ text: 'a' }, { text: '' }],
      deceasedString: 'x',
      managingOrganization: { reference: 'Patient/1' },
      photo: [],
      identifier: [{ system: 'urn:oid:x' }],
      meta: { profile: [canonical('other')] },
    };
    const issues = validatorWith([profile('patient', 'Patient', elements)]).validate(
      resource as unknown as Resource,
      {
        profiles: [canonical('patient')],
      },
    );
    const french = inLanguage(issues, 'fr');
    expect(issues.length).toBeGreaterThan(8);
    expect(french.filter(({ diagnostics }, index) => diagnostics === issues[index]?.diagnostics)).toEqual([]);
    expect(french.map(({ diagnostics }) => diagnostics).join()).not.toContain('{}');
    expect(inLanguage(issues, 'en')).toEqual(issues);
  });
});

describe('what a message names', () => {
  const inFrench = (diagnostics: string) =>
    inLanguage([{ severity: 'error', code: 'value', diagnostics }], 'fr')[0]?.diagnostics;

  test.each([
    ['Malformed XML: the encoding must be UTF-8', 'XML mal formé\u00a0: l’encodage doit être UTF-8'],
    [
      'Malformed JSON: too deep, more than 64 levels, line 1 column 7',
      'JSON mal formé\u00a0: trop profond, plus de 64 niveaux, ligne 1 colonne 7',
    ],
    [
      'A Patient cannot hold to a profile of Group: https://example.org/a: b',
      'Une ressource Patient ne peut pas suivre un profil de Group\u00a0: https://example.org/a: b',
    ],
    ['a text that nobody wrote', 'a text that nobody wrote'],
  ])('%s', (english, french) => expect(inFrench(english)).toBe(french));

  test('is looked into once, however it goes on', () => {
    const text = 'there is no '.repeat(50_000);
    expect(inFrench(`The reference leads nowhere: ${text}`)).toHaveLength(
      `La référence ne mène nulle part : il n’y a pas de ${text.slice('there is no '.length)}`.length,
    );
  });
});

describe('validation of writes by level', () => {
  const active = profile('active', 'Patient', [{ path: 'Patient.active', min: 1 }]);
  const declaring = { meta: { profile: [canonical('active')] } };
  const faulty = { telecom: [{ value: '1' }] };
  const means = { validator: validatorWith([active]) };
  const check = (policy: WritePolicy, patient: object, tenant = 'default') =>
    createWriteValidation(policy)
      .check(parseJson(JSON.stringify({ resourceType: 'Patient', ...patient })) as Resource, tenant, means)
      .map(({ severity, expression }) => `${severity} ${expression}`);
  const telecom = 'error Patient.telecom[0]';
  const required = 'error Patient.active';

  test.each<[WritePolicy['level'], object, string[]]>([
    ['off', { ...faulty, ...declaring }, []],
    ['claimed', faulty, []],
    ['claimed', { ...faulty, ...declaring }, [telecom, required]],
    ['claimed', { ...faulty, meta: { profile: [canonical('other')] } }, []],
    ['base', { ...faulty, ...declaring }, [telecom]],
    ['declared', faulty, [telecom]],
    ['declared', { ...faulty, ...declaring }, [telecom, required]],
    [
      'enforce',
      { name: [{ use: 'official', text: 'x' }] },
      ['error Patient.name[0].family', 'error Patient.name[0].given'],
    ],
  ])('%s', (level, patient, expected) => {
    expect(check({ level }, patient)).toEqual(expected);
  });

  test('a display that no code system lists is told, but refuses no write', () => {
    const system = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
    const maritalStatus = { coding: [{ system, code: 'M', display: 'Marié(e)' }] };
    const told = check({ level: 'base' }, { maritalStatus });
    expect(told).toEqual(['warning Patient.maritalStatus.coding[0].display']);
  });

  test('what refuses no write is told where it is read, and beside what refuses', () => {
    const validation = createWriteValidation({ level: 'base', tenants: { partner: { asWarnings: true } } });
    const told = (patient: object, wantsWarnings: boolean, tenant = 'default') =>
      validation
        .check({ resourceType: 'Patient', ...patient } as Resource, tenant, means, wantsWarnings)
        .map(({ severity }) => severity);
    const system = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
    const warned = { maritalStatus: { coding: [{ system, code: 'M', display: 'Marié(e)' }] } };
    expect(told(warned, true)).toEqual(['warning']);
    expect(told(warned, false)).toEqual([]);
    expect(told({ ...warned, ...faulty }, false).sort()).toEqual(['error', 'warning']);
    expect(told(faulty, true, 'partner')).toEqual(['warning']);
    expect(told(faulty, false, 'partner')).toEqual([]);
  });

  test('a patient with a matricule INS is held to the profile of one', () => {
    const identifier = [{ use: 'official', system: 'urn:oid:1.2.250.1.213.1.4.10', value: '1' }];
    expect(check({ level: 'enforce' }, { identifier })).toContain('error Patient.birthDate');
    expect(check({ level: 'enforce' }, { active: true })).toEqual([]);
  });

  test('types, tenants and profiles of their own', () => {
    const policy: WritePolicy = {
      level: 'off',
      types: { Patient: { level: 'base' } },
      tenants: { partner: { level: 'declared', asWarnings: true, types: { Observation: { level: 'off' } } } },
      profiles: { Patient: [canonical('active')] },
    };
    expect(check(policy, faulty)).toEqual([telecom]);
    expect(check(policy, { ...faulty, ...declaring }, 'partner')).toEqual([
      'warning Patient.telecom[0]',
      'warning Patient.active',
    ]);
    expect(check({ ...policy, types: {}, level: 'enforce' }, { gender: 'male' })).toEqual([required]);
  });

  test('how references are judged, by type and tenant', () => {
    const types = { Patient: { references: 'stored' as const } };
    const policy: WritePolicy = {
      level: 'off',
      tenants: { partner: { references: 'stored', types: {} } },
      types,
    };
    const looksUp = (type: string, tenant: string) =>
      createWriteValidation(policy).looksUpTargets(type, tenant);
    expect([looksUp('Patient', 'x'), looksUp('Basic', 'x'), looksUp('Basic', 'partner')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
