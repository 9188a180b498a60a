import type { CapabilityStatement } from 'fhir/r4.d.ts';
import { patientOf } from '../../seeds/patient.ts';
import { adrunMatricule, adrunWith } from '../ins/http/support.ts';
import { type Answer, entriesOf, issueOf, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const condition = (id: string, narrative: string, note?: string) => ({
  resourceType: 'Condition',
  id,
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${narrative}</div>` },
  subject: { reference: 'Patient/p' },
  ...(note === undefined ? {} : { note: [{ text: note }] }),
});

beforeAll(async () => {
  const resources = [
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Métastase' }] },
    condition('bone', '<p>Bone <b>metastases</b></p>'),
    condition('liver', 'Liver métastases', 'Surveillance hépatique'),
    condition('lung', 'Lung', 'metastases'),
    condition('none', 'Healthy'),
  ];
  for (const resource of resources) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
});

async function found(path: string): Promise<string> {
  const answer = await http.get(path);
  if (answer.status !== 200) throw new Error(answer.text);
  return matchIds(answer).sort().join(' ');
}

const value = encodeURIComponent;

describe('_text and _content (search.html#text)', () => {
  test.each([
    ['_text', 'metastases', 'bone liver'],
    ['_content', 'metastases', 'bone liver lung'],
    ['_text', '(bone OR liver) and metastases', 'bone liver'],
    ['_text', 'MÉTASTASES NOT bone', 'liver'],
    ['_text', 'not metastases', 'lung none'],
    ['_text', '"bone metastases"', 'bone'],
    ['_text', '"metastases bone"', ''],
    ['_text', 'metas*', 'bone liver'],
    ['_text', 'metas', ''],
    ['_content', 'hepatique,healthy', 'liver none'],
    ['_text', 'hepatique', ''],
  ])('%s=%s', async (name, words, ids) => {
    expect(await found(`Condition?${name}=${value(words)}`)).toBe(ids);
  });

  test('joins with other parameters, chains and _has', async () => {
    expect(await found('Condition?_text=metastases&_id=bone,none')).toBe('bone');
    expect(await found('Condition?patient._content=metastase')).toBe('bone liver lung none');
    expect(await found('Patient?_has:Condition:patient:_text=liver')).toBe('p');
    expect(await found('Patient?_has:Condition:patient:_text=kidney')).toBe('');
  });

  test('searches over all types and over those of _type', async () => {
    expect(await found('?_content=metas*')).toBe('bone liver lung p');
    expect(await found('?_type=Patient,Condition&_text=metastases')).toBe('bone liver');
    expect(await found('Patient/p/*?_text=liver')).toBe('liver');
  });

  test('POST _search takes it as a form', async () => {
    const answer = await http.send('POST', 'Condition/_search', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: '_text=liver',
    });
    expect(matchIds(answer)).toEqual(['liver']);
  });

  test('sees an update and a deletion at once', async () => {
    await http.put('Condition/late', condition('late', 'kidney'));
    expect(await found('Condition?_text=kidney')).toBe('late');
    await http.put('Condition/late', condition('late', 'spleen'));
    expect(await found('Condition?_text=kidney')).toBe('');
    expect(await found('Condition?_text=spleen')).toBe('late');
    await http.delete('Condition/late');
    expect(await found('Condition?_text=spleen')).toBe('');
  });

  test.each(['_text=%22open', '_content=secretword)', '_text=a+or', '_text:exact=a'])(
    'refuses %s and does not repeat it',
    async (query) => {
      const answer = await http.get(`Condition?${query}`);
      expect(answer.status).toBe(400);
      expect(issueOf(answer).diagnostics).not.toMatch(/open|secretword/);
    },
  );

  test('pages follow each other, sorted or not', async () => {
    for (const sort of ['', '&_sort=-_id']) {
      const ids: string[] = [];
      let url: string | undefined = `Condition?_content=metastases&_count=1${sort}`;
      while (url !== undefined) {
        const answer: Answer = await http.get(url);
        ids.push(...matchIds(answer));
        url = linkOf(answer, 'next');
      }
      expect(ids.sort()).toEqual(['bone', 'liver', 'lung']);
    }
    const total = await http.get('Condition?_content=metastases&_count=1&_total=accurate');
    expect(total.json()).toMatchObject({ total: 3 });
  });

  test('the self link says that it was applied', async () => {
    const answer = await http.get('Condition?_text=liver');
    expect(answer.text).toContain('_text=liver');
    expect(entriesOf(answer, 'outcome')).toEqual([]);
  });

  test('the CapabilityStatement lists both', async () => {
    const [rest] = (await http.get('metadata')).json<CapabilityStatement>().rest!;
    const names = rest!
      .resource!.find(({ type }) => type === 'Condition')!
      .searchParam!.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['_text', '_content']));
  });

  test('a hidden matricule is found by no word of it', async () => {
    const nir = adrunMatricule.value!;
    const patient = patientOf(adrunWith({ id: 'hidden', matricule: adrunMatricule }));
    const written = await http.put('Patient/hidden', patient);
    expect([written.status, written.text.includes(nir)]).toEqual([201, false]);
    expect(await found('Patient?_content=adrun')).toBe('hidden');
    expect(await found(`Patient?_content=${nir}`)).toBe('');
    expect(await found(`Patient?_content=${nir.slice(0, 5)}*`)).toBe('');
  });
});
