import type { OperationOutcome } from 'fhir/r4.d.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { type Answer, created, type FhirHttp, fhirHttp } from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const base = 'https://example.org/fhir';
let server: TestServer;
let http: FhirHttp;
beforeAll(async () => {
  server = await startTestServer({ VALIDATION_REFERENCES: 'stored' });
  http = fhirHttp(server.origin);
});
afterAll(() => server.stop());

/** A profile as a differential alone. */
function profile(name: string, type: string, element: object[], further: object = {}) {
  return {
    resourceType: 'StructureDefinition',
    url: `${base}/StructureDefinition/${name}`,
    name: name.replaceAll('-', '_'),
    status: 'active',
    kind: type === 'Extension' ? 'complex-type' : 'resource',
    abstract: false,
    type,
    baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
    derivation: 'constraint',
    ...further,
    differential: { element: [{ id: type, path: type }, ...element] },
  };
}
const canonical = (name: string) => `${base}/StructureDefinition/${name}`;
const claiming = (name: string, content: object, resourceType = 'Patient'): Resource => ({
  resourceType,
  meta: { profile: [canonical(name)] },
  ...content,
});

/** Errors and warnings as `severity expression`. */
const found = (answer: Answer) =>
  answer
    .json<OperationOutcome>()
    .issue.filter(({ severity }) => severity !== 'information')
    .map(({ severity, expression }) => `${severity} ${expression?.[0]}`);
const validated = async (resource: Resource, by?: string, at = http) => {
  const asked = by === undefined ? '' : `?profile=${canonical(by)}`;
  const answer = await at.post(`${resource.resourceType}/$validate${asked}`, resource);
  expect(answer.status).toBe(200);
  return found(answer);
};

describe('StructureDefinitions that are stored', () => {
  test('check who declares them and who asks for them, from the next request on, as long as they are there', async () => {
    const named = (path: string) => profile('named', 'Patient', [{ id: path, path, min: 1 }]);
    const patient = claiming('named', { active: true });
    expect(await validated(patient)).toEqual(['warning Patient.meta.profile[0]']);
    expect((await http.post('Patient', patient)).status).toBe(201);

    const id = await created(http, named('Patient.name'));
    expect(await validated(patient)).toEqual(['error Patient.name']);
    expect(await validated({ resourceType: 'Patient' }, 'named')).toEqual(['error Patient.name']);
    const refused = await http.post('Patient', patient);
    expect([refused.status, found(refused)]).toEqual([422, ['error Patient.name']]);

    await http.put(`StructureDefinition/${id}`, { ...named('Patient.gender'), id });
    expect(await validated(patient)).toEqual(['error Patient.gender']);
    const entry = [{ request: { method: 'POST', url: 'Patient' }, resource: patient }];
    const transaction = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect(found(transaction)).toEqual(['error Bundle.entry[0].resource.gender']);

    await http.delete(`StructureDefinition/${id}`);
    expect(await validated(patient)).toEqual(['warning Patient.meta.profile[0]']);
    expect((await http.post('Patient', patient)).status).toBe(201);
  });

  test('another process over the same database follows at once', async () => {
    const other = await startTestServer({ DATA_DIR: server.directory });
    const there = fhirHttp(other.origin);
    const shared = (path: string) => profile('shared', 'Patient', [{ id: path, path, min: 1 }]);
    try {
      const patient = { resourceType: 'Patient' };
      const unknown = await validated(patient, 'shared', there);
      const id = await created(http, shared('Patient.name'));
      const added = await validated(patient, 'shared', there);
      await http.put(`StructureDefinition/${id}`, { ...shared('Patient.gender'), id });
      const changed = await validated(patient, 'shared', there);
      await there.delete(`StructureDefinition/${id}`);
      expect([unknown, added, changed, await validated(patient, 'shared')]).toEqual([
        ['warning Patient'],
        ['error Patient.name'],
        ['error Patient.gender'],
        ['warning Patient'],
      ]);
    } finally {
      await other.stop();
    }
  });

  test('lead to their bases, extensions and data types that are stored as well, and to versions', async () => {
    const url = { id: 'Extension.url', path: 'Extension.url', fixedUri: canonical('colour') };
    const value = { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 1, type: [{ code: 'code' }] };
    const context = [{ type: 'element', expression: 'Patient' }];
    await created(http, profile('colour', 'Extension', [url, value], { context }));
    const name = { id: 'Patient.name', path: 'Patient.name', min: 1 };
    await created(http, profile('base', 'Patient', [name], { version: '1' }));
    const slice = {
      id: 'Patient.extension:colour',
      path: 'Patient.extension',
      sliceName: 'colour',
      min: 1,
      type: [{ code: 'Extension', profile: [canonical('colour')] }],
    };
    const baseDefinition = `${canonical('base')}|1`;
    await created(http, profile('derived', 'Patient', [slice], { baseDefinition, version: '2' }));
    await created(http, profile('derived', 'Patient', [], { baseDefinition, version: '3' }));
    expect(await validated({ resourceType: 'Patient' }, 'derived|2')).toEqual([
      'error Patient.extension',
      'error Patient.name',
    ]);
    expect(await validated({ resourceType: 'Patient' }, 'derived')).toEqual(['error Patient.name']);
    const extension = [{ url: canonical('colour'), valueString: 'red' }];
    expect(await validated({ resourceType: 'Patient', extension })).toEqual([
      'error Patient.extension[0].value',
    ]);
  });

  test('of a canonical that R4, this server or a package has are not used', async () => {
    const url = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-organization';
    const name = { id: 'Organization.alias', path: 'Organization.alias', min: 7 };
    await created(http, profile('x', 'Organization', [name], { url }));
    const patientUrl = 'http://hl7.org/fhir/StructureDefinition/Patient';
    await created(http, profile('x', 'Patient', [], { url: patientUrl, derivation: 'specialization' }));
    const organization = { resourceType: 'Organization', name: 'x', meta: { profile: [url] } };
    expect(await validated(organization)).toEqual([]);
  });

  test.each<[string, object[], object, string]>([
    ['an element that the base has not', [{ id: 'Patient.x', path: 'Patient.x' }], {}, 'is not in its base'],
    ['a base that nobody knows', [], { baseDefinition: canonical('nobody') }, 'is not known'],
    ['itself as base', [], { baseDefinition: canonical('broken') }, 'based on itself'],
  ])('that are broken by %s are told by $validate', async (_, element, further, reason) => {
    const id = await created(http, profile('broken', 'Patient', element, further));
    const answer = await http.post(`Patient/$validate?profile=${canonical('broken')}`, {
      resourceType: 'Patient',
    });
    expect(found(answer)).toEqual(['warning Patient']);
    expect(answer.text).toContain(reason);
    await http.delete(`StructureDefinition/${id}`);
  });
});

describe('ValueSets and CodeSystems that are stored', () => {
  test('tell which codes there are, and follow each change', async () => {
    const codes = (...code: string[]): Resource => ({
      resourceType: 'CodeSystem',
      url: `${base}/CodeSystem/flavour`,
      status: 'active',
      content: 'complete',
      concept: code.map((one) => ({ code: one })),
    });
    const id = await created(http, codes('sweet', 'sour'));
    const valueSet: Resource = {
      resourceType: 'ValueSet',
      url: `${base}/ValueSet/flavour`,
      status: 'active',
      compose: { include: [{ system: `${base}/CodeSystem/flavour` }] },
    };
    await created(http, valueSet);
    const binding = { strength: 'required', valueSet: `${base}/ValueSet/flavour` };
    const path = 'Observation.code';
    await created(http, profile('flavoured', 'Observation', [{ id: path, path, binding }]));
    const observation = (code: string) =>
      claiming(
        'flavoured',
        { status: 'final', code: { coding: [{ system: `${base}/CodeSystem/flavour`, code }] } },
        'Observation',
      );
    expect(await validated(observation('sweet'))).toEqual([]);
    expect(await validated(observation('salty'))).toContain('error Observation.code');
    await http.put(`CodeSystem/${id}`, { ...codes('salty'), id });
    expect(await validated(observation('salty'))).toEqual([]);
    expect((await http.post('Observation', observation('sweet'))).status).toBe(422);
    const contained = [
      {
        resourceType: 'ValueSet',
        id: 'own',
        status: 'active',
        compose: { include: [{ system: `${base}/CodeSystem/flavour` }] },
      },
    ];
    const own = { id: path, path, binding: { strength: 'required', valueSet: '#own' } };
    await created(http, profile('holding', 'Observation', [own], { contained }));
    const held = claiming('holding', { status: 'final', code: { text: 'x' } }, 'Observation');
    expect(await validated({ ...held, code: observation('salty')['code'] })).toEqual([]);
    expect(await validated({ ...held, code: { coding: [{ system: 'urn:x:y', code: 'salty' }] } })).toEqual([
      'error Observation.code',
    ]);
    // Without a profile, a code of a system that is held whole is one of it.
    const { meta: _, ...plain } = observation('sweet');
    expect(await validated(plain)).toEqual(['error Observation.code.coding[0].code']);
  });
});

describe('where VALIDATION_REFERENCES is stored', () => {
  const doctor = (further: object = {}): Resource => ({
    resourceType: 'Practitioner',
    active: true,
    ...further,
  });
  const patient = (reference: string, further: object = {}) =>
    claiming('followed', { generalPractitioner: [{ reference }], ...further });
  const wrong = ['error Patient.generalPractitioner[0]'];
  beforeAll(async () => {
    const path = 'Patient.generalPractitioner';
    const type = [{ code: 'Reference', targetProfile: [canonical('qualified'), canonical('team')] }];
    await created(http, profile('followed', 'Patient', [{ id: path, path, type }]));
    const name = { id: 'Practitioner.name', path: 'Practitioner.name', min: 1 };
    await created(http, profile('qualified', 'Practitioner', [name]));
    const telecom = { id: 'Organization.telecom', path: 'Organization.telecom', min: 1 };
    await created(http, profile('team', 'Organization', [telecom]));
  });

  test('the stored target is there and holds to one of the target profiles', async () => {
    const nameless = await created(http, doctor());
    const fit = await created(http, doctor({ name: [{ family: 'Durand' }] }));
    const organization: Resource = { resourceType: 'Organization', name: 'x' };
    const team = await created(http, organization);
    expect(await validated(patient(`Practitioner/${fit}`))).toEqual([]);
    expect(await validated(patient(`Practitioner/${nameless}`))).toEqual(wrong);
    expect(await validated(patient(`Organization/${team}`))).toEqual(wrong);
    expect(await validated(patient('Practitioner/nobody'))).toEqual([
      'error Patient.generalPractitioner[0].reference',
    ]);
    const refused = await http.post('Patient', patient(`Practitioner/${nameless}`));
    expect([refused.status, found(refused)]).toEqual([422, wrong]);
    expect(refused.text).toContain(`holds to none of the profiles ${canonical('qualified')}"`);
    expect((await http.post('Patient', patient(`Practitioner/${fit}`))).status).toBe(201);
    // Only what declares a profile is checked by rules where nothing else is set.
    const open = { resourceType: 'Patient', generalPractitioner: [{ reference: 'Practitioner/nobody' }] };
    expect((await http.post('Patient', open)).status).toBe(201);
  });

  test('a reference to a version and one to another server are judged by the type', async () => {
    const nameless = await created(http, doctor());
    expect(await validated(patient(`Practitioner/${nameless}/_history/1`))).toEqual([]);
    expect(await validated(patient('https://other.example/fhir/Practitioner/1'))).toEqual([]);
    expect(await validated(patient(`${http.base}/Practitioner/${nameless}`))).toEqual(wrong);
  });

  test('what a transaction writes is judged as it will be', async () => {
    const id = await created(http, doctor());
    const transaction = (practitioner: object) =>
      http.post('', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { request: { method: 'PUT', url: `Practitioner/${id}` }, resource: { ...practitioner, id } },
          { request: { method: 'POST', url: 'Patient' }, resource: patient(`Practitioner/${id}`) },
        ],
      });
    const refused = await transaction(doctor({ gender: 'female' }));
    expect([refused.status, found(refused)]).toEqual([
      422,
      ['error Bundle.entry[1].resource.generalPractitioner[0]'],
    ]);
    expect((await transaction(doctor({ name: [{ family: 'Durand' }] }))).status).toBe(200);
    const entry = [
      { request: { method: 'DELETE', url: `Practitioner/${id}` } },
      { request: { method: 'POST', url: 'Patient' }, resource: patient(`Practitioner/${id}`) },
    ];
    const leading = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect(found(leading)).toEqual(['error Bundle.entry[1].resource.generalPractitioner[0].reference']);
  });
});
