import type {
  Bundle,
  BundleEntry,
  DocumentReference,
  Encounter,
  Observation,
  OperationOutcome,
  Patient,
} from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const patient = (elements: Partial<Patient> = {}): Patient => ({ resourceType: 'Patient', ...elements });

function observation(subject: string, elements: Partial<Observation> = {}): Observation {
  const code = { text: 'x' };
  return { resourceType: 'Observation', status: 'final', code, subject: { reference: subject }, ...elements };
}

const post = (resource: { resourceType: string }, fullUrl?: string, request: object = {}) => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
});

const put = (resource: { resourceType: string; id?: string | undefined }, request: object = {}) => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...request },
});

function transact(entry: object[], headers: Record<string, string> = {}): Promise<Answer> {
  return http.post('', { resourceType: 'Bundle', type: 'transaction', entry }, headers);
}

async function committed(entry: object[], headers: Record<string, string> = {}): Promise<BundleEntry[]> {
  const answer = await transact(entry, headers);
  if (answer.status !== 200) throw new Error(answer.text);
  const bundle = answer.json<Bundle>();
  expect(bundle.type).toBe('transaction-response');
  return bundle.entry ?? [];
}

async function refused(entry: object[], status: number, expression: string): Promise<Answer> {
  const answer = await transact(entry);
  expect([answer.status, answer.status < 300 ? answer.text : '']).toEqual([status, '']);
  expect(issueOf(answer).expression![0]!.startsWith(expression)).toBe(true);
  return answer;
}

const statuses = (entries: BundleEntry[]) => entries.map(({ response }) => response!.status.slice(0, 3));
/** `Type/id` of a written entry. */
const written = (entry: BundleEntry) => /[A-Z]\w+\/[^/]+(?=\/_history)/.exec(entry.response!.location!)![0];
const total = async (type: string) => (await http.get(`${type}?_summary=count`)).json<Bundle>().total;
const read = async <T>(path: string) => (await http.get(path)).json<T>();

describe('references within a transaction (http.html#trules)', () => {
  test('to the urn:uuid of another entry become the id that it was given', async () => {
    const urn = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a';
    const entries = await committed([post(observation(urn)), post(patient(), urn)]);
    const found = await read<Observation>(written(entries[0]!));
    expect(found.subject!.reference).toBe(written(entries[1]!));
    expect(matchIds(await http.get(`Observation?subject=${written(entries[1]!)}`))).toEqual([found.id]);
  });

  test('to the urn:oid or the URL of another entry do so too', async () => {
    for (const url of ['urn:oid:1.2.3', 'https://elsewhere.example/fhir/Patient/7']) {
      const entries = await committed([post(patient(), url), post(observation(url))]);
      const found = await read<Observation>(written(entries[1]!));
      expect(found.subject!.reference).toBe(written(entries[0]!));
    }
  });

  test('that go round in a circle are resolved', async () => {
    const [one, two] = [
      'urn:uuid:11111111-0000-4000-8000-000000000001',
      'urn:uuid:11111111-0000-4000-8000-000000000002',
    ];
    const link = (reference: string) => patient({ link: [{ other: { reference }, type: 'seealso' }] });
    const [first, second] = await committed([post(link(two), one), post(link(one), two)]);
    expect((await read<Patient>(written(first!))).link![0]!.other.reference).toBe(written(second!));
    expect((await read<Patient>(written(second!))).link![0]!.other.reference).toBe(written(first!));
  });

  test('in attachments, extensions and contained resources are resolved', async () => {
    const urn = 'urn:uuid:22222222-0000-4000-8000-000000000001';
    const document: DocumentReference = {
      resourceType: 'DocumentReference',
      status: 'current',
      contained: [observation(urn, { id: 'o' })],
      extension: [{ url: 'http://example.org/about', valueReference: { reference: urn } }],
      content: [{ attachment: { url: urn } }],
    };
    const [target, holder] = await committed([post(patient(), urn), post(document)]);
    const text = (await http.get(written(holder!))).text;
    expect(text).not.toContain(urn);
    expect(text.split(`"${written(target!)}"`)).toHaveLength(4);
  });

  test('leave a text that only looks like one alone', async () => {
    const urn = 'urn:uuid:33333333-0000-4000-8000-000000000001';
    const named = patient({
      name: [{ text: urn }],
      identifier: [{ system: 'urn:ietf:rfc:3986', value: urn }],
    });
    const [entry] = await committed([post(named, urn)]);
    expect(await read<Patient>(written(entry!))).toMatchObject({
      name: [{ text: urn }],
      identifier: [{ value: urn }],
    });
  });

  test('to a condition become the one resource that matches', async () => {
    const id = await created(http, patient({ identifier: [{ system: 'urn:t', value: 'conditional' }] }));
    const [entry] = await committed([post(observation('Patient?identifier=urn:t|conditional'))]);
    expect((await read<Observation>(written(entry!))).subject!.reference).toBe(`Patient/${id}`);
  });

  test('to a condition that nothing or several match refuse the transaction with 412', async () => {
    const before = await total('Observation');
    await refused(
      [post(patient()), post(observation('Patient?identifier=urn:t|nobody'))],
      412,
      'Bundle.entry[1]',
    );
    await created(http, patient({ identifier: [{ system: 'urn:t', value: 'twins' }] }));
    await created(http, patient({ identifier: [{ system: 'urn:t', value: 'twins' }] }));
    await refused([post(observation('Patient?identifier=urn:t|twins'))], 412, 'Bundle.entry[0]');
    expect(await total('Observation')).toBe(before);
  });

  test('keep decimals as they were written', async () => {
    const urn = 'urn:uuid:44444444-0000-4000-8000-000000000001';
    const body = `{"resourceType":"Bundle","type":"transaction","entry":[
      {"fullUrl":"${urn}","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}},
      {"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"${urn}"},
        "valueQuantity":{"value":1.10}},"request":{"method":"POST","url":"Observation"}}]}`;
    const answer = await http.post('', body);
    expect(answer.status).toBe(200);
    expect((await http.get(written(answer.json<Bundle>().entry![1]!))).text).toContain('"value":1.10}');
  });
});

describe('conditional entries of a transaction', () => {
  test('with ifNoneExist answer 200 with the match, and references lead to it', async () => {
    const urn = 'urn:uuid:55555555-0000-4000-8000-000000000001';
    const known = patient({ identifier: [{ system: 'urn:t', value: 'known' }] });
    const id = await created(http, known);
    const entries = await committed([
      post(known, urn, { ifNoneExist: 'identifier=urn:t|known' }),
      post(observation(urn)),
    ]);
    expect(statuses(entries)).toEqual(['200', '201']);
    expect((await read<Observation>(written(entries[1]!))).subject!.reference).toBe(`Patient/${id}`);
    expect((await http.get(`Patient/${id}/_history/2`)).status).toBe(404);
  });

  test('with ifNoneExist that several match refuse the transaction with 412', async () => {
    const twin = patient({ identifier: [{ system: 'urn:t', value: 'pair' }] });
    await created(http, twin);
    await created(http, twin);
    await refused(
      [post(patient()), post(twin, undefined, { ifNoneExist: 'identifier=urn:t|pair' })],
      412,
      'Bundle.entry[1]',
    );
  });

  test('with ifNoneExist make one resource of 30 simultaneous transactions', async () => {
    const urn = 'urn:uuid:55555555-0000-4000-8000-000000000002';
    const raced = patient({ identifier: [{ system: 'urn:t', value: 'raced' }] });
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        transact([post(raced, urn, { ifNoneExist: 'identifier=urn:t|raced' }), post(observation(urn))]),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
    const ids = matchIds(await http.get('Patient?identifier=urn:t|raced'));
    expect(ids).toHaveLength(1);
    expect(matchIds(await http.get(`Observation?subject=Patient/${ids[0]}&_count=100`))).toHaveLength(30);
  });

  test('with the same ifNoneExist twice in one transaction are refused', async () => {
    const twice = patient({ identifier: [{ system: 'urn:t', value: 'twice' }] });
    const entry = post(twice, undefined, { ifNoneExist: 'identifier=urn:t|twice' });
    await refused([entry, entry], 400, 'Bundle.entry[1]');
    expect(matchIds(await http.get('Patient?identifier=urn:t|twice'))).toEqual([]);
  });

  test('with an ifMatch that fails refuse the transaction with 412', async () => {
    const id = await created(http, patient());
    await refused([post(patient()), put(patient({ id }), { ifMatch: 'W/"2"' })], 412, 'Bundle.entry[1]');
    const entries = await committed([put(patient({ id, active: true }), { ifMatch: 'W/"1"' })]);
    expect(statuses(entries)).toEqual(['200']);
  });

  test('with ifNoneMatch * create only where nothing is', async () => {
    const create = put(patient({ id: 't-once' }), { ifNoneMatch: '*' });
    expect(statuses(await committed([create]))).toEqual(['201']);
    await refused([create], 412, 'Bundle.entry[0]');
  });
});

describe('the order of processing (http.html#trules)', () => {
  test('is deletions, creations, updates, reads, whatever the order of the entries', async () => {
    await http.put('Patient/t-delete', patient({ id: 't-delete' }));
    await http.put('Patient/t-update', patient({ id: 't-update' }));
    const entries = await committed([
      { request: { method: 'GET', url: 'Patient/t-update' } },
      { request: { method: 'GET', url: 'Patient?identifier=urn:t|ordered' } },
      put(patient({ id: 't-update', active: true })),
      post(patient({ identifier: [{ system: 'urn:t', value: 'ordered' }] })),
      { request: { method: 'DELETE', url: 'Patient/t-delete' } },
    ]);
    expect(statuses(entries)).toEqual(['200', '200', '200', '201', '204']);
    expect((entries[0]!.resource as Patient).active).toBe(true);
    expect((entries[1]!.resource as Bundle).total).toBe(1);
    expect((await http.get('Patient/t-delete')).status).toBe(410);
  });

  test('leaves the entries of the answer in the order of the request', async () => {
    const entries = await committed([
      put({ resourceType: 'Basic', id: 't-2', code: { text: 'x' } } as never),
      post(patient()),
      put(patient({ id: 't-1' })),
    ]);
    expect(entries.map((entry) => written(entry).split('/')[0])).toEqual(['Basic', 'Patient', 'Patient']);
  });
});

describe('all or nothing (http.html#transaction)', () => {
  test('a transaction with an entry that is not valid writes nothing, and the outcome names the entry', async () => {
    const before = await total('Patient');
    const bad = patient({ gender: 'x' as 'male' });
    const answer = await refused(
      [post(patient()), put(patient({ id: 't-none' })), post(bad), post(patient())],
      422,
      'Bundle.entry[2].resource.gender',
    );
    expect(answer.json<OperationOutcome>().issue).toHaveLength(1);
    expect(await total('Patient')).toBe(before);
    expect((await http.get('Patient/t-none')).status).toBe(404);
  });

  test('the outcome names every entry that is not valid', async () => {
    const bad = patient({ gender: 'x' as 'male' });
    const { issue } = (await transact([post(bad), post(patient()), post(bad)])).json<OperationOutcome>();
    expect(issue.map(({ expression }) => expression![0])).toEqual([
      'Bundle.entry[0].resource.gender',
      'Bundle.entry[2].resource.gender',
    ]);
  });

  test.each([
    [
      'an unknown type',
      { resource: { resourceType: 'Nothing' }, request: { method: 'POST', url: 'Nothing' } },
    ],
    [
      'a type that is not that of the url',
      { resource: { resourceType: 'Basic' }, request: { method: 'POST', url: 'Patient' } },
    ],
    ['a POST without resource', { request: { method: 'POST', url: 'Patient' } }],
    [
      'a PUT without id',
      { resource: { resourceType: 'Patient' }, request: { method: 'PUT', url: 'Patient' } },
    ],
    [
      'a PUT of another id',
      { resource: { resourceType: 'Patient', id: 'a' }, request: { method: 'PUT', url: 'Patient/b' } },
    ],
    ['an unknown method', { request: { method: 'TRACE', url: 'Patient/b' } }],
    ['a DELETE of a type', { request: { method: 'DELETE', url: 'Patient' } }],
    ['a read of what it deletes', { request: { method: 'GET', url: 'Patient/t-both' } }],
    ['a read of nothing', { request: { method: 'GET', url: 'Patient/absent' } }],
    [
      'an operation that is not there',
      { resource: { resourceType: 'Parameters' }, request: { method: 'POST', url: 'Patient/$nothing' } },
    ],
    ['a search that is malformed', { request: { method: 'GET', url: 'Patient?birthdate=x' } }],
  ])('an entry that cannot be processed refuses the transaction and writes nothing: %s', async (_, entry) => {
    await http.put('Patient/t-both', patient({ id: 't-both' }));
    const before = await total('Patient');
    const remove = { request: { method: 'DELETE', url: 'Patient/t-both' } };
    const answer = await transact([post(patient()), entry, remove]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(issueOf(answer).expression![0]).toMatch(/^Bundle\.entry\[1\]/);
    expect(await total('Patient')).toBe(before);
  });

  test('two entries for the same resource are refused', async () => {
    const before = await total('Patient');
    await refused(
      [put(patient({ id: 't-dup' })), post(patient()), put(patient({ id: 't-dup' }))],
      400,
      'Bundle.entry[2]',
    );
    await refused(
      [put(patient({ id: 't-dup' })), { request: { method: 'DELETE', url: 'Patient/t-dup' } }],
      400,
      'Bundle.entry[1]',
    );
    expect(await total('Patient')).toBe(before);
  });

  test('two entries with the same fullUrl are refused, for a reference to it would mean two resources', async () => {
    const urn = 'urn:uuid:66666666-0000-4000-8000-000000000001';
    await refused([post(patient(), urn), post(patient(), urn)], 400, 'Bundle.entry[1].fullUrl');
  });

  test('nobody ever sees a part of a transaction', async () => {
    const entries = (round: number) =>
      ['t-left', 't-right'].map((id) => put(patient({ id, multipleBirthInteger: round })));
    await committed(entries(0));
    let done = false;
    const writer = (async () => {
      for (let round = 1; round <= 40; round++) await committed(entries(round));
      done = true;
    })();
    while (!done) {
      const answer = await http.get('Patient?_id=t-left,t-right');
      const rounds = answer
        .json<Bundle<Patient>>()
        .entry!.map(({ resource }) => resource!.multipleBirthInteger);
      expect(rounds).toHaveLength(2);
      expect(rounds[0]).toBe(rounds[1]);
    }
    await writer;
  });

  test('of simultaneous transactions on the same resources every one is done wholly or refused', async () => {
    const ids = ['t-x', 't-y', 't-z'];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, round) =>
        transact(ids.map((id) => put(patient({ id, multipleBirthInteger: round })))),
      ),
    );
    const count = answers.filter(({ status }) => status === 200).length;
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(count).toBeGreaterThan(0);
    const histories = await Promise.all(
      ids.map(async (id) => {
        const { entry } = await read<Bundle<Patient>>(`Patient/${id}/_history?_count=100`);
        return entry!.map(({ resource }) => resource!.multipleBirthInteger);
      }),
    );
    expect(histories[0]).toHaveLength(count);
    expect(histories[1]).toEqual(histories[0]);
    expect(histories[2]).toEqual(histories[0]);
  });
});

describe('a transaction', () => {
  test('of 1,000 linked entries is written whole', async () => {
    const urn = (index: number) => `urn:uuid:77777777-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const entries = Array.from({ length: 1000 }, (_, index) => {
      if (index === 0) return post(patient(), urn(0));
      const encounter: Encounter = {
        resourceType: 'Encounter',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: urn(0) },
        ...(index > 1 ? { partOf: { reference: urn(index - 1) } } : {}),
      };
      return post(encounter, urn(index));
    });
    const answered = await committed(entries);
    expect(new Set(answered.map(written)).size).toBe(1000);
    const last = await read<Encounter>(written(answered[999]!));
    expect(last.subject!.reference).toBe(written(answered[0]!));
    expect(last.partOf!.reference).toBe(written(answered[998]!));
    expect(await total('Encounter')).toBe(999);
  });

  test('without entries is answered with an empty response', async () => {
    expect(await committed([])).toEqual([]);
  });

  test('answers with the resources when the caller prefers representations', async () => {
    const [entry] = await committed([post(patient({ active: true }))], { Prefer: 'return=representation' });
    expect(entry!.resource).toMatchObject({ resourceType: 'Patient', active: true, id: expect.any(String) });
  });

  test('tells status, location, etag and lastModified of each write', async () => {
    const [entry] = await committed([post(patient())]);
    const stored = await read<Patient>(written(entry!));
    expect(entry!.response).toMatchObject({ etag: 'W/"1"', lastModified: stored.meta!.lastUpdated });
    expect(entry!.response!.status).toMatch(/^201/);
  });
});
