import { setTimeout as wait } from 'node:timers/promises';
import type { Bundle } from 'fhir/r4.d.ts';
import { readSettings } from '../../../src/operability/settings.ts';
import { type RunningServer, startServer } from '../../../src/server.ts';
import { type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { type MongoServer, startMongoServer } from '../../support/mongo-server.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const directory = temporaryDirectory;
const flags = ['--sync-on-commit'];

let data: string;
let database: MongoServer;
let server: RunningServer;
let http: FhirHttp;

beforeAll(async () => {
  data = await directory();
  database = await startMongoServer({ directory: data, flags });
  server = await startServer(
    readSettings({
      NODE_ENV: 'test',
      PORT: '0',
      SEED: 'none',
      LOG_LEVEL: 'error',
      INSI_MODE: 'off',
      MONGODB_URI: database.uri,
      MONGODB_SELECTION_TIMEOUT_SECONDS: '1',
      MONGODB_CALL_TIMEOUT_SECONDS: '5',
      MONGODB_COMMIT_TIMEOUT_SECONDS: '5',
      SEARCH_TIMEOUT_SECONDS: '5',
    }),
  );
  http = fhirHttp(server.origin);
});

afterAll(async () => {
  await server.close();
  await database.kill();
});

const patient = (id: string) => ({ resourceType: 'Patient', id });
const device = (id?: string) => ({ resourceType: 'Device', ...(id === undefined ? {} : { id }) });

const transaction = (...resources: { resourceType: string; id?: string }[]) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  })),
});

async function ready(): Promise<[number, unknown]> {
  const answer = await fetch(`${server.origin}/health/ready`);
  return [answer.status, await answer.json()];
}

test('the indexes that are built beside the requests are told to operators', async () => {
  expect(await ready()).toEqual([
    200,
    { status: 'ok', parts: { store: 'ok' }, indexes: { building: [], failed: [] } },
  ]);
  const metrics = await (await fetch(`${server.origin}/metrics`)).text();
  expect(metrics).toContain('store_index_builds{state="building"} 0');
  expect(metrics).toContain('store_index_builds{state="failed"} 0');
});

test('a backup is refused, and the tools of MongoDB are named', async () => {
  await expect(server.core.stores.backup('/tmp/never')).rejects.toThrow('mongodump');
});

test('while the database is silent every request is answered 503 in time, and all goes on when it speaks', async () => {
  expect((await http.put('Device/a', device('a'))).status).toBe(201);
  const speak = database.pause();
  try {
    const refused = await Promise.all([
      http.get('Device/a'),
      http.get('Device/a/_history'),
      http.get('Device?_id=a'),
      http.get('Device?_summary=count'),
      http.put('Device/a', device('a')),
      http.post('Device', device()),
      http.post('Device', device(), { 'If-None-Exist': 'identifier=x' }),
      http.post('', transaction(device('a'), device('b'))),
    ]);
    for (const { status, headers } of refused)
      expect([status, headers['retry-after']]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect((await ready())[0]).toBe(503);
  } finally {
    speak();
  }
  while ((await ready())[0] !== 200) await wait(100);
  expect((await http.get('Device/a/_history')).json<Bundle>().entry).toHaveLength(1);
  expect((await http.get('Device/b')).status).toBe(404);
  expect((await http.post('', transaction(device('a'), device('b')))).status).toBe(200);
});

test('while the database is away writes are answered 503 with Retry-After, and go on when it is back', async () => {
  expect((await http.put('Patient/a', patient('a'))).status).toBe(201);
  await database.kill();
  const refused = await Promise.all([
    http.put('Patient/b', patient('b')),
    http.post('', transaction(patient('c'), patient('d'))),
    http.get('Patient/a'),
    http.get('Patient?_id=a'),
  ]);
  for (const { status, headers, text } of refused) {
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    expect(JSON.parse(text).issue[0]).toMatchObject({ severity: 'error', code: 'transient' });
  }
  await expect(server.core.stores.expiring.get('x')).rejects.toMatchObject({ status: 503 });
  expect((await ready())[0]).toBe(503);
  database = await startMongoServer({ directory: data, port: database.port, flags });
  expect((await http.post('', transaction(patient('c'), patient('d')))).status).toBe(200);
  const found = (await http.get('Patient?_sort=_id')).json<Bundle>().entry ?? [];
  expect(found.map(({ resource }) => resource?.id)).toEqual(['a', 'c', 'd']);
  expect((await ready())[0]).toBe(200);
});
