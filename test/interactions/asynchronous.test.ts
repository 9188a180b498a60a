import { fhirError } from '../../src/fhir/error.ts';
import type { Access } from '../../src/interactions/access.ts';
import { asynchronousInteractions } from '../../src/interactions/asynchronous/interactions.ts';
import { type Job, Jobs } from '../../src/interactions/asynchronous/job.ts';
import type { Interactions } from '../../src/interactions/interaction.ts';
import type { FhirRequest, FhirResponse } from '../../src/interactions/request.ts';
import type { Spine } from '../../src/interactions/spine.ts';
import type { ExpiringStore } from '../../src/store/contract.ts';

const baseUrl = 'http://here.test/fhir';

/** As much of a store as jobs use. */
function storeInMemory(): ExpiringStore {
  const values = new Map<string, { value: string; group: string | undefined }>();
  return {
    get: async (key: string) => values.get(key)?.value,
    put: async (key: string, value: string, _ttl: number, group?: string) => {
      values.set(key, { value, group });
    },
    deleteByGroup: async (group: string) => {
      for (const [key, { group: own }] of values) if (own === group) values.delete(key);
    },
  } as unknown as ExpiringStore;
}

/** Jobs look at no resource of the store. */
const accessOf = (tenant: string, caller = '') => ({ tenant, caller }) as Access;

const request = (path: string[], changes: Partial<FhirRequest> = {}): FhirRequest => ({
  access: accessOf('main'),
  method: 'GET',
  path,
  query: [],
  headers: { prefer: 'respond-async' },
  baseUrl,
  ...changes,
});

const emptyPage: FhirResponse = {
  status: 200,
  body: Buffer.from('{"resourceType":"Bundle","type":"searchset"}'),
};

/** A server whose searches are answered by `answer`. */
function serverOf(answer: () => Promise<FhirResponse>, store = storeInMemory()) {
  const find: Interactions = () => ({ code: 'search-type', type: 'Patient', run: answer });
  const spine = { stores: { expiring: store }, baseUrl } as unknown as Spine;
  const interactions = asynchronousInteractions(spine, { find, findPresented: find });
  const run = async (given: FhirRequest) => interactions(given).run();
  return {
    kickOff: async () => {
      const { status, headers } = await run(request(['Patient']));
      expect(status).toBe(202);
      return headers!['Content-Location']!.slice(baseUrl.length + 1).split('/');
    },
    get: (path: string[], changes?: Partial<FhirRequest>) => run(request(path, changes)),
  };
}

type Server = ReturnType<typeof serverOf>;

/** The answer or refusal of a job that is over. */
async function ended(server: Server, path: string[]): Promise<FhirResponse> {
  for (let polls = 0; polls < 1000; polls += 1) {
    const answer = await server.get(path);
    if (answer.status !== 202) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the job does not come to an end');
}

describe('jobs of the asynchronous pattern', () => {
  test('four are worked off at a time, a fifth is refused until one is over', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let calls = 0;
    const server = serverOf(async () => {
      calls += 1;
      // Each kick-off looks at the request before its job does.
      if (calls % 2 === 0) await gate;
      return emptyPage;
    });
    const jobs = [];
    for (let index = 0; index < 4; index += 1) jobs.push(await server.kickOff());
    await expect(server.kickOff()).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '10' } });
    release();
    for (const job of jobs) expect((await ended(server, job)).status).toBe(200);
    calls = 0;
    await server.kickOff();
  });

  test('one that a page refuses is answered 5xx with the issue', async () => {
    let calls = 0;
    const server = serverOf(async () => {
      calls += 1;
      if (calls > 1) throw fhirError(400, 'too-costly', 'Too many includes');
      return emptyPage;
    });
    const job = await server.kickOff();
    await expect(ended(server, job)).rejects.toMatchObject({
      status: 500,
      issues: [{ code: 'too-costly', diagnostics: 'Too many includes' }],
    });
  });

  test('what no layer expected is thrown to who asks for the status, once', async () => {
    let calls = 0;
    const server = serverOf(async () => {
      calls += 1;
      if (calls > 1) throw new Error('the disk is gone');
      return emptyPage;
    });
    const job = await server.kickOff();
    await expect(ended(server, job)).rejects.toThrow('the disk is gone');
    await expect(server.get(job)).rejects.toMatchObject({ status: 404 });
  });

  test('one that its server left is taken over, and no other', async () => {
    const store = storeInMemory();
    const server = serverOf(async () => emptyPage, store);
    const job: Job = {
      tenant: 'main',
      caller: '',
      requestUrl: `${baseUrl}/Patient`,
      first: { path: ['Patient'], query: [] },
      representation: [],
      transactionTime: new Date().toISOString(),
      touched: Date.now(),
      state: 'running',
      files: [],
    };
    const id = 'a'.repeat(32);
    await new Jobs(store).put(id, job);
    for (let polls = 0; polls < 20; polls += 1) {
      expect((await server.get(['_async', id])).status).toBe(202);
    }
    await new Jobs(store).put(id, { ...job, touched: Date.now() - 3_600_000 });
    const { body } = await ended(server, ['_async', id]);
    expect(JSON.parse(body!.toString())).toMatchObject({
      request: `${baseUrl}/Patient`,
      output: [],
      error: [],
    });
  });

  test('one of another tenant is not there', async () => {
    const server = serverOf(async () => emptyPage);
    const job = await server.kickOff();
    await ended(server, job);
    await expect(server.get(job, { access: accessOf('other') })).rejects.toMatchObject({ status: 404 });
    await expect(server.get(job, { access: accessOf('other'), method: 'DELETE' })).rejects.toMatchObject({
      status: 404,
    });
    expect((await server.get(job)).status).toBe(200);
  });
});
