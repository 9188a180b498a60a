import type { AuditEvent, Bundle, CapabilityStatement } from 'fhir/r4.d.ts';
import { trailSystem } from '../../../src/audit/seals/seal.ts';
import { type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { trailOf } from './trail.ts';

let server: TestServer;
let http: FhirHttp;
let event: AuditEvent;

beforeAll(async () => {
  server = await startTestServer({ AUDIT: 'on', CONDITIONAL_DELETE: 'multiple' });
  http = fhirHttp(server.origin);
  await http.put('Patient/a', { resourceType: 'Patient', id: 'a' });
  event = (await trailOf(server))[0]!;
});
afterAll(() => server.stop());

const jsonPatch = { 'Content-Type': 'application/json-patch+json' };
const changes: [name: string, send: () => ReturnType<FhirHttp['get']>][] = [
  ['create', () => http.post('AuditEvent', event)],
  ['conditional create', () => http.post('AuditEvent', event, { 'If-None-Exist': 'outcome=8' })],
  ['update', () => http.put(`AuditEvent/${event.id}`, { ...event, outcome: '8' })],
  ['create by update', () => http.put('AuditEvent/mine', { ...event, id: 'mine' })],
  ['conditional update', () => http.put('AuditEvent?outcome=0', event)],
  [
    'patch',
    () =>
      http.send('PATCH', `AuditEvent/${event.id}`, {
        headers: jsonPatch,
        body: [{ op: 'replace', path: '/outcome', value: '8' }],
      }),
  ],
  ['conditional patch', () => http.send('PATCH', 'AuditEvent?outcome=0', { headers: jsonPatch, body: [] })],
  ['delete', () => http.delete(`AuditEvent/${event.id}`)],
  ['conditional delete', () => http.delete('AuditEvent?outcome=0')],
];

test.each(changes)('%s is not offered', async (_name, send) => {
  const answer = await send();
  expect(answer.status).toBe(405);
  expect(answer.headers['allow']).toBe('GET, HEAD');
});

const entries: [name: string, entry: object][] = [
  ['creates', { request: { method: 'POST', url: 'AuditEvent' }, resource: () => event }],
  ['updates', { request: { method: 'PUT', url: 'AuditEvent/ID' }, resource: () => event }],
  ['deletes', { request: { method: 'DELETE', url: 'AuditEvent/ID' } }],
];

test.each(entries)('nor in a bundle that %s', async (_name, given) => {
  const { request, resource } = given as {
    request: { method: string; url: string };
    resource?: () => object;
  };
  const entry = [
    {
      request: { ...request, url: request.url.replace('ID', event.id!) },
      ...(resource === undefined ? {} : { resource: resource() }),
    },
  ];
  const transaction = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
  expect(transaction.status).toBe(405);
  const batch = await http.post('', { resourceType: 'Bundle', type: 'batch', entry });
  expect(batch.json<Bundle>().entry?.[0]?.response?.status).toMatch(/^405/);
});

test('nor is it labelled or erased', async () => {
  const meta = { name: 'meta', valueMeta: { tag: [{ code: 'x' }] } };
  for (const operation of ['$meta-add', '$meta-delete', '$erase']) {
    const body = { resourceType: 'Parameters', parameter: [meta] };
    expect((await http.post(`AuditEvent/${event.id}/${operation}`, body)).status).toBe(404);
  }
});

test('after all this the event is as it was', async () => {
  expect((await http.get(`AuditEvent/${event.id}`)).json()).toEqual(event);
  const { entry } = (await http.get(`AuditEvent/${event.id}/_history`)).json<Bundle>();
  expect(entry).toHaveLength(1);
});

test('the description of the server offers to read, to search and the history', async () => {
  const { rest } = (await http.get('metadata')).json<CapabilityStatement>();
  const described = rest?.[0]?.resource?.find(({ type }) => type === 'AuditEvent');
  expect(described?.interaction?.map(({ code }) => code)).toEqual([
    'read',
    'vread',
    'history-instance',
    'history-type',
    'search-type',
  ]);
  expect(described).toMatchObject({
    updateCreate: false,
    conditionalCreate: false,
    conditionalUpdate: false,
    conditionalDelete: 'not-supported',
  });
  expect(described?.operation?.map(({ name }) => name)).not.toContain('meta-add');
  expect((await http.send('OPTIONS', 'AuditEvent')).headers['allow']).toBe('GET, HEAD, OPTIONS');
});

test('where clients may bring their own events, they create them and no more', async () => {
  const open = await startTestServer({ AUDIT_EVENTS_FROM_CLIENTS: 'accept' });
  try {
    const client = fhirHttp(open.origin);
    const { id: _, meta: __, ...own } = event;
    const created = await client.post('AuditEvent', own);
    expect(created.status).toBe(201);
    const { id } = created.json<AuditEvent>();
    const forged = { ...own, type: { system: trailSystem, code: 'retention' } };
    expect((await client.post('AuditEvent', forged)).status).toBe(422);
    expect((await client.put(`AuditEvent/${id}`, { ...own, id })).status).toBe(405);
    expect((await client.put('AuditEvent/mine', { ...own, id: 'mine' })).status).toBe(405);
    expect((await client.delete(`AuditEvent/${id}`)).status).toBe(405);
    expect((await client.send('OPTIONS', 'AuditEvent')).headers['allow']).toBe('GET, HEAD, POST, OPTIONS');
  } finally {
    await open.stop();
  }
});
