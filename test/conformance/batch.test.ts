import type { Bundle, BundleEntry, OperationOutcome, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

async function batch(entry: object[], headers: Record<string, string> = {}): Promise<BundleEntry[]> {
  const answer: Answer = await http.post('', { resourceType: 'Bundle', type: 'batch', entry }, headers);
  if (answer.status !== 200) throw new Error(answer.text);
  const bundle = answer.json<Bundle>();
  expect([bundle.resourceType, bundle.type]).toEqual(['Bundle', 'batch-response']);
  return bundle.entry ?? [];
}

const patient = (elements: Partial<Patient> = {}): Patient => ({ resourceType: 'Patient', ...elements });
const statuses = (entries: BundleEntry[]) => entries.map(({ response }) => response!.status.slice(0, 3));

describe('batch (http.html#transaction)', () => {
  test('answers one entry for each entry, in the order of the request', async () => {
    const id = await created(http, patient());
    const entries = await batch([
      { request: { method: 'GET', url: `Patient/${id}` } },
      { resource: patient(), request: { method: 'POST', url: 'Patient' } },
      { resource: patient({ id: 'b-put' }), request: { method: 'PUT', url: 'Patient/b-put' } },
      { request: { method: 'GET', url: 'Patient/absent' } },
      { request: { method: 'HEAD', url: `Patient/${id}` } },
      { request: { method: 'GET', url: `Patient/${id}/_history/1` } },
      { request: { method: 'GET', url: `Patient/${id}/_history` } },
      { request: { method: 'GET', url: `Patient?_id=${id}` } },
      { request: { method: 'GET', url: 'metadata' } },
    ]);
    expect(statuses(entries)).toEqual(['200', '201', '201', '404', '200', '200', '200', '200', '200']);
    expect(entries[0]!.resource).toMatchObject({ resourceType: 'Patient', id });
    expect((entries[6]!.resource as Bundle).type).toBe('history');
    expect((entries[7]!.resource as Bundle).type).toBe('searchset');
    expect(entries[8]!.resource!.resourceType).toBe('CapabilityStatement');
  });

  test('tells location, etag and lastModified of a write', async () => {
    const [entry] = await batch([{ resource: patient(), request: { method: 'POST', url: 'Patient' } }]);
    const { location, etag, lastModified } = entry!.response!;
    expect(etag).toBe('W/"1"');
    const read = await http.get(location!.startsWith('http') ? location! : location!);
    expect(read.status).toBe(200);
    expect(read.json<Patient>().meta!.lastUpdated).toBe(lastModified);
  });

  test('lets every entry fail or succeed by itself, the failure with its outcome', async () => {
    const entries = await batch([
      { resource: patient({ gender: 'x' as 'male' }), request: { method: 'POST', url: 'Patient' } },
      { resource: patient({ id: 'b-good' }), request: { method: 'PUT', url: 'Patient/b-good' } },
      { resource: patient({ id: 'other' }), request: { method: 'PUT', url: 'Patient/b-bad' } },
      { request: { method: 'GET', url: 'Nothing/1' } },
      { request: { method: 'DELETE', url: 'Patient' } },
      { request: { method: 'GET', url: 'Patient?birthdate=x' } },
    ]);
    expect(statuses(entries)).toEqual(['422', '201', '400', '404', '405', '400']);
    for (const index of [0, 2, 3, 4, 5]) {
      const outcome = entries[index]!.response!.outcome as OperationOutcome;
      expect(outcome.resourceType).toBe('OperationOutcome');
      expect(outcome.issue[0]!.diagnostics).toBeTruthy();
    }
    expect((await http.get('Patient/b-good')).status).toBe(200);
  });

  test('lets entries that cannot be understood fail by themselves too', async () => {
    const entries = await batch([
      { request: { method: 'GET', url: 'https://elsewhere.example/Patient/1' } },
      { request: { method: 'GET', url: 'Patient/%zz' } },
      { request: { method: 'TRACE', url: 'Patient/1' } },
      { resource: 'x', request: { method: 'POST', url: 'Patient' } },
      {},
      { request: { method: 'GET', url: 'metadata' } },
    ]);
    expect(statuses(entries)).toEqual(['400', '400', '400', '400', '400', '200']);
    const outcome = entries[2]!.response!.outcome as OperationOutcome;
    expect(outcome.issue[0]!.expression).toEqual(['Bundle.entry[2].request.method']);
  });

  test('deletes first, then creates, updates and reads (http.html#trules)', async () => {
    await http.put('Patient/b-order', patient({ id: 'b-order' }));
    const entries = await batch([
      { request: { method: 'GET', url: 'Patient/b-order' } },
      {
        resource: patient({ id: 'b-order', active: true }),
        request: { method: 'PUT', url: 'Patient/b-order' },
      },
      { request: { method: 'DELETE', url: 'Patient/b-order' } },
    ]);
    expect(statuses(entries)).toEqual(['200', '201', '204']);
    expect((entries[0]!.resource as Patient).meta!.versionId).toBe('3');
  });

  test('hears the conditions of each entry', async () => {
    const id = await created(http, patient({ identifier: [{ system: 'urn:b', value: 'known' }] }));
    const entries = await batch([
      {
        resource: patient(),
        request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:b|known' },
      },
      {
        resource: patient({ id }),
        request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"9"' },
      },
      { request: { method: 'GET', url: `Patient/${id}`, ifNoneMatch: 'W/"1"' } },
    ]);
    expect(statuses(entries)).toEqual(['200', '412', '304']);
  });

  test('makes one resource of entries that share an ifNoneExist condition', async () => {
    const entry = {
      resource: patient({ identifier: [{ system: 'urn:b', value: 'shared' }] }),
      request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:b|shared' },
    };
    const entries = await batch(Array.from({ length: 10 }, () => entry));
    expect(statuses(entries).filter((status) => status === '201')).toHaveLength(1);
    expect(matchIds(await http.get('Patient?identifier=urn:b|shared'))).toHaveLength(1);
  });

  test('takes URLs that are absolute, when they are below the base of the server', async () => {
    const id = await created(http, patient());
    const entries = await batch([{ request: { method: 'GET', url: `${http.base}/Patient/${id}` } }]);
    expect(statuses(entries)).toEqual(['200']);
  });

  test('takes no bundle within a bundle', async () => {
    const inner = { resourceType: 'Bundle', type: 'batch', entry: [] };
    const entries = await batch([{ resource: inner, request: { method: 'POST', url: '' } }]);
    expect(statuses(entries)).toEqual(['400']);
  });

  test('answers an empty batch with an empty response', async () => {
    expect(await batch([])).toEqual([]);
  });

  test('holds the resources when the caller prefers representations', async () => {
    const entry = { resource: patient({ active: true }), request: { method: 'POST', url: 'Patient' } };
    const [full] = await batch([entry], { Prefer: 'return=representation' });
    const [minimal] = await batch([entry], { Prefer: 'return=minimal' });
    const [outcome] = await batch([entry], { Prefer: 'return=OperationOutcome' });
    expect(full!.resource).toMatchObject({ resourceType: 'Patient', active: true });
    expect(minimal!.resource).toBeUndefined();
    expect(outcome!.response!.outcome).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  test('of 500 entries answers each', async () => {
    const entries = await batch(
      Array.from({ length: 500 }, (_, index) => ({
        resource: { resourceType: 'Basic', id: `bulk-${index}`, code: { text: String(index) } },
        request: { method: 'PUT', url: `Basic/bulk-${index}` },
      })),
    );
    expect(statuses(entries).every((status) => status === '201')).toBe(true);
    expect(entries[321]!.response!.location).toContain('/bulk-321/');
    expect((await http.get('Basic?_summary=count')).json<Bundle>().total).toBe(500);
  });
});

describe('the base (http.html#transaction)', () => {
  test('takes no resource but a Bundle of type batch or transaction: 400', async () => {
    for (const body of [patient(), { resourceType: 'Bundle', type: 'searchset' }]) {
      const answer = await http.post('', body);
      expect(answer.status).toBe(400);
      issueOf(answer);
    }
  });

  test('takes a Bundle with or without a slash at its end', async () => {
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch' });
    const headers = { 'Content-Type': 'application/fhir+json' };
    for (const url of [http.base, `${http.base}/`]) {
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
    }
  });
});
