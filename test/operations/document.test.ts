import type { Bundle, FhirResource, Patient } from 'fhir/r4.d.ts';
import { patientOf } from '../../seeds/patient.ts';
import { adrunMatricule, adrunWith } from '../ins/http/support.ts';
import { type Answer, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const reference = (text: string) => ({ reference: text });

async function put(resource: FhirResource & { id: string }): Promise<void> {
  const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
}

const composition = (id: string, ...entries: string[]) =>
  put({
    resourceType: 'Composition',
    id,
    status: 'final',
    type: { text: 'Compte rendu' },
    date: '2024-01-01',
    title: 'Compte rendu',
    subject: reference('Patient/ann'),
    author: [reference('Practitioner/dr')],
    section: [{ title: 'Biologie', entry: entries.map(reference) }],
  });

beforeAll(async () => {
  await put({ resourceType: 'Organization', id: 'chu' });
  await put({ resourceType: 'Practitioner', id: 'dr' });
  await put({ resourceType: 'Patient', id: 'ann', managingOrganization: reference('Organization/chu') });
  for (const id of ['o1', 'o2', 'unrelated']) {
    await put({
      resourceType: 'Observation',
      id,
      status: 'final',
      code: { text: id },
      subject: reference('Patient/ann'),
      ...(id === 'o1' ? { hasMember: [reference('Observation/o2')] } : {}),
    });
  }
  await composition('cr', 'Observation/o1');
});

const document = (answer: Answer): Bundle => {
  const bundle = answer.json<Bundle>();
  expect([answer.status, bundle.resourceType, bundle.type]).toEqual([200, 'Bundle', 'document']);
  return bundle;
};
const urls = (bundle: Bundle) => bundle.entry!.map(({ fullUrl }) => fullUrl!.slice(http.base.length + 1));

describe('Composition/[id]/$document (composition-operation-document)', () => {
  test('is a document with the Composition first and all that it leads to, each once', async () => {
    const bundle = document(await http.get('Composition/cr/$document'));
    expect(urls(bundle)[0]).toBe('Composition/cr');
    expect(urls(bundle).toSorted()).toEqual([
      'Composition/cr',
      'Observation/o1',
      'Observation/o2',
      'Organization/chu',
      'Patient/ann',
      'Practitioner/dr',
    ]);
    for (const { fullUrl, resource } of bundle.entry!) {
      expect(fullUrl).toBe(`${http.base}/${resource!.resourceType}/${resource!.id}`);
    }
  });

  test('has an identifier of its own and the instant of its making', async () => {
    const before = Date.now();
    const [first, second] = [
      document(await http.get('Composition/cr/$document')),
      document(await http.get('Composition/cr/$document')),
    ];
    expect(first.identifier).toMatchObject({
      system: 'urn:ietf:rfc:3986',
      value: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
    });
    expect(first.identifier!.value).not.toBe(second.identifier!.value);
    expect(Date.parse(first.timestamp!)).toBeGreaterThanOrEqual(before);
  });

  test('holds the version that a reference names', async () => {
    await put({ resourceType: 'Patient', id: 'versioned', gender: 'female' });
    await put({ resourceType: 'Patient', id: 'versioned', gender: 'unknown' });
    await composition('past', 'Patient/versioned/_history/1');
    const bundle = document(await http.get('Composition/past/$document'));
    const found = bundle.entry!.find(({ resource }) => resource!.id === 'versioned')!;
    expect((found.resource as Patient).gender).toBe('female');
  });

  test('is kept as a Bundle with persist, and only then', async () => {
    const count = async () => (await http.get('Bundle?_summary=count')).json<Bundle>().total!;
    const before = await count();
    document(await http.post('Composition/cr/$document', ''));
    expect(await count()).toBe(before);
    const answer = await http.post('Composition/cr/$document?persist=true', '');
    const bundle = document(answer);
    expect(answer.headers['location']).toBe(`${http.base}/Bundle/${bundle.id}/_history/1`);
    expect((await http.get(`Bundle/${bundle.id}`)).text).toBe(answer.text);
    expect(await count()).toBe(before + 1);
  });

  test('shows no more of a restricted patient than a read does', async () => {
    const matricule = adrunMatricule.value;
    await put({ ...patientOf(adrunWith({ matricule: adrunMatricule })), id: 'hidden' });
    expect((await http.get('Patient/hidden')).text).not.toContain(matricule);
    await composition('of-hidden', 'Patient/hidden');
    const answer = await http.post('Composition/of-hidden/$document?persist=true', '');
    expect(urls(document(answer))).toContain('Patient/hidden');
    expect(answer.text).not.toContain(matricule);
  });

  test('is refused with 422 when the Composition refers to what is not there', async () => {
    await composition('broken', 'Observation/never', 'Observation/o1');
    const answer = await http.get('Composition/broken/$document');
    expect(answer.status).toBe(422);
    expect(issueOf(answer).diagnostics).toContain('Observation/never');
  });

  test('is 404 for an unknown Composition, 410 for a deleted one', async () => {
    await composition('gone', 'Observation/o1');
    await http.delete('Composition/gone');
    expect((await http.get('Composition/never/$document')).status).toBe(404);
    expect((await http.get('Composition/gone/$document')).status).toBe(410);
  });

  test('persist by GET is 405', async () => {
    const answer = await http.get('Composition/cr/$document?persist=true');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});

describe('Composition/$document', () => {
  test('takes the id or the URL of the Composition', async () => {
    for (const id of ['cr', 'Composition/cr', `${http.base}/Composition/cr`]) {
      const query = new URLSearchParams({ id });
      expect(urls(document(await http.get(`Composition/$document?${query}`)))[0]).toBe('Composition/cr');
    }
    const parameter = [{ name: 'id', valueUri: 'Composition/cr' }];
    document(await http.post('Composition/$document', { resourceType: 'Parameters', parameter }));
  });

  test.each([
    ['Composition/$document', 'required'],
    ['Composition/$document?id=Patient/ann', 'value'],
    ['Composition/$document?id=https://elsewhere.example/Composition/cr', 'value'],
    ['Composition/cr/$document?id=cr', 'invalid'],
    ['Composition/cr/$document?persist=perhaps', 'value'],
    ['Composition/cr/$document?graph=urn:x', 'not-supported'],
    ['Composition/cr/$document?style=x', 'not-supported'],
  ])('%s is refused with 400', async (path, code) => {
    const answer = await http.get(path);
    expect([answer.status, issueOf(answer).code]).toEqual([400, code]);
  });
});
