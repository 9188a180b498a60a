import type { Bundle, BundleEntry, Observation, Patient, Questionnaire } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';
import { observation, patient, post } from '../support/resources.ts';
import { many } from '../support/store-under-test.ts';

const http = serverUnderTest();

const transact = (entry: object[]): Promise<Answer> =>
  http.post('', { resourceType: 'Bundle', type: 'transaction', entry });

async function committed(entry: object[]): Promise<BundleEntry[]> {
  const answer = await transact(entry);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json<Bundle>().entry!;
}

/** `Type/id` of a written entry. */
const written = (entry: BundleEntry) => /[A-Z]\w+\/[^/]+(?=\/_history)/.exec(entry.response!.location!)![0];
const read = async <T>(entry: BundleEntry) => (await http.get(written(entry))).json<T>();

let count = 0;
const urn = () => `urn:uuid:d0000000-0000-4000-8000-${String(count++).padStart(12, '0')}`;

describe('links are rewritten by the type of the element that holds them (http.html#trules)', () => {
  test('canonical, uri and url elements, and values of these types', async () => {
    const link = urn();
    const [target, holder] = await committed([
      post(patient(), link),
      post({
        resourceType: 'PlanDefinition',
        status: 'draft',
        library: [link, 'http://example.org/other'],
        relatedArtifact: [{ type: 'documentation', url: link, resource: `${link}|2` }],
        action: [{ definitionUri: link }, { definitionCanonical: link }],
        extension: [
          { url: 'http://example.org/e', valueUri: link },
          { url: 'http://example.org/e', valueUrl: link },
        ],
      }),
    ]);
    const local = written(target!);
    expect(await read(holder!)).toMatchObject({
      library: [local, 'http://example.org/other'],
      relatedArtifact: [{ url: local, resource: `${local}|2` }],
      action: [{ definitionUri: local }, { definitionCanonical: local }],
      extension: [{ valueUri: local }, { valueUrl: local }],
    });
  });

  test('href and src of the narrative', async () => {
    const link = urn();
    const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${link}">${link}</a><img alt='i' src='${link}'/></div>`;
    const [target, holder] = await committed([
      post(patient(), link),
      post(patient({ text: { status: 'generated', div } })),
    ]);
    const local = written(target!);
    expect((await read<Patient>(holder!)).text!.div).toBe(
      `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${local}">${link}</a><img alt='i' src="${local}"/></div>`,
    );
  });

  test('references below an element that borrows its definition', async () => {
    const link = urn();
    const item = (items: Questionnaire['item']) => ({
      linkId: String(count++),
      type: 'group' as const,
      item: items!,
    });
    const initial = [{ valueReference: { reference: link } }];
    const leaf = { linkId: 'leaf', type: 'reference' as const, initial };
    const questionnaire: Questionnaire = {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [item([item([leaf])])],
    };
    const [target, holder] = await committed([post(patient(), link), post(questionnaire)]);
    expect(JSON.stringify(await read(holder!))).toContain(`{"reference":"${written(target!)}"}`);
  });

  test('the extensions of a primitive', async () => {
    const link = urn();
    const extension = [{ url: 'http://example.org/e', valueReference: { reference: link } }];
    const [target, holder] = await committed([
      post(patient(), link),
      post({
        resourceType: 'Patient',
        gender: 'other',
        _gender: { extension },
        name: [{ _given: [{ extension }] }],
      }),
    ]);
    const text = JSON.stringify(await read(holder!));
    expect(text.split(`{"reference":"${written(target!)}"}`)).toHaveLength(3);
  });

  test('texts, codes and identifiers that look like a link stay as they are', async () => {
    const link = urn();
    const [, holder] = await committed([
      post(patient(), link),
      post(
        observation('#p', {
          contained: [patient({ id: 'p' })],
          identifier: [{ system: 'urn:ietf:rfc:3986', value: link }],
          note: [{ text: link }],
          valueString: link,
        }),
      ),
    ]);
    expect(await read(holder!)).toMatchObject({
      identifier: [{ value: link }],
      note: [{ text: link }],
      valueString: link,
    });
  });

  test('the canonical URL of a resource stays, even where it is also its fullUrl', async () => {
    const url = 'http://example.org/fhir/ValueSet/colours';
    const [holder] = await committed([post({ resourceType: 'ValueSet', status: 'draft', url }, url)]);
    expect(await read(holder!)).toMatchObject({ url });
  });

  test('a document within the transaction keeps its own fullUrls', async () => {
    const link = urn();
    const document = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        { fullUrl: link, resource: patient() },
        { fullUrl: urn(), resource: observation(link) },
      ],
    };
    const [, holder] = await committed([post(patient(), link), post(document)]);
    expect(await read(holder!)).toMatchObject({
      entry: [{ fullUrl: link }, { resource: { subject: { reference: link } } }],
    });
  });
});

describe('versioned and absolute references (bundle.html#references)', () => {
  test('a version-specific reference to an entry gets the version that it is written as', async () => {
    const id = await created(http, patient());
    const fullUrl = `https://elsewhere.example/fhir/Patient/${id}`;
    const [, holder] = await committed([
      { fullUrl, resource: patient({ id }), request: { method: 'PUT', url: `Patient/${id}` } },
      post(observation(`${fullUrl}/_history/1`)),
    ]);
    expect((await read<Observation>(holder!)).subject!.reference).toBe(`Patient/${id}/_history/2`);
  });

  test('an absolute reference to this server is stored relative, by any write', async () => {
    const id = await created(http, patient());
    const absolute = `${http.base}/Patient/${id}`;
    const single = (await http.post('Observation', observation(absolute))).json<Observation>();
    expect(single.subject!.reference).toBe(`Patient/${id}`);
    const body = observation(`${absolute}/_history/1`, { id: single.id! });
    const updated = (await http.put(`Observation/${single.id}`, body)).json<Observation>();
    expect(updated.subject!.reference).toBe(`Patient/${id}/_history/1`);
    const [entry] = await committed([post(observation(absolute))]);
    expect((await read<Observation>(entry!)).subject!.reference).toBe(`Patient/${id}`);
    const foreign = observation(`https://elsewhere.example/fhir/Patient/${id}`);
    expect((await http.post('Observation', foreign)).json<Observation>().subject).toEqual(foreign.subject);
  });
});

describe('conditional references to what the same transaction writes', () => {
  const identified = (value: string) => patient({ identifier: [{ system: 'urn:l', value }] });

  test('lead to the created resource that the condition matches', async () => {
    const [target, holder] = await committed([
      post(identified('made')),
      post(observation('Patient?identifier=urn:l|made')),
    ]);
    expect((await read<Observation>(holder!)).subject!.reference).toBe(written(target!));
  });

  test('lead to the entry of the same condition', async () => {
    const url = 'Patient?identifier=urn:l|same&birthdate=1980';
    const [target, holder] = await committed([
      { resource: { ...identified('same'), birthDate: '1980-05-05' }, request: { method: 'PUT', url } },
      post(observation(url)),
    ]);
    expect((await read<Observation>(holder!)).subject!.reference).toBe(written(target!));
  });

  test('are refused when both the store and the transaction, or two entries, hold a match', async () => {
    await created(http, identified('stored'));
    for (const entries of [
      [post(identified('stored'))],
      [post(identified('twins')), post(identified('twins'))],
    ]) {
      const value = entries[0]!.resource as Patient;
      const reference = `Patient?identifier=urn:l|${value.identifier![0]!.value}`;
      const answer = await transact([...entries, post(observation(reference))]);
      expect([answer.status, issueOf(answer).code]).toEqual([412, 'multiple-matches']);
      expect(issueOf(answer).expression![0]).toBe(`Bundle.entry[${entries.length}].resource`);
    }
    expect(matchIds(await http.get('Patient?identifier=urn:l|twins'))).toEqual([]);
  });

  test('do not lead to what the transaction deletes', async () => {
    const id = await created(http, identified('leaving'));
    const answer = await transact([
      { request: { method: 'DELETE', url: `Patient/${id}` } },
      post(observation('Patient?identifier=urn:l|leaving')),
    ]);
    expect(answer.status).toBe(412);
    expect((await http.get(`Patient/${id}`)).status).toBe(200);
  });
});

describe('operations in a transaction', () => {
  const parameters = (value: string) => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'resource', resource: patient({ birthDate: value }) }],
  });
  const validate = (value: string) => ({
    resource: parameters(value),
    request: { method: 'POST', url: 'Patient/$validate' },
  });

  test('run after the writes, by GET and by POST', async () => {
    const id = await created(http, patient());
    const entries = await committed([
      { request: { method: 'GET', url: `Patient/${id}/$everything` } },
      validate('1980-01-01'),
      { resource: patient({ id, gender: 'other' }), request: { method: 'PUT', url: `Patient/${id}` } },
    ]);
    expect(entries.map(({ response }) => response!.status.slice(0, 3))).toEqual(['200', '200', '200']);
    const everything = entries[0]!.resource as Bundle<Patient>;
    expect(everything.entry![0]!.resource).toMatchObject({ id, gender: 'other' });
    expect(entries[1]!.resource!.resourceType).toBe('OperationOutcome');
  });

  test('that write are refused with the whole transaction: they could not be taken back', async () => {
    const id = await created(http, patient());
    const meta = { name: 'meta', valueMeta: { tag: [{ system: 'urn:l', code: 'x' }] } };
    const answer = await transact([
      post(patient({ identifier: [{ system: 'urn:l', value: 'with-operation' }] })),
      {
        resource: { resourceType: 'Parameters', parameter: [meta] },
        request: { method: 'POST', url: `Patient/${id}/$meta-add` },
      },
    ]);
    expect(answer.status).toBe(400);
    expect(issueOf(answer).expression).toEqual(['Bundle.entry[1].request.url']);
    expect(matchIds(await http.get('Patient?identifier=urn:l|with-operation'))).toEqual([]);
  });
});

const large = many(5000);

test(`a transaction of ${large} linked entries is written whole, and others are answered meanwhile`, async () => {
  const root = urn();
  const links = Array.from({ length: large - 1 }, urn);
  const entries = [
    post(patient(), root),
    ...links.map((link, index) =>
      post(observation(root, index === 0 ? {} : { derivedFrom: [{ reference: links[index - 1]! }] }), link),
    ),
  ];
  let done = false;
  const answers = transact(entries).finally(() => {
    done = true;
  });
  let meanwhile = 0;
  while (!done) {
    const { status } = await http.get('Patient?_count=1');
    expect(status).toBe(200);
    if (!done) meanwhile++;
  }
  const answer = await answers;
  expect(answer.status).toBe(200);
  const responses = answer.json<Bundle>().entry!;
  expect(new Set(responses.map(written)).size).toBe(large);
  expect(meanwhile).toBeGreaterThan(5);
  const last = await read<Observation>(responses[large - 1]!);
  expect(last.subject!.reference).toBe(written(responses[0]!));
  expect(last.derivedFrom![0]!.reference).toBe(written(responses[large - 2]!));
  const total = await http.get(`Observation?subject=${written(responses[0]!)}&_summary=count`);
  expect(total.json<Bundle>().total).toBe(large - 1);
});
