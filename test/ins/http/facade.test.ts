import { readSettings } from '../../../src/operability/settings.ts';
import { startServer } from '../../../src/server.ts';
import { type Answer, type FhirHttp, fhirHttp, serverUnderTest } from '../../support/fhir-http.ts';
import { withDataFolder } from '../../support/server-process.ts';
import {
  adrun,
  adrunMatricule,
  adrunWith,
  firstIssue,
  insOf,
  readPatient,
  resetInsi,
  startedByTests,
  statusOf,
  stored,
  switchInsi,
  until,
} from './support.ts';

const http = serverUnderTest({ INSI_RETRY_SECONDS: '1' });
const started = startedByTests();
afterEach(() => resetInsi(http));

const base = '/api/v1/french-healthcare/ins';
const json = { 'Content-Type': 'application/json' };

function post(server: FhirHttp, body: unknown): Promise<Answer> {
  return server.send('POST', `${server.origin}${base}/verify`, { body, headers: json });
}

function get(server: FhirHttp, id: string): Promise<Answer> {
  return server.get(`${server.origin}${base}/patient/${id}`);
}

/** The request for Zoé Adrun under an id. */
function request(id: string, change: Record<string, unknown> = {}) {
  return {
    patient_id: id,
    ins_number: adrunMatricule.value,
    birth_name: 'Adrun',
    first_names: 'Zoé',
    birth_date: '1975-12-31',
    birth_location: '63220',
    ...change,
  };
}

const traits = {
  birth_name: 'ADRUN',
  first_names: 'ZOE',
  birth_date: '1975-12-31',
  gender: 'female',
  birth_location: '63220',
};

describe('POST /ins/verify', () => {
  test('verified: the record has the matricule, and the answer says until when', async () => {
    const id = await stored(http, adrun);
    const answer = await post(http, request(id, { ins_number: '2 75 12 63 220 749' }));
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      success: true,
      status: 'verified',
      ins_number: '2 75 12 63 220 749',
      verified_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/),
      expires_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      message: 'INSi confirmed the identity',
      identity_traits: traits,
    });
    expect(statusOf(await readPatient(http, id))).toBe('RECUP');
  });

  test('failed: INSi has another number', async () => {
    const id = await stored(http, adrun);
    const answer = await post(http, request(id, { ins_number: '181016322075140' }));
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      success: false,
      status: 'failed',
      ins_number: null,
      expires_at: null,
    });
    expect((await get(http, id)).json()).toMatchObject({ success: false, status: 'failed' });
    expect(statusOf(await readPatient(http, id))).toBe('PROV');
  });

  test('pending: INSi is out, the request waits for it as a Task and still asks about the number that was given', async () => {
    const right = await stored(http, adrun);
    const wrong = await stored(http, adrun);
    await switchInsi(http, { outage: 'http-500' });
    const answer = await post(http, request(right));
    await post(http, request(wrong, { ins_number: '181016322075140' }));
    expect(answer.status).toBe(202);
    expect(answer.json()).toMatchObject({
      success: false,
      status: 'pending',
      ins_number: null,
      verified_at: null,
    });
    expect((await get(http, right)).json()).toMatchObject({ status: 'pending' });
    const tasks = (await http.get(`Task?patient=Patient/${right}`)).text;
    expect(tasks).toContain('valueBase64Binary');
    expect(tasks).not.toContain('2751263220749');
    await resetInsi(http);
    await until(async () => (await get(http, right)).json<{ status: string }>().status === 'verified');
    await until(async () => (await get(http, wrong)).json<{ status: string }>().status === 'failed');
    expect(insOf(await readPatient(http, wrong))).toEqual([]);
  });

  test('a waiting number on record is verified as one', async () => {
    const person = {
      birthName: 'PROVISOIRE',
      givenNames: ['MATRICULE'],
      gender: 'male',
      birthDate: '2009-07-01',
    } as const;
    const id = await stored(
      http,
      adrunWith({ ...person, matricule: { value: '109076322088835', type: 'INS-NIA' } }),
    );
    const body = {
      ins_number: '109076322088835',
      birth_name: 'PROVISOIRE',
      first_names: 'MATRICULE',
      birth_date: '2009-07-01',
    };
    expect((await post(http, request(id, body))).json()).toMatchObject({ status: 'verified' });
  });
});

describe('POST /ins/verify refuses', () => {
  let server: FhirHttp;
  let id: string;
  beforeEach(async () => {
    server = await started.server({});
    id = await stored(server, adrun);
  });

  test.each<[string, Record<string, unknown>, number, object]>([
    ['a missing property', { birth_name: undefined }, 400, { code: 'required', expression: 'birth_name' }],
    [
      'a property of another type',
      { first_names: ['ZOE'] },
      400,
      { code: 'value', expression: 'first_names' },
    ],
    ['an unknown property', { gender: 'female' }, 400, { code: 'value' }],
    [
      'a date of another form',
      { birth_date: '31/12/1975' },
      400,
      { code: 'value', expression: 'birth_date' },
    ],
    ['an unknown patient', { patient_id: 'never' }, 404, { code: 'not-found' }],
    ['a wrong key', { ins_number: '275126322074975' }, 422, { code: 'value', expression: 'ins_number' }],
    [
      'a trait that is not that of the record',
      { birth_name: 'Martin' },
      422,
      { code: 'conflict', expression: 'birthName' },
    ],
  ])('%s', async (_case, change, status, issue) => {
    const answer = await post(server, request(id, change));
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/fhir+json; charset=utf-8',
    ]);
    expect(firstIssue(answer.json())).toMatchObject({ severity: 'error', ...issue });
    expect(answer.text).not.toMatch(/275126322074975|Martin/);
  });

  test('a blocked identity, text that is no JSON, and a deleted patient', async () => {
    const doubtful = await stored(server, adrunWith({ attributes: ['DOUT'] }));
    const blocked = await post(server, request(doubtful));
    expect([blocked.status, firstIssue(blocked.json()).outcome]).toEqual([422, 'blocked']);
    const broken = await post(server, '{"patient_id":');
    expect([broken.status, firstIssue(broken.json()).code]).toEqual([400, 'invalid']);
    await server.delete(`Patient/${id}`);
    expect((await post(server, request(id))).status).toBe(410);
    expect((await get(server, id)).status).toBe(410);
  });
});

describe('GET /ins/patient/:id', () => {
  const evidence = { mode: 'PA', date: '2026-01-05' };
  const qualified = {
    status: 'QUAL',
    matricule: adrunMatricule,
    evidence,
    retrievedOn: '2026-01-05',
  } as const;

  test.each([
    [
      'verified, with the matricule of a qualified identity',
      adrunWith({ ...qualified, checkDue: '2999-01-05' }),
      {
        success: true,
        status: 'verified',
        ins_number: adrunMatricule.value,
        verified_at: '2026-01-05',
        expires_at: '2999-01-05',
      },
    ],
    [
      'verified, without the matricule of a retrieved one',
      adrunWith({ ...qualified, status: 'RECUP', checkDue: '2999-01-05' }),
      { success: true, status: 'verified', ins_number: null },
    ],
    [
      'expired, when a new check is due',
      adrunWith({ ...qualified, checkDue: '2024-01-05' }),
      { success: false, status: 'expired', expires_at: '2024-01-05' },
    ],
    ['pending, before INSi was asked', adrun, { success: false, status: 'pending', verified_at: null }],
    [
      'pending, when doubt took the status away',
      adrunWith({ ...qualified, status: 'PROV', attributes: ['DOUT'] }),
      { success: false, status: 'pending', ins_number: null },
    ],
  ])('%s', async (_case, record, expected) => {
    const answer = await get(http, await stored(http, record));
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ ...expected, identity_traits: traits });
  });

  test('an unknown patient is 404', async () => {
    const answer = await get(http, 'never');
    expect([answer.status, firstIssue(answer.json()).code]).toEqual([404, 'not-found']);
  });
});

test('each caller has 10 verifications and 30 readings a minute, over restarts too', async () => {
  await withDataFolder(async (directory) => {
    const settings = readSettings({
      NODE_ENV: 'test',
      PORT: '0',
      SEED: 'none',
      LOG_LEVEL: 'error',
      DATA_DIR: directory,
    });
    const during = async (work: (server: FhirHttp) => Promise<void>) => {
      const running = await startServer(settings);
      try {
        await work(fhirHttp(running.origin));
      } finally {
        await running.close();
      }
    };
    const calls = (count: number, call: () => Promise<Answer>) =>
      Promise.all(Array.from({ length: count }, call));
    await during(async (server) => {
      for (const { status } of await calls(10, () => post(server, {}))) expect(status).toBe(400);
      for (const { status } of await calls(30, () => get(server, 'never'))) expect(status).toBe(404);
    });
    await during(async (server) => {
      for (const answer of [await post(server, {}), await get(server, 'never')]) {
        expect(answer.status).toBe(429);
        expect(firstIssue(answer.json())).toMatchObject({ severity: 'error', code: 'throttled' });
        const wait = Number(answer.headers['retry-after']);
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(60);
      }
      // The FHIR API does not count among them.
      expect((await server.get('Patient')).status).toBe(200);
    });
  });
});
