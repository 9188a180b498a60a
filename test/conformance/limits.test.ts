import type { Bundle } from 'fhir/r4.d.ts';
import {
  created,
  entriesOf,
  fhirHttp,
  issueOf,
  linkOf,
  matchIds,
  serverUnderTest,
} from '../support/fhir-http.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const http = serverUnderTest({
  MAX_URL_BYTES: '1024',
  MAX_HEADER_BYTES: '4096',
  MAX_NESTING_LEVELS: '16',
  MAX_BUNDLE_ENTRIES: '3',
  MAX_BUNDLE_ANSWER_BYTES: '1048576',
  MAX_PAGE_RESOURCES: '3',
  MAX_INCLUDED_RESOURCES: '4',
  MAX_INCLUDE_STEPS: '2',
  MAX_SEARCH_PARAMETERS: '10',
  MAX_SEARCH_VALUES: '20',
  MAX_CHAIN_WAYS: '3',
});

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

function expectRefused(answer: Awaited<ReturnType<typeof http.get>>, status: number, code: string) {
  expect([answer.status, issueOf(answer).code]).toEqual([status, code]);
}

describe('a URL over MAX_URL_BYTES is refused with 414', () => {
  test('and the same search by POST is heard', async () => {
    const search = `family=${'x'.repeat(1_024)}`;
    expectRefused(await http.get(`Patient?${search}`), 414, 'too-long');
    expect((await http.post('Patient/_search', search, form)).status).toBe(200);
  });
});

describe('what never becomes a request is answered with an OperationOutcome, and the connection closed', () => {
  const answered = async (request: string) => {
    const [head = '', body = ''] = (await sendRaw(http.origin, request)).split('\r\n\r\n');
    expect(head).toMatch(/^Connection: close$/im);
    return { status: Number(head.split(' ')[1]), outcome: JSON.parse(body) as unknown };
  };
  const outcome = (code: string) => ({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code }],
  });

  test('headers over MAX_HEADER_BYTES: 431', async () => {
    const request = `GET /fhir/metadata HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(5_000)}\r\n\r\n`;
    expect(await answered(request)).toMatchObject({ status: 431, outcome: outcome('too-long') });
  });

  test('bytes that are no HTTP: 400', async () => {
    expect(await answered('no HTTP\r\n\r\n')).toMatchObject({ status: 400, outcome: outcome('structure') });
  });
});

describe('a body of more than MAX_NESTING_LEVELS is refused with 400', () => {
  const nested = (levels: number): object =>
    levels === 0 ? { url: 'urn:x', valueBoolean: true } : { url: 'urn:x', extension: [nested(levels - 1)] };

  test('in JSON', async () => {
    const patient = (levels: number) => ({ resourceType: 'Patient', extension: [nested(levels)] });
    expect((await http.post('Patient', patient(5))).status).toBe(201);
    const answer = await http.post('Patient', patient(8));
    expectRefused(answer, 400, 'structure');
    expect(issueOf(answer).diagnostics).toContain('more than 16 levels');
  });

  test('in XML', async () => {
    const xml = (levels: number) =>
      `<Patient xmlns="http://hl7.org/fhir">${'<extension url="urn:x">'.repeat(levels)}<valueBoolean value="true"/>${'</extension>'.repeat(levels)}</Patient>`;
    const headers = { 'Content-Type': 'application/fhir+xml' };
    expect((await http.post('Patient', xml(5), headers)).status).toBe(201);
    const answer = await http.post('Patient', xml(9), headers);
    expectRefused(answer, 400, 'structure');
    expect(issueOf(answer).diagnostics).toContain('more than 16 levels');
  });
});

describe('a bundle of more than MAX_BUNDLE_ENTRIES is refused with 413', () => {
  test.each(['batch', 'transaction'])('%s', async (type) => {
    const bundle = (size: number) => ({
      resourceType: 'Bundle',
      type,
      entry: Array.from({ length: size }, () => ({
        resource: { resourceType: 'Basic', code: { text: 'x' } },
        request: { method: 'POST', url: 'Basic' },
      })),
    });
    const before = (await http.get('Basic?_summary=count')).json<Bundle>().total!;
    const answer = await http.post('', bundle(4));
    expectRefused(answer, 413, 'too-long');
    expect(issueOf(answer).expression).toEqual(['Bundle.entry']);
    expect((await http.get('Basic?_summary=count')).json<Bundle>().total).toBe(before);
    expect((await http.post('', bundle(3))).status).toBe(200);
  });
});

test('entries of a bundle beyond MAX_BUNDLE_ANSWER_BYTES are refused with 413', async () => {
  const entry = ['metadata', 'metadata', 'metadata'].map((url) => ({ request: { method: 'GET', url } }));
  const answer = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  const responses = answer.json<Bundle>().entry!.map(({ response }) => response!);
  expect(responses.map(({ status }) => status.slice(0, 3))).toEqual(['200', '200', '413']);
  expect(responses[2]!.outcome).toMatchObject({ issue: [{ code: 'too-long' }] });
});

describe('_count over MAX_PAGE_RESOURCES is lowered to it (search.html#count)', () => {
  beforeAll(async () => {
    for (let n = 0; n < 5; n++) await created(http, { resourceType: 'Location', name: `l${n}` } as never);
  });

  test('in a search, and the self link says what was heard', async () => {
    const answer = await http.get('Location?_count=500');
    expect(matchIds(answer)).toHaveLength(3);
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Location?_count=3`);
    expect(matchIds(await http.get(linkOf(answer, 'next')!))).toHaveLength(2);
  });

  test('in a history, and the self link says what was heard', async () => {
    const answer = await http.get('Location/_history?_count=500');
    expect(answer.json<Bundle>().entry).toHaveLength(3);
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Location/_history?_count=3`);
    expect((await http.get(linkOf(answer, 'next')!)).json<Bundle>().entry).toHaveLength(2);
  });

  test('a smaller one stays as it is', async () => {
    const answer = await http.get('Location?_count=2');
    expect(matchIds(answer)).toHaveLength(2);
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Location?_count=2`);
  });
});

describe('includes', () => {
  test('that are asked for several times are followed once', async () => {
    const id = await created(http, { resourceType: 'Organization', name: 'repeated' } as never);
    await created(http, {
      resourceType: 'Location',
      managingOrganization: { reference: `Organization/${id}` },
    } as never);
    const include = '&_revinclude=Location:organization';
    const answer = await http.get(`Organization?_id=${id}${include.repeat(8)}`);
    expect(entriesOf(answer, 'include')).toHaveLength(1);
  });

  test('that add more than MAX_INCLUDED_RESOURCES are refused with 400', async () => {
    const organization = await created(http, { resourceType: 'Organization', name: 'wide' } as never);
    const reference = `Organization/${organization}`;
    const search = `Organization?_id=${organization}&_revinclude=Location:organization`;
    for (let n = 0; n < 5; n++) {
      const answer = await http.get(search);
      expect(entriesOf(answer, 'include')).toHaveLength(n);
      await created(http, { resourceType: 'Location', managingOrganization: { reference } } as never);
    }
    expectRefused(await http.get(search), 400, 'too-costly');
  });

  test('with :iterate follow MAX_INCLUDE_STEPS references, and the page says that there is more', async () => {
    const chain: string[] = [];
    for (let n = 0; n < 4; n++) {
      const above = n === 0 ? {} : { partOf: { reference: `Organization/${chain[0]}` } };
      chain.unshift(await created(http, { resourceType: 'Organization', name: `o${n}`, ...above } as never));
    }
    const answer = await http.get(
      `Organization?_id=${chain[0]}&_include=Organization:partof&_include:iterate=Organization:partof`,
    );
    expect(entriesOf(answer, 'include').map(({ resource }) => resource!.id)).toEqual(chain.slice(1, 3));
    expect(entriesOf(answer, 'outcome')[0]).toMatchObject({
      resource: { issue: [{ severity: 'warning', code: 'too-costly' }] },
    });
  });
});

describe('a search of too much is refused with 400 too-costly', () => {
  const values = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`).join(',');

  test.each([
    ['more than MAX_SEARCH_PARAMETERS', Array.from({ length: 11 }, (_, n) => `family=v${n}`).join('&')],
    ['more than MAX_SEARCH_VALUES in one parameter', `family=${values(21)}`],
    ['more than MAX_SEARCH_VALUES over all', `family=${values(11)}&given=${values(10)}`],
    [
      'more than MAX_CHAIN_WAYS',
      'general-practitioner.identifier=x&organization.partof.partof.partof.partof.name=x',
    ],
  ])('%s', async (_, search) => {
    expectRefused(await http.get(`Patient?${search}`), 400, 'too-costly');
    expectRefused(await http.post('Patient/_search', search, form), 400, 'too-costly');
  });

  test('as is a condition of a write, which then writes nothing', async () => {
    const condition = `identifier=${values(21)}`;
    const patient = { resourceType: 'Patient' };
    const before = (await http.get('Patient?_summary=count')).json<Bundle>().total;
    expectRefused(await http.put(`Patient?${condition}`, patient), 400, 'too-costly');
    expectRefused(await http.post('Patient', patient, { 'If-None-Exist': condition }), 400, 'too-costly');
    expect((await http.get('Patient?_summary=count')).json<Bundle>().total).toBe(before);
  });

  test('up to the limits it is heard', async () => {
    const answer = await http.get(`Patient?family=${values(20)}`, { Prefer: 'handling=strict' });
    expect(answer.status).toBe(200);
  });
});

describe('a search over its time', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  test.each(['Patient?name=x', 'Patient?_include=Patient:organization', '?_type=Patient,Observation'])(
    'is refused with 503 timeout: %s',
    async (search) => {
      const { limits } = server.running.core.spine;
      const allowed = limits.searchTime;
      const slow = fhirHttp(server.origin);
      expect((await slow.get(search)).status).toBe(200);
      limits.searchTime = 0;
      const answer = await slow.get(search);
      limits.searchTime = allowed;
      expectRefused(answer, 503, 'timeout');
      expect(answer.headers['retry-after']).toBe('10');
    },
  );
});
