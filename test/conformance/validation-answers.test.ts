import type { Bundle, OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const inFrench = { 'Accept-Language': 'fr-FR,fr;q=0.9,en;q=0.5' };
const xml = { 'Content-Type': 'application/fhir+xml' };

/** Line and column of an issue. */
const positionOf = (issue?: OperationOutcomeIssue) =>
  (issue?.extension ?? []).flatMap(({ valueInteger }) => valueInteger ?? []);

describe('a resource that is not valid (validation.html) is answered 422 with the place of the fault', () => {
  const observation = { status: 'final', code: { text: 'x' } };

  test.each([
    ['an unknown element', 'Patient', { surname: 'x' }, 'Patient.surname', 3],
    ['an unknown nested element', 'Patient', { name: [{ surname: 'x' }] }, 'Patient.name[0].surname', 5],
    ['a single value for a repeating element', 'Patient', { name: { family: 'x' } }, 'Patient.name', 3],
    ['an array for a single element', 'Patient', { birthDate: ['1980-01-01'] }, 'Patient.birthDate', 3],
    ['an impossible date', 'Patient', { birthDate: '2023-02-30' }, 'Patient.birthDate', 3],
    ['a malformed date', 'Patient', { birthDate: '01/02/1980' }, 'Patient.birthDate', 3],
    ['a code outside a required binding', 'Patient', { gender: 'x' }, 'Patient.gender', 3],
    [
      'the deep code outside a required binding',
      'Patient',
      { name: [{ use: 'x' }] },
      'Patient.name[0].use',
      5,
    ],
    ['a missing required element', 'Observation', { status: 'final' }, 'Observation.code', 1],
    [
      'two types of one choice',
      'Observation',
      { ...observation, valueString: 'x', valueBoolean: true },
      'Observation.value',
      8,
    ],
    [
      'a type that the choice does not have',
      'Observation',
      { ...observation, valueAddress: {} },
      'Observation.value',
      7,
    ],
    [
      'a reference to a wrong type',
      'Observation',
      { ...observation, subject: { reference: 'Medication/1' } },
      'Observation.subject',
      7,
    ],
    [
      'a reference to nothing contained',
      'Observation',
      { ...observation, subject: { reference: '#p' } },
      'Observation.subject.reference',
      8,
    ],
    ['an empty object', 'Patient', { maritalStatus: {} }, 'Patient.maritalStatus', 3],
    ['an empty array', 'Patient', { name: [] }, 'Patient.name', 3],
    ['an empty string', 'Patient', { name: [{ family: '' }] }, 'Patient.name[0].family', 5],
    [
      'an extension without url',
      'Patient',
      { extension: [{ valueString: 'x' }] },
      'Patient.extension[0].url',
      4,
    ],
    ['malformed base64', 'Patient', { photo: [{ data: '%%%' }] }, 'Patient.photo[0].data', 5],
    [
      'a contained resource of an unknown type',
      'Patient',
      { contained: [{ resourceType: 'X', id: 'x' }] },
      'Patient.contained[0].resourceType',
      5,
    ],
  ] as [string, string, object, string, number][])('%s', async (_, type, elements, expression, line) => {
    const text = JSON.stringify({ resourceType: type, ...(elements as object) }, null, 1);
    const [answer, french] = [await http.post(type, text), await http.post(type, text, inFrench)];
    expect([answer.status, french.status]).toEqual([422, 422]);
    const [issue, ...others] = answer.json<OperationOutcome>().issue;
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ severity: 'error', expression: [expression] });
    const source = issue?.extension?.find(({ url }) => url.endsWith('issue-source'))?.valueString;
    const key = issue?.details?.coding?.[0]?.code;
    const definition = key === 'ref-1' ? 'Reference' : type;
    expect(source).toBe(`http://hl7.org/fhir/StructureDefinition/${definition}`);
    expect(french.headers['content-language']).toBe('fr');
    expect(issueOf(french).diagnostics).not.toBe(issue?.diagnostics);
    // What is not there has the place of what is around it.
    expect(positionOf(issue)).toEqual([line, expect.any(Number)]);
  });

  test('every fault of a resource is told at once', async () => {
    const body = { resourceType: 'Patient', gender: 'x', birthDate: 'y', name: [{ use: 'z' }] };
    const { issue } = (await http.post('Patient', body)).json<OperationOutcome>();
    expect(issue.map(({ expression }) => expression![0]).sort()).toEqual([
      'Patient.birthDate',
      'Patient.gender',
      'Patient.name[0].use',
    ]);
  });

  test('a refused update leaves the version before as it was', async () => {
    await http.put('Patient/kept', { resourceType: 'Patient', id: 'kept', active: true });
    const answer = await http.put('Patient/kept', { resourceType: 'Patient', id: 'kept', active: 'no' });
    expect(answer.status).toBe(422);
    expect((await http.get('Patient/kept')).headers['etag']).toBe('W/"1"');
  });

  test('the outcome never repeats a value, which may identify a person', async () => {
    const body = {
      resourceType: 'Patient',
      birthDate: 'SECRET-1',
      gender: 'SECRET-2',
      name: [{ use: 'SECRET-3', family: 'SECRET-4' }],
      photo: [{ data: 'SECRET-5!' }],
      generalPractitioner: [{ reference: 'Medication/SECRET-6' }],
    };
    const answer = await http.post('Patient', body);
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain('SECRET');
  });
});

describe('a refusal tells the place in what was sent, in the language of the caller', () => {
  const told = (issue: OperationOutcomeIssue) => [issue.diagnostics, ...positionOf(issue)];
  const noSuchDay = 'Le mois n’a pas ce jour';

  test('of a resource in XML, and of one in a transaction', async () => {
    const patient = '<Patient xmlns="http://hl7.org/fhir">\n <birthDate value="2023-02-30"/>\n</Patient>';
    const created = await http.post('Patient', patient, { ...inFrench, ...xml });
    expect([created.status, told(issueOf(created))]).toEqual([422, [noSuchDay, 2, 2]]);
    const entry = '{"request": {"method": "POST", "url": "Patient"},';
    const bundle = `{"resourceType": "Bundle", "type": "transaction", "entry": [${entry}
"resource": {"resourceType": "Patient",
"birthDate": "2023-02-30"}}]}`;
    const refused = await http.post('', bundle, inFrench);
    expect([refused.status, told(issueOf(refused))]).toEqual([422, [noSuchDay, 3, 14]]);
  });

  test('of an entry of a batch in its outcome', async () => {
    const request = { method: 'POST', url: 'Patient' };
    const resource = { resourceType: 'Patient', birthDate: '2023-02-30' };
    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request, resource: { resourceType: 'Patient' } }, { request, resource }, { request: {} }],
    };
    const answer = await http.post('', JSON.stringify(batch, null, 1), inFrench);
    expect(answer.headers['content-language']).toBe('fr');
    const entries = answer.json<Bundle>().entry ?? [];
    expect(
      entries.map(({ response }) => (response?.outcome as OperationOutcome | undefined)?.issue.map(told)),
    ).toEqual([undefined, [[noSuchDay, 21, 18]], [[expect.any(String), 25, 15]]]);
  });

  test('of a batch of many faults each entry tells one, the first entries all of theirs', async () => {
    const resource = { resourceType: 'Patient', name: [{ given: Array(80).fill(0) }] };
    const entry = { request: { method: 'POST', url: 'Patient' }, resource };
    const batch = { resourceType: 'Bundle', type: 'batch', entry: Array(20).fill(entry) };
    const entries = (await http.post('', batch)).json<Bundle>().entry ?? [];
    const counts = entries.map(
      ({ response }) => (response?.outcome as OperationOutcome | undefined)?.issue.length,
    );
    expect(counts).toEqual([...Array(12).fill(80), 40, ...Array(7).fill(1)]);
  });

  test.each([
    [
      'malformed JSON',
      'Patient',
      '{"resourceType": "Patient",\n"active" true}',
      ['JSON mal formé\u00a0: deux-points attendu, ligne 2 colonne 10', 2, 10],
    ],
    [
      'a resource of another type',
      'Patient',
      '{"resourceType": "Observation"}',
      ['Le corps doit contenir une ressource Patient, comme le dit l’URL'],
    ],
    [
      'the key of an RPPS',
      'Practitioner',
      '{"resourceType": "Practitioner",\n"identifier": [{"system": "https://rpps.esante.gouv.fr",\n"value": "99799000016"}]}',
      ['La clé de contrôle de ce RPPS ne convient pas', 3, 10],
    ],
    [
      'the key of a matricule INS',
      'Patient',
      '{"resourceType": "Patient",\n"identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10",\n"value": "255069999999900"}]}',
      ['La clé du matricule INS ne convient pas à son numéro', 3, 10],
    ],
  ])('%s', async (_, type, body, expected) => {
    expect(told(issueOf(await http.post(type, body, inFrench)))).toEqual(expected);
  });

  test('caches know that the language counts, but of a resource it does not', async () => {
    const refused = await http.post('Patient', { resourceType: 'Patient', gender: 'x' });
    expect([refused.headers['content-language'], refused.headers['vary']]).toEqual([
      'en',
      expect.stringContaining('Accept-Language'),
    ]);
    const patient = { resourceType: 'Patient', active: true };
    const { id } = (await http.post('Patient', patient)).json<{ id: string }>();
    const read = await http.get(`Patient/${id}`, inFrench);
    expect(read.headers['content-language']).toBeUndefined();
    expect(read.headers['vary']).not.toContain('Accept-Language');
    const outcome = await http.post('Patient', patient, { ...inFrench, Prefer: 'return=OperationOutcome' });
    expect(outcome.json<OperationOutcome>().issue[0]?.diagnostics).toMatch(/^Patient\/.* créé en version 1$/);
    expect(outcome.headers['vary']).toContain('Accept-Language');
  });
});
