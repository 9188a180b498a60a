import type { Observation, Patient, Questionnaire } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

type Part = Record<string, unknown> & { name: string };

const operation = (type: string, path: string, ...parts: Part[]) => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts],
});
const named = (name: string): Part => ({ name: 'name', valueString: name });
const value = (elements: object): Part => ({ name: 'value', ...elements });
const at = (index: number): Part => ({ name: 'index', valueInteger: index });
const add = (path: string, name: string, elements: object) =>
  operation('add', path, named(name), value(elements));

const patch = (path: string, parameter: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  http.send('PATCH', path, { headers, body: { resourceType: 'Parameters', parameter } });

async function patched<T extends { resourceType: string }>(resource: T, ...parameter: object[]): Promise<T> {
  const id = await created(http, resource);
  const answer = await patch(`${resource.resourceType}/${id}`, parameter);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json<T>();
}

const patient: Patient = {
  resourceType: 'Patient',
  active: true,
  birthDate: '1980-01-01',
  name: [
    { use: 'official', family: 'Essai', given: ['Anne', 'Lise', 'Marie'] },
    { use: 'usual', family: 'Test' },
  ],
  identifier: [
    { system: 'urn:a', value: '1' },
    { system: 'urn:b', value: '2' },
    { system: 'urn:c', value: '3' },
  ],
};
const values = ({ identifier }: Patient) => identifier?.map((each) => each.value);

async function refused(parameter: unknown, expression = 'Parameters.parameter[0]'): Promise<void> {
  const id = await created(http, patient);
  const answer = await patch(`Patient/${id}`, parameter);
  expect([answer.status, issueOf(answer).expression]).toEqual([422, [expression]]);
  expect(answer.text).not.toContain('Essai');
  expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"1"');
}

describe('FHIRPath Patch: add (fhirpatch.html)', () => {
  test('sets a primitive, a complex element and a choice of types', async () => {
    const result = await patched(
      patient,
      add('Patient', 'gender', { valueCode: 'female' }),
      add('Patient', 'maritalStatus', { valueCodeableConcept: { text: 'x' } }),
      add('Patient', 'deceased', { valueBoolean: false }),
    );
    expect(result).toMatchObject({ gender: 'female', maritalStatus: { text: 'x' }, deceasedBoolean: false });
  });

  test('appends to a list, and begins one', async () => {
    const result = await patched(
      patient,
      add('Patient', 'identifier', { valueIdentifier: { system: 'urn:d', value: '4' } }),
      add("Patient.name.where(use = 'official')", 'given', { valueString: 'Rose' }),
      add('Patient.name[1]', 'given', { valueString: 'Zoé' }),
    );
    expect(values(result)).toEqual(['1', '2', '3', '4']);
    expect(result.name!.map(({ given }) => given)).toEqual([['Anne', 'Lise', 'Marie', 'Rose'], ['Zoé']]);
  });

  test('builds an element without a type of its own from parts', async () => {
    const contact = value({
      part: [
        { name: 'name', valueHumanName: { family: 'Proche' } },
        { name: 'telecom', valueContactPoint: { value: '1' } },
        { name: 'telecom', valueContactPoint: { value: '2' } },
        { name: 'gender', valueCode: 'male' },
      ],
    });
    const result = await patched(patient, operation('add', 'Patient', named('contact'), contact));
    expect(result.contact).toEqual([
      { name: { family: 'Proche' }, telecom: [{ value: '1' }, { value: '2' }], gender: 'male' },
    ]);
  });

  test('adds an extension to a primitive, and a value with extensions', async () => {
    const url = 'http://example.org/e';
    const result = await patched(
      patient,
      add('Patient.birthDate', 'extension', { valueExtension: { url, valueString: 'x' } }),
      add('Patient', 'gender', {
        valueCode: 'other',
        _valueCode: { extension: [{ url, valueString: 'y' }] },
      }),
    );
    expect(result).toMatchObject({
      birthDate: '1980-01-01',
      _birthDate: { extension: [{ url, valueString: 'x' }] },
      gender: 'other',
      _gender: { extension: [{ url, valueString: 'y' }] },
    });
  });

  test('adds a contained resource', async () => {
    const contained = { resourceType: 'Organization', id: 'o', name: 'x' };
    const managed = add('Patient', 'managingOrganization', { valueReference: { reference: '#o' } });
    const result = await patched(patient, add('Patient', 'contained', { resource: contained }), managed);
    expect(result.contained).toEqual([contained]);
  });

  test('goes down elements that refer to the definition of another', async () => {
    const questionnaire: Questionnaire = {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [{ linkId: '1', type: 'group', item: [{ linkId: '1.1', type: 'string' }] }],
    };
    const path = "Questionnaire.item.where(linkId = '1').item.where(linkId = '1.1')";
    const result = await patched(questionnaire, add(path, 'text', { valueString: 'x' }));
    expect(result.item![0]!.item).toEqual([{ linkId: '1.1', type: 'string', text: 'x' }]);
  });
});

describe('FHIRPath Patch: insert, delete, replace and move', () => {
  test('insert puts an item at its index, the end included', async () => {
    const identifier = (text: string) => value({ valueIdentifier: { value: text } });
    const result = await patched(
      patient,
      operation('insert', 'Patient.identifier', at(0), identifier('first')),
      operation('insert', 'Patient.identifier', at(4), identifier('last')),
      operation('insert', 'Patient.name[0].given', at(1), value({ valueString: 'Eve' })),
    );
    expect(values(result)).toEqual(['first', '1', '2', '3', 'last']);
    expect(result.name![0]!.given).toEqual(['Anne', 'Eve', 'Lise', 'Marie']);
  });

  test('delete takes out what the path finds, and nothing where it finds nothing', async () => {
    const result = await patched(
      patient,
      operation('delete', 'Patient.birthDate'),
      operation('delete', "Patient.identifier.where(system = 'urn:b')"),
      operation('delete', "Patient.identifier.where(system = 'urn:none')"),
      operation('delete', 'Patient.gender'),
      operation('delete', 'Patient.name[0].given.last()'),
    );
    expect(result.birthDate).toBeUndefined();
    expect(values(result)).toEqual(['1', '3']);
    expect(result.name![0]!.given).toEqual(['Anne', 'Lise']);
  });

  test('delete of the last item takes the list along', async () => {
    const one: Patient = { resourceType: 'Patient', active: true, telecom: [{ value: '1' }] };
    expect(await patched(one, operation('delete', 'Patient.telecom[0]'))).not.toHaveProperty('telecom');
  });

  test('replace changes an element, an item, and the type of a choice', async () => {
    const result = await patched(
      patient,
      operation('replace', 'Patient.birthDate', value({ valueDate: '1981' })),
      operation('replace', 'Patient.name.first().given[1]', value({ valueString: 'Rose' })),
    );
    expect(result.birthDate).toBe('1981');
    expect(result.name![0]!.given).toEqual(['Anne', 'Rose', 'Marie']);
    const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } } as Observation;
    const text = await patched(
      { ...observation, valueString: 'x' },
      operation('replace', 'Observation.value', value({ valueInteger: 3 })),
    );
    expect(text).toMatchObject({ valueInteger: 3 });
    expect(text).not.toHaveProperty('valueString');
  });

  test('move changes the order of a list', async () => {
    const move = (source: number, destination: number) =>
      operation(
        'move',
        'Patient.identifier',
        { name: 'source', valueInteger: source },
        { name: 'destination', valueInteger: destination },
      );
    expect(values(await patched(patient, move(2, 0)))).toEqual(['3', '1', '2']);
    expect(values(await patched(patient, move(0, 2)))).toEqual(['2', '3', '1']);
    expect(values(await patched(patient, move(1, 1)))).toEqual(['1', '2', '3']);
  });

  test('keeps the extensions of primitives in a list beside their values', async () => {
    const extension = [{ url: 'http://example.org/e', valueString: 'x' }];
    const named = { family: 'Essai', given: ['A', 'B', 'C'], _given: [null, { extension }, null] };
    const result = await patched(
      { resourceType: 'Patient', name: [named] } as unknown as Patient,
      operation('delete', 'Patient.name.given.first()'),
      operation('insert', 'Patient.name.given', at(2), value({ valueString: 'D' })),
    );
    expect(result.name![0]).toMatchObject({ given: ['B', 'C', 'D'].toSpliced(2, 1, 'D') });
    expect((result.name![0] as { _given?: unknown })._given).toEqual([{ extension }, null, null]);
  });
});

describe('a FHIRPath Patch that is refused changes nothing, answers 422 and names the operation', () => {
  test.each([
    ['an unknown type', operation('upsert', 'Patient.gender')],
    ['a path that is no FHIRPath', operation('delete', 'Patient.name[')],
    ['a path beyond the simple ones', operation('delete', 'Patient.name | Patient.telecom')],
    ['an element that the type does not have', operation('delete', 'Patient.shoeSize')],
    ['another type', operation('replace', 'Observation.status', value({ valueCode: 'final' }))],
    ['a delete of several', operation('delete', 'Patient.identifier')],
    ['a delete of the resource', operation('delete', 'Patient')],
    ['a replace of several', operation('replace', 'Patient.name.given', value({ valueString: 'x' }))],
    ['a replace of nothing', operation('replace', 'Patient.gender', value({ valueCode: 'male' }))],
    ['an add to nothing', add('Patient.contact', 'gender', { valueCode: 'male' })],
    ['an add of what is there', add('Patient', 'active', { valueBoolean: false })],
    ['an add without value', operation('add', 'Patient', named('gender'))],
    ['an add without name', operation('add', 'Patient', value({ valueCode: 'male' }))],
    ['two values', add('Patient', 'gender', { valueCode: 'male', valueString: 'male' })],
    ['a type that a choice does not have', add('Patient', 'deceased', { valueQuantity: { value: 1 } })],
    [
      'an insert beyond the end',
      operation('insert', 'Patient.identifier', at(9), value({ valueIdentifier: {} })),
    ],
    ['an insert into no list', operation('insert', 'Patient.birthDate', at(0), value({ valueDate: '1980' }))],
    ['an insert without index', operation('insert', 'Patient.identifier', value({ valueIdentifier: {} }))],
    ['a move beyond the end', operation('move', 'Patient.identifier', { name: 'source', valueInteger: 7 })],
    ['a parameter of another name', { name: 'patch' }],
  ])('%s', async (_, parameter) => {
    await refused([parameter]);
    await refused(
      [operation('replace', 'Patient.active', value({ valueBoolean: false })), parameter],
      'Parameters.parameter[1]',
    );
  });

  test('a Parameters without operations', () => refused(undefined, 'Parameters.parameter'));

  test('a result that is not valid, and a change of what is immutable', async () => {
    await refused(
      [operation('delete', 'Patient.birthDate'), add('Patient', 'gender', { valueCode: 'x' })],
      'Patient.gender',
    );
    await refused([operation('replace', 'Patient.id', value({ valueId: 'other' }))], 'Patient.id');
    await refused(
      [operation('replace', 'Patient.meta.versionId', value({ valueId: '7' }))],
      'Patient.meta.versionId',
    );
  });
});

test('a FHIRPath Patch heeds If-Match', async () => {
  const id = await created(http, patient);
  const operations = [operation('delete', 'Patient.birthDate')];
  expect((await patch(`Patient/${id}`, operations, { 'If-Match': 'W/"3"' })).status).toBe(412);
  expect((await patch(`Patient/${id}`, operations, { 'If-Match': 'W/"1"' })).status).toBe(200);
});

test('a FHIRPath Patch keeps decimals as they were written', async () => {
  const body =
    '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}';
  const { id } = (await http.post('Observation', body)).json<Observation>();
  const answer = await patch(`Observation/${id}`, [add('Observation.value', 'unit', { valueString: 'kg' })]);
  expect(answer.text).toContain('"valueQuantity":{"value":1.10,"unit":"kg"}');
});

test('a FHIRPath Patch that is applied anew after another write does the same again', async () => {
  const id = await created(http, patient);
  const contact = value({ part: [{ name: 'telecom', valueContactPoint: { value: '1' } }] });
  const operations = [
    operation('add', 'Patient', named('contact'), contact),
    add('Patient.contact.last().telecom[0]', 'use', { valueCode: 'home' }),
    add('Patient.contact.last()', 'telecom', { valueContactPoint: { value: '2' } }),
  ];
  const answers = await Promise.all(Array.from({ length: 12 }, () => patch(`Patient/${id}`, operations)));
  const done = answers.filter(({ status }) => status === 200).length;
  const contacts = (await http.get(`Patient/${id}`)).json<Patient>().contact!;
  expect(contacts).toEqual(
    Array.from({ length: done }, () => ({ telecom: [{ value: '1', use: 'home' }, { value: '2' }] })),
  );
});

test.each([
  '('.repeat(1000),
  `Patient${'.where(name'.repeat(90)}`,
  'x'.repeat(1001),
  '',
  '.',
  "Patient.name['x']",
])('a FHIRPath Patch with the path %j answers 422', async (path) => {
  await refused([operation('delete', path)]);
});

test('a FHIRPath Patch of values of the wrong shape answers 422', async () => {
  const id = await created(http, patient);
  for (const parameter of [
    [
      add('Patient', 'gender', { valueCode: 'other', _valueCode: 'x' }),
      add('Patient.gender', 'extension', { valueExtension: { url: 'x' } }),
    ],
    [
      add('Patient', 'contact', { valueString: 'x' }),
      add('Patient.contact', 'gender', { valueCode: 'male' }),
    ],
    [add('Patient', 'contact', { valueString: null })],
    [add('Patient', 'name', { valueHumanName: [[1]] }), operation('delete', 'Patient.name[2].given')],
    [{ name: 'operation', part: [null] }],
    [null],
    'x',
  ]) {
    const answer = await patch(`Patient/${id}`, parameter);
    expect([JSON.stringify(parameter), answer.status]).toEqual([JSON.stringify(parameter), 422]);
  }
});
