import type { Bundle, CapabilityStatement, Observation, OperationOutcome, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, type FhirHttp, issueOf, serverUnderTest } from '../support/fhir-http.ts';
import { observation, patient, post } from '../support/resources.ts';

const remove = (url: string) => ({ request: { method: 'DELETE', url } });

const transact = (http: FhirHttp, entry: object[]): Promise<Answer> =>
  http.post('', { resourceType: 'Bundle', type: 'transaction', entry });

const expressions = (answer: Answer) =>
  answer.json<OperationOutcome>().issue.flatMap(({ expression }) => expression);
const status = async (http: FhirHttp, path: string) => (await http.get(path)).status;
const total = async (http: FhirHttp, type: string) =>
  (await http.get(`${type}?_summary=count`)).json<Bundle>().total;

describe('by default references are not looked after', () => {
  const http = serverUnderTest();

  test('one that leads nowhere is stored, and what is referred to can be deleted', async () => {
    const id = await created(http, patient());
    await created(http, observation('Patient/nobody'));
    await created(http, observation(`Patient/${id}`));
    expect((await http.delete(`Patient/${id}`)).status).toBe(204);
  });

  test('but a conditional one, which a transaction alone resolves, is refused elsewhere', async () => {
    const conditional = observation('Patient?identifier=http://example.test|none');
    const answer = await http.post('Observation', conditional);
    expect([answer.status, expressions(answer)]).toEqual([422, ['Observation.subject.reference']]);
    const entry = [{ resource: conditional, request: { method: 'POST', url: 'Observation' } }];
    const batch = await http.post('', { resourceType: 'Bundle', type: 'batch', entry });
    expect(batch.json<Bundle>().entry![0]!.response!.status).toMatch(/^422/);
  });
});

describe('where REFERENCE_CHECK is exists', () => {
  const http = serverUnderTest({ REFERENCE_CHECK: 'exists' });

  async function refused(answer: Answer, found: string[]): Promise<void> {
    expect([answer.status, expressions(answer)]).toEqual([422, found]);
    expect(issueOf(answer).code).toBe('not-found');
  }

  test('metadata says that references are enforced', async () => {
    const statement = (await http.get('metadata')).json<CapabilityStatement>();
    expect(statement.rest![0]!.resource![0]!.referencePolicy).toEqual(['literal', 'logical', 'enforced']);
  });

  test('create, update and patch are refused for each reference that leads nowhere', async () => {
    const id = await created(http, patient());
    const before = await total(http, 'Observation');
    const dangling = observation('Patient/nobody', {
      performer: [{ reference: `Patient/${id}` }, { reference: 'Practitioner/none' }],
    });
    const both = ['Observation.subject.reference', 'Observation.performer[1].reference'];
    await refused(await http.post('Observation', dangling), both);
    await refused(await http.put('Observation/o', { ...dangling, id: 'o' }), both);
    expect(await total(http, 'Observation')).toBe(before);
    const good = await created(http, observation(`Patient/${id}`));
    const operations = [{ op: 'replace', path: '/subject/reference', value: `${http.base}/Patient/nobody` }];
    const patch = { headers: { 'Content-Type': 'application/json-patch+json' }, body: operations };
    await refused(await http.send('PATCH', `Observation/${good}`, patch), ['Observation.subject.reference']);
  });

  test('a reference to a version leads somewhere where that version was made', async () => {
    const id = await created(http, patient());
    await http.put(`Patient/${id}`, { ...patient({ active: true }), id });
    const version = (text: string) => observation(`Patient/${id}/_history/${text}`);
    for (const made of ['1', '2']) await created(http, version(made));
    for (const never of ['0', '3', '02', 'x']) {
      await refused(await http.post('Observation', version(never)), ['Observation.subject.reference']);
    }
    const own = { ...observation('Patient/written/_history/1'), id: 'own' };
    const written = {
      resource: { ...patient(), id: 'written' },
      request: { method: 'PUT', url: 'Patient/written' },
    };
    const entry = { resource: own, request: { method: 'PUT', url: 'Observation/own' } };
    expect((await transact(http, [entry, written])).status).toBe(200);
  });

  test('a reference to what is deleted leads nowhere', async () => {
    const id = await created(http, patient());
    await http.delete(`Patient/${id}`);
    await refused(await http.post('Observation', observation(`Patient/${id}`)), [
      'Observation.subject.reference',
    ]);
  });

  test('references elsewhere, to contained resources, logical ones and to itself are no matter of it', async () => {
    const about: Partial<Observation> = {
      contained: [patient({ id: 'p' })],
      performer: [
        { reference: 'https://elsewhere.example/fhir/Practitioner/1' },
        { reference: 'urn:uuid:e0000000-0000-4000-8000-000000000001' },
        { identifier: { system: 'urn:x', value: '1' } },
      ],
    };
    await created(http, observation('#p', about));
    const self = patient({
      id: 'r-self',
      link: [{ other: { reference: 'Patient/r-self' }, type: 'seealso' }],
    });
    expect((await http.put('Patient/r-self', self)).status).toBe(201);
  });

  test('a transaction may refer to its own entries, in any order', async () => {
    const urn = 'urn:uuid:e0000000-0000-4000-8000-000000000002';
    const answer = await transact(http, [
      post(observation(urn)),
      post(observation('Patient/r-new')),
      post(patient(), urn),
      { resource: patient({ id: 'r-new' }), request: { method: 'PUT', url: 'Patient/r-new' } },
    ]);
    expect(answer.status).toBe(200);
  });

  test('a transaction is refused whole, with every entry at fault', async () => {
    const id = await created(http, patient());
    const before = await total(http, 'Observation');
    const answer = await transact(http, [
      post(observation(`Patient/${id}`)),
      post(observation('Patient/nobody')),
      post(patient()),
      post(observation('Patient/nobody')),
    ]);
    await refused(answer, [
      'Bundle.entry[1].resource.subject.reference',
      'Bundle.entry[3].resource.subject.reference',
    ]);
    expect(await total(http, 'Observation')).toBe(before);
  });

  test('a transaction cannot refer to what it deletes', async () => {
    const id = await created(http, patient());
    const answer = await transact(http, [remove(`Patient/${id}`), post(observation(`Patient/${id}`))]);
    await refused(answer, ['Bundle.entry[1].resource.subject.reference']);
    expect(await status(http, `Patient/${id}`)).toBe(200);
  });
});

describe('where DELETE_PROTECTION is referenced', () => {
  const http = serverUnderTest({ DELETE_PROTECTION: 'referenced', CONDITIONAL_DELETE: 'multiple' });

  test('what others refer to is kept, and the refusal names one of them', async () => {
    const id = await created(http, patient());
    const referrer = await created(http, observation(`Patient/${id}`));
    const answer = await http.delete(`Patient/${id}`);
    expect([answer.status, issueOf(answer).code]).toEqual([409, 'conflict']);
    expect(issueOf(answer).diagnostics).toContain(`Observation/${referrer}`);
    expect(await status(http, `Patient/${id}`)).toBe(200);
    await http.delete(`Observation/${referrer}`);
    expect((await http.delete(`Patient/${id}`)).status).toBe(204);
  });

  test('what refers to itself alone can be deleted', async () => {
    const link = [{ other: { reference: 'Patient/d-self' }, type: 'seealso' as const }];
    await http.put('Patient/d-self', patient({ id: 'd-self', link }));
    expect((await http.delete('Patient/d-self')).status).toBe(204);
  });

  test('a reference of a version that is no longer current protects nothing', async () => {
    const [first, second] = [await created(http, patient()), await created(http, patient())];
    const id = await created(http, observation(`Patient/${first}`));
    await http.put(`Observation/${id}`, observation(`Patient/${second}`, { id }));
    expect((await http.delete(`Patient/${first}`)).status).toBe(204);
    expect((await http.delete(`Patient/${second}`)).status).toBe(409);
  });

  test('a conditional delete is refused whole', async () => {
    const identifier = [{ system: 'urn:d', value: 'many' }];
    const ids = [await created(http, patient({ identifier })), await created(http, patient({ identifier }))];
    await created(http, observation(`Patient/${ids[1]}`));
    expect((await http.delete('Patient?identifier=urn:d|many')).status).toBe(409);
    for (const id of ids) expect(await status(http, `Patient/${id}`)).toBe(200);
  });

  test('a transaction may delete referrer and target, or turn the referrer away', async () => {
    const [first, second] = [await created(http, patient()), await created(http, patient())];
    const id = await created(http, observation(`Patient/${first}`));
    const turned = {
      resource: observation(`Patient/${second}`, { id }),
      request: { method: 'PUT', url: `Observation/${id}` },
    };
    const kept = { ...turned, resource: observation(`Patient/${first}`, { id }) };
    const refused = await transact(http, [kept, remove(`Patient/${first}`)]);
    expect([refused.status, expressions(refused)]).toEqual([409, ['Bundle.entry[1]']]);
    expect((await transact(http, [turned, remove(`Patient/${first}`)])).status).toBe(200);
    expect((await transact(http, [remove(`Patient/${second}`), remove(`Observation/${id}`)])).status).toBe(
      200,
    );
    expect(await status(http, `Patient/${second}`)).toBe(410);
  });
});

describe('_cascade=delete', () => {
  const http = serverUnderTest({ DELETE_PROTECTION: 'referenced', CONDITIONAL_DELETE: 'multiple' });

  /** A Patient, an Encounter of theirs, and an Observation in the Encounter alone. */
  async function chain(elements: Partial<Patient> = {}): Promise<[string, string, string]> {
    const id = await created(http, patient(elements));
    const encounter = {
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: `Patient/${id}` },
    };
    const encounterId = await created(http, encounter);
    const { subject: _, ...detached } = observation('');
    const inside = { ...detached, encounter: { reference: `Encounter/${encounterId}` } };
    return [`Patient/${id}`, `Encounter/${encounterId}`, `Observation/${await created(http, inside)}`];
  }

  const statuses = (paths: string[]) => Promise.all(paths.map((path) => status(http, path)));

  test('deletes all that refers to the resource, directly or not, and nothing else', async () => {
    const [gone, kept] = [await chain(), await chain()];
    const answer = await http.delete(`${gone[0]}?_cascade=delete`, { Prefer: 'return=OperationOutcome' });
    expect([answer.status, answer.text.includes('3 resources')]).toEqual([200, true]);
    expect(await statuses(gone)).toEqual([410, 410, 410]);
    expect(await statuses(kept)).toEqual([200, 200, 200]);
  });

  test('is asked for by the header X-Cascade too', async () => {
    const gone = await chain();
    expect((await http.delete(gone[0], { 'X-Cascade': 'delete' })).status).toBe(204);
    expect(await statuses(gone)).toEqual([410, 410, 410]);
  });

  test('ends where resources refer to each other in a circle', async () => {
    const link = (id: string) => [{ other: { reference: `Patient/${id}` }, type: 'seealso' as const }];
    await http.put('Patient/x-1', patient({ id: 'x-1', link: link('x-2') }));
    await http.put('Patient/x-2', patient({ id: 'x-2', link: link('x-1') }));
    expect((await http.delete('Patient/x-1?_cascade=delete')).status).toBe(204);
    expect(await statuses(['Patient/x-1', 'Patient/x-2'])).toEqual([410, 410]);
  });

  test('goes with a conditional delete, and with entries of a transaction whose cascades meet', async () => {
    const identifier = [{ system: 'urn:x', value: 'cascade' }];
    const [gone, other] = [await chain({ identifier }), await chain({ identifier })];
    expect((await http.delete('Patient?identifier=urn:x|cascade&_cascade=delete')).status).toBe(204);
    expect(await statuses([...gone, ...other])).toEqual([410, 410, 410, 410, 410, 410]);
    const third = await chain();
    const answer = await transact(http, [
      remove(`${third[0]}?_cascade=delete`),
      remove(`${third[1]}?_cascade=delete`),
    ]);
    expect(answer.status).toBe(200);
    expect(await statuses(third)).toEqual([410, 410, 410]);
  });

  test('of another kind is refused', async () => {
    const kept = await chain();
    expect((await http.delete(`${kept[0]}?_cascade=everything`)).status).toBe(400);
    expect((await http.delete(`${kept[0]}?_cascade=none`)).status).toBe(409);
    expect(await statuses(kept)).toEqual([200, 200, 200]);
  });

  test('of more than 1,000 resources is refused, and deletes nothing', async () => {
    const id = await created(http, patient());
    // Nothing can refer to these, so that the cascade ends with them.
    const allergy = { resourceType: 'AllergyIntolerance', patient: { reference: `Patient/${id}` } };
    const entry = Array.from({ length: 1001 }, () => post(allergy));
    const written = (await transact(http, entry)).json<Bundle>().entry!;
    const answer = await http.delete(`Patient/${id}?_cascade=delete`);
    expect([answer.status, issueOf(answer).code]).toEqual([409, 'too-costly']);
    expect(await status(http, `Patient/${id}`)).toBe(200);
    expect(
      (await http.get(`AllergyIntolerance?patient=Patient/${id}&_summary=count`)).json<Bundle>().total,
    ).toBe(1001);
    const last = /AllergyIntolerance\/[^/]+/.exec(written[1000]!.response!.location!)![0];
    expect((await http.delete(last)).status).toBe(204);
    expect((await http.delete(`Patient/${id}?_cascade=delete`)).status).toBe(204);
    expect(
      (await http.get(`AllergyIntolerance?patient=Patient/${id}&_summary=count`)).json<Bundle>().total,
    ).toBe(0);
  });
});
