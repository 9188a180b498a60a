import type { OperationOutcome, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, serverUnderTest } from '../support/fhir-http.ts';
import { observation, patient } from '../support/resources.ts';

const http = serverUnderTest({ MAX_INCLUDED_RESOURCES: '3000' });
const respondAsync = { Prefer: 'respond-async' };
const ndjson = 'application/fhir+ndjson';

interface Manifest {
  transactionTime: string;
  request: string;
  requiresAccessToken: boolean;
  output: { type: string; url: string; count: number }[];
  error: { type: string; url: string; count: number }[];
}

/** The answer to the status request when the job is over. */
async function finished(accepted: Answer): Promise<Answer> {
  for (let polls = 0; polls < 1000; polls += 1) {
    const answer = await http.get(accepted.headers['content-location']!);
    if (answer.status !== 202) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the job does not come to an end');
}

async function manifestOf(path: string, headers = {}): Promise<Manifest> {
  const answer = await finished(await http.get(path, { ...respondAsync, ...headers }));
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
  return answer.json<Manifest>();
}

async function linesOf<T>({ url }: { url: string }): Promise<T[]> {
  const { status, text } = await http.get(url);
  expect(status).toBe(200);
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

describe('the kick-off request (async.html)', () => {
  test('is answered 202 with the address of its status', async () => {
    const answer = await http.get('Patient?name=Nobody', respondAsync);
    expect(answer.status).toBe(202);
    expect(answer.headers['content-location']).toMatch(new RegExp(`^${http.base}/_async/[0-9a-f]{32}$`));
    expect(answer.json<OperationOutcome>().issue[0]!.severity).toBe('information');
  });

  test.each([ndjson, 'application/fhir%2Bndjson', 'application/ndjson', 'ndjson'])(
    'takes _outputFormat=%s',
    async (format) => {
      const manifest = await manifestOf(`Patient?name=Nobody&_outputFormat=${format}`);
      expect([manifest.output, manifest.error]).toEqual([[], []]);
    },
  );

  test('is refused with another _outputFormat', async () => {
    const answer = await http.get('Patient?_outputFormat=text/csv', respondAsync);
    expect([answer.status, issueOf(answer).expression]).toEqual([400, ['_outputFormat']]);
  });

  test.each([
    ['Patient?birthdate=never', 400],
    ['Patient?_summary=some', 400],
    ['Nothing?name=x', 404],
    ['Patient/unknown/$everything', 404],
  ])('of %s is refused as the request is: %i', async (path, status) => {
    const answer = await http.get(path, respondAsync);
    expect(answer.status).toBe(status);
    issueOf(answer);
  });

  test('follows handling=strict', async () => {
    const answer = await http.get('Patient?unheard=x', { Prefer: 'respond-async, handling=strict' });
    expect(answer.status).toBe(400);
  });

  test.each(['Patient?_summary=count', 'Patient?_count=0', 'Patient?_contained=both', 'metadata'])(
    'of %s is answered at once',
    async (path) => {
      expect((await http.get(path, respondAsync)).status).toBe(200);
    },
  );

  test('is not followed within a batch', async () => {
    const entry = [{ request: { method: 'GET', url: 'Patient' } }];
    const answer = await http.post('', { resourceType: 'Bundle', type: 'batch', entry }, respondAsync);
    const { entry: entries } = answer.json<{ entry: { response: { status: string } }[] }>();
    expect(entries.map(({ response }) => response.status)).toEqual([expect.stringMatching(/^200/)]);
  });
});

describe('the files (async.html, nd-json.html)', () => {
  let ids: string[];
  beforeAll(async () => {
    ids = [];
    for (let index = 0; index < 205; index += 1) {
      ids.push(await created(http, patient({ name: [{ family: 'Ligne', given: [`N${index}`] }] })));
    }
    await created(http, observation(`Patient/${ids[0]}`));
    await created(http, observation(`Patient/${ids[0]}`));
  });

  test('hold each match once, one resource a line, over all pages', async () => {
    const { output, error, ...head } = await manifestOf('Patient?family=Ligne&_count=3');
    expect(head).toEqual({
      transactionTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      request: `${http.base}/Patient?family=Ligne&_count=3`,
      requiresAccessToken: false,
    });
    expect(error).toEqual([]);
    expect(output).toEqual([{ type: 'Patient', count: 205, url: expect.any(String) }]);
    const lines = await linesOf<Patient>(output[0]!);
    expect(lines.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  test('hold the bytes of a read', async () => {
    const { output } = await manifestOf(`Patient?_id=${ids[0]}`);
    const file = await http.get(output[0]!.url, { Accept: ndjson });
    expect(file.headers['content-type']).toBe(ndjson);
    expect(file.text).toBe(`${(await http.get(`Patient/${ids[0]}`)).text}\n`);
  });

  test('are of one type each; what several matches include is there once', async () => {
    const { output } = await manifestOf('Observation?_include=Observation:subject');
    expect(output.map(({ type, count }) => [type, count])).toEqual([
      ['Observation', 2],
      ['Patient', 1],
    ]);
    expect((await linesOf<Patient>(output[1]!)).map(({ id }) => id)).toEqual([ids[0]]);
  });

  test('are had of $everything, of a compartment and of a search by POST', async () => {
    const wanted = [['Observation', 2]];
    const found = async (accepted: Answer) =>
      (await finished(accepted)).json<Manifest>().output.map(({ type, count }) => [type, count]);
    expect(
      await found(await http.get(`Patient/${ids[0]}/$everything?_type=Observation`, respondAsync)),
    ).toEqual(wanted);
    expect(await found(await http.get(`Patient/${ids[0]}/*`, respondAsync))).toEqual([
      ...wanted,
      ['Patient', 1],
    ]);
    const form = { ...respondAsync, 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await found(await http.post('Observation/_search', 'status=final', form))).toEqual(wanted);
    expect(await found(await http.post(`Patient/${ids[0]}/_search`, '_type=Observation', form))).toEqual(
      wanted,
    );
  });

  test('hold matches cut down to _elements', async () => {
    const { output } = await manifestOf(`Patient?_id=${ids[0]}&_elements=birthDate`);
    const [line] = await linesOf<Patient>(output[0]!);
    expect(line).toMatchObject({ id: ids[0], meta: { tag: [{ code: 'SUBSETTED' }] } });
    expect(line).not.toHaveProperty('name');
  });

  test('hold nothing that was written after transactionTime', async () => {
    const accepted = await http.get('Patient?family=Ligne', respondAsync);
    await created(http, patient({ name: [{ family: 'Ligne' }] }));
    const { output } = (await finished(accepted)).json<Manifest>();
    expect(output.map(({ count }) => count)).toEqual([205]);
  });

  test('name what the search ignored as an error file', async () => {
    const { error } = await manifestOf(`Patient?_id=${ids[0]}&unheard=x`);
    expect(error.map(({ type, count }) => [type, count])).toEqual([['OperationOutcome', 1]]);
    const [outcome] = await linesOf<OperationOutcome>(error[0]!);
    expect(outcome!.issue[0]!.expression).toEqual(['unheard']);
  });

  test('are had in NDJSON alone, by GET', async () => {
    const { output } = await manifestOf(`Patient?_id=${ids[0]}`);
    const { url } = output[0]!;
    expect((await http.get(url, { Accept: 'application/fhir+json' })).status).toBe(406);
    expect((await http.get(url, { Accept: `${ndjson};q=0` })).status).toBe(406);
    expect((await http.get(url, { Accept: 'application/*;q=0.5' })).status).toBe(200);
    const refused = await http.delete(url);
    expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  test('hold what is there when they are asked for: an erased patient is in none', async () => {
    const id = await created(http, patient({ name: [{ family: 'Effacée' }] }));
    const { output } = await manifestOf('Patient?family=Effac%C3%A9e');
    expect(output.map(({ count }) => count)).toEqual([1]);
    const erased = await http.post(`Patient/${id}/$erase`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'reason', valueCode: 'data-subject-request' }],
    });
    expect(erased.status).toBe(200);
    expect(await http.get(output[0]!.url)).toMatchObject({ status: 200, text: '' });
  });
});

describe('the status request (async.html)', () => {
  test('says until when the files are kept', async () => {
    const answer = await finished(await http.get('Patient?name=Nobody', respondAsync));
    const left = Date.parse(answer.headers['expires']!) - Date.now();
    expect(left).toBeGreaterThan(23 * 3_600_000);
    expect(left).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test('takes DELETE, after which nothing is there', async () => {
    await created(http, patient());
    const accepted = await http.get('Patient', respondAsync);
    const address = accepted.headers['content-location']!;
    const { output } = (await finished(accepted)).json<Manifest>();
    expect((await http.delete(address)).status).toBe(202);
    expect((await http.get(address)).status).toBe(404);
    expect((await http.get(output[0]!.url)).status).toBe(404);
    expect((await http.delete(address)).status).toBe(404);
  });

  test.each(['_async', '_async/x', `_async/${'0'.repeat(32)}`, `_async/${'0'.repeat(32)}/0`, '_async/a/b/c'])(
    'of %s, which was never made, is answered 404',
    async (path) => {
      const answer = await http.get(path);
      expect(answer.status).toBe(404);
      issueOf(answer);
    },
  );
});
