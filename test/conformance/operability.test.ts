import request from 'supertest';
import { fhirHttp, serverUnderTest } from '../support/fhir-http.ts';
import { withDataFolder, withServerProcess } from '../support/server-process.ts';

const http = serverUnderTest();

/** Identity data (a matricule of the test authority) that a request may bring; it must appear nowhere but in the store. */
const secrets = ['Confidentiel', '181116322075106', '1981-11-16', 'Discrete', 'ins-secret-id'];
const patient = {
  resourceType: 'Patient',
  id: 'ins-secret-id',
  identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: '181116322075106' }],
  name: [{ family: 'Confidentiel', given: ['Discrete'] }],
  birthDate: '1981-11-16',
};

/** Good and bad requests of every kind with identity data wherever a caller may put it. */
async function exercise(caller: ReturnType<typeof fhirHttp>): Promise<void> {
  const answer = await caller.put('Patient/ins-secret-id', patient);
  expect([answer.status, answer.status === 201 ? '' : answer.text]).toEqual([201, '']);
  await caller.post('Patient', patient, { 'If-None-Exist': 'identifier=181116322075106' });
  await caller.post('Patient', { ...patient, gender: 'Confidentiel' });
  await caller.post('Patient', '{"resourceType":"Patient","name":[{"family":"Confidentiel"');
  await caller.get('Patient?family=Confidentiel&birthdate=1981-11-16');
  await caller.get('Patient?nothing=Confidentiel');
  await caller.get('Patient?birthdate=Confidentiel');
  await caller.get('Patient/181116322075106');
  await caller.get('Confidentiel/181116322075106');
  await caller.get('Patient/$Confidentiel');
  await caller.get('Patient/ins-secret-id/_Confidentiel');
  await caller.get('Patient?_cursor=Confidentiel', { 'X-Request-Id': 'Confidentiel née' });
  await caller.get('Patient/ins-secret-id/_history');
  await caller.get('Patient/ins-secret-id', { Accept: 'Confidentiel/1981-11-16' });
  await caller.send('PROPFIND', 'Patient/181116322075106');
  await caller.post('Patient/_search', 'family=Confidentiel', {
    'Content-Type': 'application/x-www-form-urlencoded',
  });
  await caller.post('', {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [
      { request: { method: 'GET', url: 'Patient?family=Confidentiel' } },
      { request: { method: 'GET', url: 'Confidentiel/181116322075106' } },
      { resource: patient, request: { method: 'POST', url: 'Patient' } },
    ],
  });
  await caller.delete('Patient/ins-secret-id');
  await request(caller.origin).get('/Confidentiel/181116322075106?birthdate=1981-11-16');
}

describe('health', () => {
  test('live answers that the process runs', async () => {
    const { status, body } = await request(http.origin).get('/health/live');
    expect([status, body]).toEqual([200, { status: 'ok' }]);
  });

  test('ready answers that the store can write', async () => {
    const { status, body } = await request(http.origin).get('/health/ready');
    expect([status, body]).toMatchObject([200, { status: 'ok', parts: { store: 'ok' } }]);
  });
});

describe('metrics', () => {
  const metrics = async () => (await request(http.origin).get('/metrics')).text;
  const sampleValue = (text: string, sample: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${sample} `))
        ?.split(' ')
        .at(-1) ?? 0,
    );

  test('are in the text format of Prometheus', async () => {
    const { status, headers } = await request(http.origin).get('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=/);
  });

  test('count requests by interaction and status', async () => {
    const sample = 'fhir_requests_total{interaction="read",status="404"}';
    const before = sampleValue(await metrics(), sample);
    await http.get('Patient/never-used');
    await http.get('Patient/never-used');
    expect(sampleValue(await metrics(), sample)).toBe(before + 2);
  });

  test('time requests by interaction and type, and the calls of the store', async () => {
    const sample = 'fhir_request_duration_seconds_count{interaction="create",type="Basic"}';
    const before = sampleValue(await metrics(), sample);
    await http.post('Basic', { resourceType: 'Basic', code: { text: 'x' } });
    const text = await metrics();
    expect(sampleValue(text, sample)).toBe(before + 1);
    expect(text).toMatch(/^store_duration_seconds_count\{operation="commit"\} [1-9]/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  test('count what happens to patients', async () => {
    const [success, error] = ['success', 'error'].map(
      (status) => `patient_operations_total{operation="create",status="${status}"}`,
    ) as [string, string];
    const before = await metrics();
    await http.post('Patient', { resourceType: 'Patient' });
    await http.post('Patient', { resourceType: 'Patient', gender: 'x' });
    const after = await metrics();
    expect(sampleValue(after, success) - sampleValue(before, success)).toBe(1);
    expect(sampleValue(after, error) - sampleValue(before, error)).toBe(1);
  });

  test('hold no identity data, and no label that a caller can choose', async () => {
    await exercise(fhirHttp(http.origin));
    const text = await metrics();
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});

describe('the log', () => {
  test('has one JSON line for each request, without identity data', () =>
    withDataFolder((directory) =>
      withServerProcess(directory, { LOG_LEVEL: 'debug' }, async (server) => {
        const caller = fhirHttp(server.origin);
        await caller.get('Patient/never-used', { 'X-Request-Id': 'traced-1' });
        await exercise(caller);
        server.signal('SIGTERM');
        await server.exited;
        const lines = server
          .output()
          .split('\n')
          .filter((line) => line.startsWith('{'));
        const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
        const requests = records.filter(({ message }) => message === 'request');
        expect(requests).toContainEqual(
          expect.objectContaining({
            requestId: 'traced-1',
            method: 'GET',
            interaction: 'read',
            type: 'Patient',
            status: 404,
            level: 'info',
            timestamp: expect.any(String),
            seconds: expect.any(Number),
          }),
        );
        expect(requests.length).toBeGreaterThanOrEqual(18);
        expect(secrets.filter((secret) => server.output().includes(secret))).toEqual([]);
      }),
    ));
});
