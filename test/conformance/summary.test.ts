import type { Bundle, Observation, Organization, Patient } from 'fhir/r4.d.ts';
import { created, entriesOf, issueOf, linkOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const subsetted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
};
const div = '<div xmlns="http://www.w3.org/1999/xhtml">text</div>';
let organization: string;
let patient: string;
let observation: string;

beforeAll(async () => {
  const tag = [{ system: 'urn:x', code: 'mine' }];
  organization = await created(http, {
    resourceType: 'Organization',
    name: 'O',
    contact: [{ name: { text: 'c' } }],
  } as Organization);
  patient = await created(http, {
    resourceType: 'Patient',
    meta: { tag },
    text: { status: 'generated', div },
    extension: [{ url: 'urn:x', valueString: 'x' }],
    identifier: [{ system: 'urn:x', value: '1' }],
    active: true,
    name: [{ family: 'Dupont' }],
    maritalStatus: { text: 'm' },
    photo: [{ url: 'http://x.test/p' }],
    communication: [{ language: { text: 'fr' } }],
    managingOrganization: { reference: `Organization/${organization}` },
  } as Patient);
  observation = await created(http, {
    resourceType: 'Observation',
    text: { status: 'generated', div },
    status: 'final',
    _status: { extension: [{ url: 'urn:x', valueString: 's' }] },
    code: { id: 'c1', extension: [{ url: 'urn:x', valueString: 'x' }], coding: [{ code: 'c' }] },
    subject: { reference: `Patient/${patient}` },
    valueSampledData: { origin: { value: 1 }, period: 10, dimensions: 1, data: '1 2' },
    interpretation: [{ text: 'i' }],
    component: [{ code: { text: 'c' }, valueString: 'v', interpretation: [{ text: 'i' }] }],
  } as Observation);
});

async function readAs<T>(path: string): Promise<T> {
  const answer = await http.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.json<T>();
}

describe('_summary (search.html#summary)', () => {
  test('true keeps the elements of the summary, at every level, and mandatory ones', async () => {
    const found = await readAs<Observation>(`Observation/${observation}?_summary=true`);
    expect(found).toEqual({
      resourceType: 'Observation',
      id: observation,
      meta: { versionId: '1', lastUpdated: expect.any(String), tag: [subsetted] },
      status: 'final',
      _status: { extension: [{ url: 'urn:x', valueString: 's' }] },
      code: { coding: [{ code: 'c' }] },
      subject: { reference: `Patient/${patient}` },
      valueSampledData: { origin: { value: 1 }, period: 10, dimensions: 1 },
      component: [{ code: { text: 'c' }, valueString: 'v' }],
    });
  });

  test('true leaves out what is not of the summary', async () => {
    const found = await readAs<Patient>(`Patient/${patient}?_summary=true`);
    expect(Object.keys(found)).toEqual([
      'resourceType',
      'id',
      'meta',
      'identifier',
      'active',
      'name',
      'managingOrganization',
    ]);
  });

  test('text keeps the narrative, id, meta and mandatory elements', async () => {
    const found = await readAs<Observation>(`Observation/${observation}?_summary=text`);
    expect(Object.keys(found)).toEqual(['resourceType', 'id', 'meta', 'text', 'status', '_status', 'code']);
    expect(Object.keys(await readAs(`Patient/${patient}?_summary=text`))).toEqual([
      'resourceType',
      'id',
      'meta',
      'text',
    ]);
  });

  test('data leaves out the narrative alone', async () => {
    const { text: _, meta, ...others } = await readAs<Patient>(`Patient/${patient}`);
    expect(await readAs(`Patient/${patient}?_summary=data`)).toEqual({
      ...others,
      meta: { ...meta, tag: [{ system: 'urn:x', code: 'mine' }, subsetted] },
    });
  });

  test('false is the whole resource, byte for byte', async () => {
    const whole = await http.get(`Patient/${patient}`);
    expect((await http.get(`Patient/${patient}?_summary=false`)).text).toBe(whole.text);
  });

  test('is the same on a version, and leaves the stored resource as it was', async () => {
    const read = await readAs(`Patient/${patient}?_summary=true`);
    expect(await readAs(`Patient/${patient}/_history/1?_summary=true`)).toEqual(read);
    expect((await readAs<Patient>(`Patient/${patient}`)).meta?.tag).toHaveLength(1);
  });

  test('cuts down the matches of a search and leaves what it includes', async () => {
    const answer = await http.get(`Patient?_id=${patient}&_include=Patient:organization&_summary=true`);
    const [match] = entriesOf(answer, 'match');
    const [include] = entriesOf(answer, 'include');
    expect(match!.resource).toEqual(await readAs(`Patient/${patient}?_summary=true`));
    expect(include!.resource).toEqual(await readAs(`Organization/${organization}`));
    expect(linkOf(answer, 'self')).toContain('_summary=true');
  });

  test('cuts down what a compartment or the whole server has', async () => {
    const whole = await readAs(`Observation/${observation}?_summary=true`);
    for (const path of [`Patient/${patient}/Observation?`, `?_type=Observation&_id=${observation}&`]) {
      const answer = await http.get(`${path}_summary=true`);
      expect(entriesOf(answer, 'match').map(({ resource }) => resource)).toEqual([whole]);
      expect(linkOf(answer, 'self')).toContain('_summary=true');
      const elements = await http.get(`${path}_elements=subject`);
      expect(entriesOf(elements, 'match')[0]!.resource).not.toHaveProperty('component');
    }
    expect((await http.get('_history?_count=1&_summary=yes')).status).toBe(400);
  });

  test('leaves the outcome of a search as it is', async () => {
    const answer = await http.get(`Patient?_id=${patient}&nothing=1&_summary=true`);
    expect(entriesOf(answer, 'outcome')[0]!.resource).not.toHaveProperty('meta');
  });

  test('holds on every page', async () => {
    for (let index = 0; index < 3; index++) {
      await created(http, {
        resourceType: 'Basic',
        code: { text: 'page' },
        text: { status: 'generated', div },
      } as never);
    }
    let url: string | undefined = 'Basic?_count=1&_summary=data';
    let pages = 0;
    for (; url !== undefined && pages < 5; pages++) {
      const answer = await http.get(url);
      const { resource } = entriesOf(answer, 'match')[0]!;
      expect([resource?.meta?.tag, Object.hasOwn(resource!, 'text')]).toEqual([[subsetted], false]);
      url = linkOf(answer, 'next');
      if (url !== undefined) expect(url).toContain('_summary=data');
    }
    expect(pages).toBe(3);
  });

  test('cuts down all resources of a history', async () => {
    const id = await created(http, { resourceType: 'Patient', photo: [{ url: 'urn:p' }] } as Patient);
    await http.put(`Patient/${id}`, { resourceType: 'Patient', id, photo: [{ url: 'urn:q' }] });
    await http.delete(`Patient/${id}`);
    const { entry = [] } = await readAs<Bundle>(`Patient/${id}/_history?_summary=true`);
    expect(entry.map(({ resource }) => resource && Object.keys(resource))).toEqual([
      undefined,
      ['resourceType', 'id', 'meta'],
      ['resourceType', 'id', 'meta'],
    ]);
    const answer = await http.get(`Patient/${id}/_history?_summary=true&_count=1`);
    expect(linkOf(answer, 'self')).toContain('_summary=true');
    expect(linkOf(answer, 'next')).toContain('_summary=true');
  });

  test('count gives the number of matches alone', async () => {
    const answer = await http.get(`Patient?_id=${patient}&_summary=count`);
    expect(answer.json<Bundle>()).toMatchObject({ total: 1 });
    expect(answer.json<Bundle>().entry).toBeUndefined();
    expect(linkOf(answer, 'self')!.match(/_summary=count/g)).toHaveLength(1);
  });

  test('works in XML and inside a batch', async () => {
    const xml = await http.get(`Patient/${patient}?_summary=text&_format=xml`);
    expect(xml.text).toContain('<code value="SUBSETTED"/>');
    expect(xml.text).not.toContain('<name>');
    const batch = await http.post('', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: `Patient/${patient}?_summary=true` } }],
    });
    expect(batch.json<Bundle>().entry![0]!.resource).toEqual(
      await readAs(`Patient/${patient}?_summary=true`),
    );
  });

  test('keeps the ETag, so that a conditional read is answered 304', async () => {
    const answer = await http.get(`Patient/${patient}?_summary=true`, { 'If-None-Match': 'W/"1"' });
    expect([answer.status, answer.text]).toEqual([304, '']);
  });

  test.each([
    ['an unknown value', 'Patient?_summary=yes'],
    ['an unknown value on a read', 'Patient/x?_summary=maybe'],
    ['count on a read', 'Patient/x?_summary=count'],
    ['count on a history', 'Patient/x/_history?_summary=count'],
    ['text with includes', 'Patient?_summary=text&_include=Patient:organization'],
    ['text with reverse includes', 'Patient?_summary=text&_revinclude=Observation:subject'],
    ['together with _elements', 'Patient?_summary=true&_elements=name'],
  ])('refuses %s with 400', async (_, path) => {
    const answer = await http.get(path);
    expect(answer.status).toBe(400);
    expect(issueOf(answer).expression?.[0]).toMatch(/^_(summary|elements)$/);
  });
});

describe('_elements (search.html#elements)', () => {
  test('keeps the named elements whole, id and meta, and mandatory ones', async () => {
    const found = await readAs<Patient>(`Patient/${patient}?_elements=name,active`);
    expect(found).toEqual({
      resourceType: 'Patient',
      id: patient,
      meta: expect.objectContaining({ tag: [{ system: 'urn:x', code: 'mine' }, subsetted] }),
      active: true,
      name: [{ family: 'Dupont' }],
    });
    expect(Object.keys(await readAs(`Observation/${observation}?_elements=interpretation`))).toEqual([
      'resourceType',
      'id',
      'meta',
      'status',
      '_status',
      'code',
      'interpretation',
    ]);
  });

  test('names a choice of types without its type', async () => {
    const found = await readAs<Observation>(`Observation/${observation}?_elements=value`);
    expect(found.valueSampledData?.data).toBe('1 2');
  });

  test('may be repeated', async () => {
    const found = await readAs<Patient>(`Patient/${patient}?_elements=name,resourceType&_elements=active`);
    expect([found.active, found.name?.length]).toEqual([true, 1]);
  });

  test('concerns the matches of a search, not what it includes', async () => {
    const answer = await http.get(`Patient?_id=${patient}&_include=Patient:organization&_elements=name`, {
      Prefer: 'handling=strict',
    });
    expect(entriesOf(answer, 'match')[0]!.resource).not.toHaveProperty('active');
    expect(entriesOf(answer, 'include')[0]!.resource).toHaveProperty('contact');
    expect(linkOf(answer, 'self')).toContain('_elements=name');
  });

  test('without a value asks for nothing, as _summary and _pretty (search.html#errors)', async () => {
    const whole = await http.get(`Patient/${patient}`);
    const empty = await http.get(`Patient/${patient}?_elements=&_summary=&_pretty=&_format=`);
    expect(empty.text).toBe(whole.text);
  });

  test('concerns history and versions', async () => {
    const { entry = [] } = await readAs<Bundle>(`Patient/${patient}/_history?_elements=name`);
    expect(entry[0]!.resource).toEqual(await readAs(`Patient/${patient}/_history/1?_elements=name`));
    expect(entry[0]!.resource).not.toHaveProperty('active');
  });

  test.each(['nickname', 'name.family', 'name,', 'name,,active', 'value[x]'])(
    'refuses %j with 400',
    async (value) => {
      const answer = await http.get(`Patient?_elements=${encodeURIComponent(value)}`);
      expect([answer.status, issueOf(answer).expression]).toEqual([400, ['_elements']]);
    },
  );
});
