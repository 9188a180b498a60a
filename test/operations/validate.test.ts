import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationOutcome } from 'fhir/r4.d.ts';
import {
  type Answer,
  created,
  type FhirHttp,
  fhirHttp,
  issueOf,
  serverUnderTest,
} from '../support/fhir-http.ts';
import { startTestServer } from '../support/server.ts';

const http = serverUnderTest();
const patient = { resourceType: 'Patient', name: [{ family: 'Durand' }], gender: 'female' };
const misshapen = { resourceType: 'Patient', gender: 'woman', birthDate: '1980-02-30' };

const issues = (answer: Answer) => {
  const outcome = answer.json<OperationOutcome>();
  expect([answer.status, outcome.resourceType]).toEqual([200, 'OperationOutcome']);
  return outcome.issue;
};
const severities = (answer: Answer) => issues(answer).map(({ severity }) => severity);
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });

describe('$validate on a type (resource-operation-validate)', () => {
  test('a sound resource as the raw body: one information issue says that all is well', async () => {
    const answer = await http.post('Patient/$validate', patient);
    expect(issues(answer)).toEqual([
      expect.objectContaining({ severity: 'information', code: 'informational' }),
    ]);
  });

  test('every fault of the structure is an issue, within an answer of status 200', async () => {
    const found = issues(await http.post('Patient/$validate', misshapen));
    expect(found.map(({ severity, expression }) => [severity, expression?.[0]])).toEqual([
      ['error', 'Patient.gender'],
      ['error', 'Patient.birthDate'],
    ]);
  });

  test('the resource may be wrapped in Parameters', async () => {
    const answer = await http.post(
      'Patient/$validate',
      parameters({ name: 'resource', resource: misshapen }),
    );
    expect(severities(answer)).toEqual(['error', 'error']);
  });

  test('the rules of the type are checked too', async () => {
    const identifier = [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: '255069999999900' }];
    const found = issues(await http.post('Patient/$validate', { ...patient, identifier }));
    expect(found[0]).toMatchObject({ severity: 'error', expression: ['Patient.identifier[0].value'] });
  });

  test('nothing is written', async () => {
    await http.post('Patient/$validate', { ...patient, id: 'unwritten' });
    expect((await http.get('Patient/unwritten')).status).toBe(404);
  });

  test('mode create tells what the create would be refused for', async () => {
    expect(severities(await http.post('Patient/$validate?mode=create', misshapen))).toEqual([
      'error',
      'error',
    ]);
    expect(severities(await http.post('Patient/$validate?mode=create', patient))).toEqual(['information']);
  });

  test('the base definition of the type is a profile that holds', async () => {
    const base = 'http://hl7.org/fhir/StructureDefinition';
    const ask = (profile: string) => http.post(`Patient/$validate?profile=${base}/${profile}`, patient);
    expect(severities(await ask('Patient'))).toEqual(['information']);
    expect(severities(await ask('DomainResource'))).toEqual(['information']);
    expect(severities(await ask('Observation'))).toEqual(['error']);
  });

  test('an unknown profile is a warning, whether asked for or declared', async () => {
    const profile = 'https://example.org/fhir/StructureDefinition/unheard-of';
    const asked = issues(await http.post(`Patient/$validate?mode=profile&profile=${profile}`, patient));
    expect(asked.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'not-found'],
      ['information', 'informational'],
    ]);
    const declared = await http.post('Patient/$validate', { ...patient, meta: { profile: [profile] } });
    expect(severities(declared)).toEqual(['warning', 'information']);
  });

  test.each([
    ['no resource', parameters(), 'required'],
    ['a resource of another type', { resourceType: 'Observation' }, 'invalid'],
    ['an unknown mode', parameters({ name: 'mode', valueCode: 'guess' }), 'value'],
    ['mode update', parameters({ name: 'mode', valueCode: 'update' }), 'invalid'],
    ['mode delete', parameters({ name: 'mode', valueCode: 'delete' }), 'invalid'],
    ['mode profile without profile', parameters({ name: 'mode', valueCode: 'profile' }), 'required'],
    ['an unknown parameter', parameters({ name: 'modus', valueCode: 'create' }), 'not-supported'],
    [
      'a parameter given twice',
      parameters(...[1, 2].map(() => ({ name: 'mode', valueCode: 'create' }))),
      'structure',
    ],
    ['a mode of another type', parameters({ name: 'mode', valueBoolean: true }), 'value'],
    ['a resource parameter that holds none', parameters({ name: 'resource', valueString: 'x' }), 'required'],
  ])('%s is refused with 400', async (_, body, code) => {
    const answer = await http.post('Patient/$validate', body);
    expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
  });
});

describe('$validate on an instance', () => {
  test('without a resource the stored one is validated, by GET too', async () => {
    const id = await created(http, patient);
    expect(severities(await http.get(`Patient/${id}/$validate`))).toEqual(['information']);
    expect(severities(await http.post(`Patient/${id}/$validate`, parameters()))).toEqual(['information']);
    const profile = 'https://example.org/fhir/StructureDefinition/unheard-of';
    const asked = await http.get(`Patient/${id}/$validate?mode=profile&profile=${profile}`);
    expect(severities(asked)).toEqual(['warning', 'information']);
  });

  test('an unknown instance is 404, a deleted one 410', async () => {
    expect((await http.get('Patient/nobody/$validate')).status).toBe(404);
    const id = await created(http, patient);
    await http.delete(`Patient/${id}`);
    expect((await http.get(`Patient/${id}/$validate`)).status).toBe(410);
  });

  test('mode update wants the id of the URL, and a resource that could be written', async () => {
    const id = await created(http, patient);
    const ask = (resource: object) => http.post(`Patient/${id}/$validate?mode=update`, resource);
    expect(severities(await ask({ ...patient, id }))).toEqual(['information']);
    expect(issues(await ask({ ...patient, id: 'other' }))[0]).toMatchObject({ expression: ['Patient.id'] });
    expect(severities(await ask({ ...misshapen, id }))).toEqual(['error', 'error']);
    expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"1"');
  });

  test('mode delete finds something to delete, or says that there is nothing', async () => {
    const id = await created(http, patient);
    expect(severities(await http.get(`Patient/${id}/$validate?mode=delete`))).toEqual(['information']);
    expect(severities(await http.get('Patient/nobody/$validate?mode=delete'))).toEqual(['error']);
    expect((await http.get(`Patient/${id}`)).status).toBe(200);
  });
});

describe('$validate where the server holds to references', () => {
  const strict = serverUnderTest({ REFERENCE_CHECK: 'exists', DELETE_PROTECTION: 'referenced' });
  const observation = (subject: string) => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: subject },
  });

  test('mode create finds a reference that leads nowhere', async () => {
    const found = issues(
      await strict.post('Observation/$validate?mode=create', observation('Patient/nobody')),
    );
    expect(found[0]).toMatchObject({ severity: 'error', expression: ['Observation.subject.reference'] });
  });

  test('mode delete finds what still refers to the resource', async () => {
    const id = await created(strict, patient);
    expect(severities(await strict.get(`Patient/${id}/$validate?mode=delete`))).toEqual(['information']);
    await created(strict, observation(`Patient/${id}`));
    expect(severities(await strict.get(`Patient/${id}/$validate?mode=delete`))).toEqual(['error']);
  });
});

describe('$validate by profiles', () => {
  const frCore = (name: string) => `https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-${name}`;
  const position = ({ extension = [] }: OperationOutcome['issue'][number]) =>
    extension.flatMap(({ valueInteger }) => valueInteger ?? []);

  test('several profiles are checked, each issue with its profile', async () => {
    const found = issues(
      await http.post(
        'Patient/$validate',
        parameters(
          { name: 'resource', resource: { ...patient, gender: 'other' } },
          { name: 'profile', valueUri: frCore('patient') },
          { name: 'profile', valueCanonical: frCore('patient-ins') },
        ),
      ),
    );
    const sources = found
      .filter(({ severity }) => severity === 'error')
      .flatMap(({ extension = [] }) => extension.flatMap(({ valueString }) => valueString ?? []));
    expect(new Set(sources)).toEqual(new Set([frCore('patient'), frCore('patient-ins')]));
    expect(found.map(({ expression }) => expression?.[0])).toContain('Patient.gender');
  });

  test('the key of an invariant, and the line and column of the element in JSON', async () => {
    const text = `{\n  "resourceType": "Patient",\n  "telecom": [{\n    "value": "1"\n  }]\n}`;
    const [issue] = issues(await http.post('Patient/$validate', text));
    expect(issue).toMatchObject({
      severity: 'error',
      code: 'invariant',
      expression: ['Patient.telecom[0]'],
      details: {
        coding: [{ system: 'http://hl7.org/fhir/StructureDefinition/ContactPoint', code: 'cpt-2' }],
      },
    });
    expect(position(issue!)).toEqual([3, 15]);
  });

  test('the line in XML, and in Parameters that hold the resource', async () => {
    const xml =
      '<Patient xmlns="http://hl7.org/fhir">\n <active value="true"/>\n <telecom><value value="1"/></telecom>\n</Patient>';
    const raw = await http.post('Patient/$validate', xml, { 'Content-Type': 'application/fhir+xml' });
    expect(position(issues(raw)[0]!)).toEqual([3, 2]);
    const wrapped = `{"resourceType": "Parameters", "parameter": [{"name": "resource",\n"resource": {"resourceType": "Patient",\n"telecom": [{"value": "1"}]}}]}`;
    expect(position(issues(await http.post('Patient/$validate', wrapped))[0]!)).toEqual([3, 13]);
  });

  test('in French for who prefers it', async () => {
    const french = { 'Accept-Language': 'fr-FR,fr;q=0.9,en;q=0.5' };
    const found = issues(
      await http.post('Patient/$validate', { ...patient, birthDate: '2020-02-30' }, french),
    );
    expect(found[0]?.diagnostics).toBe('Le mois n’a pas ce jour');
    expect(issues(await http.post('Patient/$validate', patient, french))[0]?.diagnostics).toBe(
      'Aucune erreur trouvée\u00a0: tout va bien',
    );
  });
});

describe('validation on write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'validation-'));
  const rules = join(folder, 'rules.json');
  writeFileSync(
    rules,
    JSON.stringify({
      types: { Location: { asWarnings: true }, Basic: { level: 'off' } },
      tenants: { partner: { level: 'base', asWarnings: true } },
    }),
  );
  const tenants = join(folder, 'tenants.json');
  writeFileSync(tenants, JSON.stringify({ tenants: [{ id: 'partner' }] }));
  afterAll(() => rmSync(folder, { recursive: true }));
  const enforcing = serverUnderTest({
    VALIDATION: 'enforce',
    VALIDATION_RULES: rules,
    TENANTS_FILE: tenants,
    INS_INCOHERENCE: 'refuse',
  });

  test('what the default profile refuses is refused with 422, by create, update and transaction', async () => {
    const faulty = { ...patient, gender: 'other' };
    const refused = await enforcing.post('Patient', faulty);
    expect([refused.status, issueOf(refused).expression]).toEqual([422, ['Patient.gender']]);
    expect((await enforcing.put('Patient/p1', { ...faulty, id: 'p1' })).status).toBe(422);
    const request = { method: 'POST', url: 'Patient' };
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [{ request, resource: faulty }] };
    const transaction = await enforcing.post('', bundle);
    expect([transaction.status, issueOf(transaction).expression]).toEqual([
      422,
      ['Bundle.entry[0].resource.gender'],
    ]);
    expect((await enforcing.post('Patient', patient)).status).toBe(201);
  });

  test('rules of a type make errors warnings, or leave the validation out', async () => {
    const telecom = [{ value: '1' }];
    const answer = await enforcing.post(
      'Location',
      { resourceType: 'Location', name: 'x', telecom },
      { Prefer: 'return=OperationOutcome' },
    );
    const outcome = answer.json<OperationOutcome>();
    expect([answer.status, outcome.issue[0]?.severity]).toEqual([201, 'warning']);
    const code = {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/basic-resource-type', code: 'none' }],
    };
    expect((await enforcing.post('Basic', { resourceType: 'Basic', code })).status).toBe(201);
  });

  test.each<[string, string, object]>([
    [
      'key of a NIR',
      'Patient',
      { identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: '255069999999900' }] },
    ],
    [
      'sex that the NIR does not have',
      'Patient',
      { gender: 'male', identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.8', value: '255069999999934' }] },
    ],
    [
      'key of an RPPS',
      'Practitioner',
      { identifier: [{ system: 'https://rpps.esante.gouv.fr', value: '99799000016' }] },
    ],
    [
      'key of a FINESS',
      'Organization',
      { name: 'x', identifier: [{ system: 'https://finess.esante.gouv.fr', value: '750712185' }] },
    ],
    [
      'key of a SIRET',
      'Organization',
      { name: 'x', identifier: [{ system: 'https://sirene.fr', value: '26750045200012' }] },
    ],
  ])(
    '%s: refused of users, taken with a warning of partners, and told so by $validate',
    async (_, type, content) => {
      const resource = { resourceType: type, ...content };
      const partner = fhirHttp(`${enforcing.origin}/t/partner`);
      const at = (found: OperationOutcome) =>
        found.issue
          .filter(({ expression }) => expression?.[0] === `${type}.identifier[0].value`)
          .map(({ severity }) => severity);
      const ask = async (http: FhirHttp, path: string) => at((await http.post(path, resource)).json());
      const refused = await fhirHttp(enforcing.origin).post(type, resource);
      const taken = await partner.post(type, resource, { Prefer: 'return=OperationOutcome' });
      expect([taken.status, at(taken.json())]).toEqual([201, ['warning']]);
      expect([
        await ask(partner, `${type}/$validate`),
        await ask(partner, `${type}/$validate?mode=create`),
      ]).toEqual([['warning'], ['warning']]);
      expect([refused.status, at(refused.json())]).toEqual([422, ['error']]);
      expect(await ask(enforcing, `${type}/$validate`)).toEqual(['error']);
    },
  );

  test('a wrong form is refused of partners too', async () => {
    const identifier = [{ system: 'https://rpps.esante.gouv.fr', value: '9979900001' }];
    const answer = await fhirHttp(`${enforcing.origin}/t/partner`).post('Practitioner', {
      resourceType: 'Practitioner',
      identifier,
    });
    expect(answer.status).toBe(422);
  });

  test('mode create tells what the default profile of the type refuses', async () => {
    const found = issues(
      await enforcing.post('Patient/$validate?mode=create', { ...patient, gender: 'other' }),
    );
    expect(found[0]).toMatchObject({ severity: 'error', expression: ['Patient.gender'] });
  });

  test('a resource that declares a profile is held to it where nothing is set', async () => {
    const profile = ['https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient'];
    const faulty = { ...patient, gender: 'other' };
    expect((await http.post('Patient', faulty)).status).toBe(201);
    const refused = await http.post('Patient', { ...faulty, meta: { profile } });
    expect([refused.status, issueOf(refused).expression]).toEqual([422, ['Patient.gender']]);
  });

  test('a file of rules that cannot be used stops the start', async () => {
    writeFileSync(rules, '{"level": "some"}');
    await expect(startTestServer({ VALIDATION_RULES: rules })).rejects.toThrow('/level');
    writeFileSync(rules, '{');
    await expect(startTestServer({ VALIDATION_RULES: rules })).rejects.toThrow('cannot be read as JSON');
  });
});
