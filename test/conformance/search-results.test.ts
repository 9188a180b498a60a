import type { Bundle, OperationOutcome, Patient } from 'fhir/r4.d.ts';
import { entriesOf, issueOf, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const resources: { resourceType: string; id: string; [element: string]: unknown }[] = [
  { resourceType: 'Organization', id: 'chu', name: 'CHU' },
  { resourceType: 'Practitioner', id: 'doc' },
  {
    resourceType: 'Patient',
    id: 'a',
    birthDate: '1990-01-01',
    name: [{ family: 'Martin', given: ['Luc'] }],
    managingOrganization: { reference: 'Organization/chu' },
    generalPractitioner: [{ reference: 'Practitioner/doc' }, { reference: 'Practitioner/absent' }],
  },
  {
    resourceType: 'Patient',
    id: 'b',
    birthDate: '1970-01-01',
    name: [{ family: 'Bernard' }],
    managingOrganization: { reference: 'Organization/chu' },
  },
  { resourceType: 'Patient', id: 'c', birthDate: '1990-01-01', name: [{ family: 'Étienne' }] },
  { resourceType: 'Patient', id: 'd', name: [{ family: 'Zola' }] },
  {
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/a' },
    performer: [{ reference: 'Practitioner/doc' }],
  },
  {
    resourceType: 'Observation',
    id: 'o2',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/b' },
  },
];

beforeAll(async () => {
  for (const resource of resources) {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    if (answer.status !== 201) throw new Error(answer.text);
  }
});

const includedIds = (answer: Parameters<typeof entriesOf>[0]) =>
  entriesOf(answer, 'include')
    .map(({ resource }) => `${resource!.resourceType}/${resource!.id}`)
    .sort();

describe('a searchset (http.html#search)', () => {
  test('is a Bundle whose entries say their URL and that they match', async () => {
    const answer = await http.get('Patient?_id=a');
    const bundle = answer.json<Bundle>();
    expect(answer.status).toBe(200);
    expect([bundle.resourceType, bundle.type]).toEqual(['Bundle', 'searchset']);
    expect(bundle.entry).toHaveLength(1);
    expect(bundle.entry![0]!.fullUrl).toBe(`${http.base}/Patient/a`);
    expect(bundle.entry![0]!.search).toEqual({ mode: 'match' });
  });

  test('holds the resources byte for byte', async () => {
    expect((await http.get('Patient?_id=a')).text).toContain((await http.get('Patient/a')).text);
  });

  test('without matches has no entry, and total 0', async () => {
    const bundle = (await http.get('Patient?_id=nobody')).json<Bundle>();
    expect([bundle.entry, bundle.total]).toEqual([undefined, 0]);
  });

  test('has a self link that tells the parameters which were used', async () => {
    const answer = await http.get('Patient?family=zola&nothing=1&_count=5&gender=&birthdate=');
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient?family=zola&_count=5`);
    expect(matchIds(await http.get(linkOf(answer, 'self')!))).toEqual(matchIds(answer));
  });

  test('has a self link that gives the same search back with special characters', async () => {
    const query = `family=${encodeURIComponent('a+b&c=d%é|,')}`;
    const self = linkOf(await http.get(`Patient?${query}`), 'self')!;
    expect([...new URL(self).searchParams]).toEqual([...new URLSearchParams(query)]);
  });

  test('tells ignored parameters in an outcome entry, which is no match', async () => {
    const answer = await http.get('Patient?nothing=SECRET&family=zola');
    const [entry, ...more] = entriesOf(answer, 'outcome');
    const outcome = entry!.resource as OperationOutcome;
    expect(more).toEqual([]);
    expect(entry!.fullUrl).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
    expect(outcome.issue.map(({ severity }) => severity)).toEqual(['warning']);
    expect(outcome.issue[0]!.diagnostics).toContain('nothing');
    expect(JSON.stringify(outcome)).not.toContain('SECRET');
    expect(answer.json<Bundle>().total).toBe(1);
  });

  test('tells nothing of that kind when every parameter was used', async () => {
    expect(entriesOf(await http.get('Patient?family=zola'), 'outcome')).toEqual([]);
  });

  test('answers the headers of a search, and no body, to HEAD', async () => {
    const head = await http.send('HEAD', 'Patient?family=zola');
    expect([head.status, head.text]).toEqual([200, '']);
  });
});

describe('_sort (search.html#sort)', () => {
  test.each([
    ['_id', 'a b c d'],
    ['-_id', 'd c b a'],
    ['family', 'b c a d'],
    ['-family', 'd a c b'],
    ['birthdate,family', 'b c a d'],
    ['-birthdate,-family', 'a c b d'],
    ['_lastUpdated', 'a b c d'],
    ['-_lastUpdated', 'd c b a'],
  ])('by %s', async (sort, order) => {
    expect(matchIds(await http.get(`Patient?_sort=${sort}`)).join(' ')).toBe(order);
    const paged: string[] = [];
    let url: string | undefined = `Patient?_sort=${sort}&_count=1`;
    while (url !== undefined) {
      const page: Awaited<ReturnType<typeof http.get>> = await http.get(url);
      paged.push(...matchIds(page));
      url = linkOf(page, 'next');
    }
    expect(paged.join(' ')).toBe(order);
  });
});

describe('_count and _total (search.html#count, #total)', () => {
  test('_count bounds the matches of a page', async () => {
    expect(matchIds(await http.get('Patient?_count=3'))).toHaveLength(3);
    expect(matchIds(await http.get('Patient?_count=1000000'))).toHaveLength(4);
  });

  test('_count=0 and _summary=count answer the total without entries', async () => {
    for (const query of ['_count=0', '_summary=count']) {
      const bundle = (await http.get(`Patient?${query}&family=zola,martin`)).json<Bundle>();
      expect([bundle.total, bundle.entry]).toEqual([2, undefined]);
    }
  });

  test('_total=accurate counts all matches on every page, included ones not', async () => {
    const first = await http.get('Patient?_count=1&_total=accurate&_include=Patient:organization&_sort=_id');
    expect(first.json<Bundle>().total).toBe(4);
    expect((await http.get(linkOf(first, 'next')!)).json<Bundle>().total).toBe(4);
  });

  test('a page that holds all matches knows the total unasked', async () => {
    expect((await http.get('Patient')).json<Bundle>().total).toBe(4);
  });
});

describe('_include and _revinclude (search.html#include)', () => {
  test('_include adds what the matches refer to, once, and leaves out what is absent', async () => {
    const answer = await http.get('Patient?_id=a,b&_include=Patient:organization');
    expect(matchIds(answer).sort()).toEqual(['a', 'b']);
    expect(includedIds(answer)).toEqual(['Organization/chu']);
  });

  test('_include may be limited to a target type', async () => {
    const answer = await http.get('Patient?_id=a&_include=Patient:general-practitioner:Practitioner');
    expect(includedIds(answer)).toEqual(['Practitioner/doc']);
    const none = await http.get('Patient?_id=a&_include=Patient:general-practitioner:Organization');
    expect(includedIds(none)).toEqual([]);
  });

  test('_include may be repeated, and * stands for all references', async () => {
    const both = ['Organization/chu', 'Practitioner/doc'];
    const repeated = 'Patient?_id=a&_include=Patient:organization&_include=Patient:general-practitioner';
    expect(includedIds(await http.get(repeated))).toEqual(both);
    expect(includedIds(await http.get('Patient?_id=a&_include=Patient:*'))).toEqual(both);
    expect(includedIds(await http.get('Patient?_id=a&_include=*'))).toEqual(both);
  });

  test('_include of a type that is not searched holds nothing, and the answer says so', async () => {
    const search = 'Patient?_id=a&_include=Organization:partof';
    const answer = await http.get(search);
    expect([answer.status, matchIds(answer), includedIds(answer)]).toEqual([200, ['a'], []]);
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient?_id=a`);
    const [outcome] = entriesOf(answer, 'outcome');
    expect(JSON.stringify(outcome!.resource)).toContain('_include');
    const strict = await http.get(search, { Prefer: 'handling=strict' });
    expect([strict.status, issueOf(strict).expression]).toEqual([400, ['_include']]);
  });

  test('_revinclude adds what refers to the matches', async () => {
    const answer = await http.get('Patient?_id=a&_revinclude=Observation:subject');
    expect(includedIds(answer)).toEqual(['Observation/o1']);
    const patient = await http.get('Patient?_id=a,b&_revinclude=Observation:patient');
    expect(includedIds(patient)).toEqual(['Observation/o1', 'Observation/o2']);
  });

  test('both hold for each page of a paged search', async () => {
    const first = await http.get('Patient?_sort=_id&_count=1&_revinclude=Observation:subject');
    const second = await http.get(linkOf(first, 'next')!);
    expect([includedIds(first), includedIds(second)]).toEqual([['Observation/o1'], ['Observation/o2']]);
  });

  test('a deleted resource is not included', async () => {
    await http.put('Organization/gone', { resourceType: 'Organization', id: 'gone', name: 'X' });
    const patient: Patient = {
      resourceType: 'Patient',
      id: 'refers',
      managingOrganization: { reference: 'Organization/gone' },
    };
    await http.put('Patient/refers', patient);
    const search = 'Patient?_id=refers&_include=Patient:organization';
    expect(includedIds(await http.get(search))).toEqual(['Organization/gone']);
    await http.delete('Organization/gone');
    expect(includedIds(await http.get(search))).toEqual([]);
    await http.delete('Patient/refers');
  });
});

describe('search by POST (http.html#search)', () => {
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

  test('takes its parameters from a form', async () => {
    expect(matchIds(await http.post('Patient/_search', 'family=zola', form))).toEqual(['d']);
  });

  test('joins the parameters of the form to those of the URL', async () => {
    const answer = await http.post('Patient/_search?birthdate=1990-01-01', 'family=martin', form);
    expect(matchIds(answer)).toEqual(['a']);
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient?birthdate=1990-01-01&family=martin`);
  });

  test('decodes the form', async () => {
    const answer = await http.post('Patient/_search', 'family=%C3%89tienne&given%3Amissing=true', form);
    expect(matchIds(answer)).toEqual(['c']);
  });

  test('takes an empty form for all resources of the type', async () => {
    expect(matchIds(await http.send('POST', 'Patient/_search'))).toHaveLength(4);
  });

  test('is answered 415 when the body is no form', async () => {
    for (const type of ['application/fhir+json', 'text/plain']) {
      const answer = await http.post('Patient/_search', '{"resourceType":"Patient"}', {
        'Content-Type': type,
      });
      expect(answer.status).toBe(415);
      issueOf(answer);
    }
  });

  test('has page links that are followed by GET', async () => {
    const first = await http.post('Patient/_search', '_count=3&_sort=_id', form);
    expect(matchIds(await http.get(linkOf(first, 'next')!))).toEqual(['d']);
  });

  test('is taken by GET too, as clients of earlier releases send it', async () => {
    const expected = matchIds(await http.get('Patient?_sort=_id&_count=3'));
    expect(expected).toHaveLength(3);
    for (const path of ['Patient/_search?', '_search?_type=Patient&']) {
      expect(matchIds(await http.get(`${path}_sort=_id&_count=3`))).toEqual(expected);
    }
  });

  test('is answered 405 with Allow by other methods', async () => {
    const answer = await http.delete('Patient/_search');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, POST']);
  });
});
