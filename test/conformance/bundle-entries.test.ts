import type { Bundle, BundleEntry, OperationOutcome, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const patient: Patient = {
  resourceType: 'Patient',
  name: [{ family: 'Noël', given: ['Zoé'] }],
  gender: 'female',
};

let id: string;
beforeAll(async () => {
  id = await created(http, patient);
});

const request = (method: string, url: string, more: object = {}) => ({ request: { method, url, ...more } });

function send(type: string, entry: object[], headers: Record<string, string> = {}): Promise<Answer> {
  return http.post('', { resourceType: 'Bundle', type, entry }, headers);
}

async function entriesOf(
  type: string,
  entry: object[],
  headers?: Record<string, string>,
): Promise<BundleEntry[]> {
  const answer = await send(type, entry, headers);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json<Bundle>().entry!;
}

async function total(): Promise<number> {
  return (await http.get('Patient?_summary=count')).json<Bundle>().total!;
}

describe.each(['batch', 'transaction'])('an entry of a %s (http.html#transaction)', (type) => {
  test('that reads is presented by its own parameters, in the format of the bundle', async () => {
    const entries = await entriesOf(type, [
      request('GET', `Patient/${id}?_format=xml&_pretty=true`),
      request('GET', `Patient/${id}?_elements=gender`),
      request('GET', `Patient/${id}?_summary=true`),
      request('GET', `Patient?_id=${id}&_summary=count`),
      request('GET', `Patient?_id=${id}&_elements=gender`),
    ]);
    expect(entries[0]!.resource).toMatchObject(patient);
    expect(entries[1]!.resource).toMatchObject({
      id,
      gender: 'female',
      meta: { tag: [{ code: 'SUBSETTED' }] },
    });
    expect(entries[1]!.resource).not.toHaveProperty('name');
    expect(entries[2]!.resource).toMatchObject({ id, meta: { tag: [{ code: 'SUBSETTED' }] } });
    expect(entries[3]!.resource).toMatchObject({ resourceType: 'Bundle', total: 1 });
    const [found] = (entries[4]!.resource as Bundle).entry!;
    expect(found!.resource).not.toHaveProperty('name');
  });

  test('by HEAD is answered as by GET, without the resource', async () => {
    const [head, get] = await entriesOf(type, [
      request('HEAD', `Patient/${id}`),
      request('GET', `Patient/${id}`),
    ]);
    expect(head!.response).toEqual(get!.response);
    expect([head!.resource, get!.resource]).toMatchObject([undefined, { id }]);
  });

  test('that reads what the caller has already is answered 304', async () => {
    const later = new Date(Date.now() + 60_000).toISOString();
    const entries = await entriesOf(type, [
      request('GET', `Patient/${id}`, { ifNoneMatch: 'W/"1"' }),
      request('GET', `Patient/${id}`, { ifModifiedSince: later }),
      request('GET', `Patient/${id}`, { ifNoneMatch: 'W/"2"' }),
    ]);
    expect(entries.map(({ response }) => response!.status)).toEqual([
      '304 Not Modified',
      '304 Not Modified',
      '200 OK',
    ]);
    expect(entries.map(({ resource }) => resource?.id)).toEqual([undefined, undefined, id]);
  });

  test('may have the absolute URL of this server, of the base too', async () => {
    const [read, search, relative] = await entriesOf(type, [
      request('GET', `${http.base}/Patient/${id}`),
      request('GET', `${http.base}?_type=Patient&_id=${id}`),
      request('GET', `?_type=Patient&_id=${id}`),
    ]);
    expect(read!.resource).toMatchObject({ id });
    for (const entry of [search, relative]) expect((entry!.resource as Bundle).total).toBe(1);
  });

  test.each([
    ['ifNoneExist', 'PUT', 'identifier=urn:x|1'],
    ['ifNoneExist', 'GET', 'identifier=urn:x|1'],
    ['ifMatch', 'POST', 'W/"1"'],
    ['ifMatch', 'GET', 'W/"1"'],
    ['ifNoneMatch', 'DELETE', 'W/"1"'],
    ['ifNoneMatch', 'POST', '*'],
    ['ifModifiedSince', 'PUT', '2024-01-01T00:00:00Z'],
  ])('with %s, which is not for %s, is refused and writes nothing', async (condition, method, value) => {
    const before = await total();
    const resource =
      method === 'GET' || method === 'DELETE' ? {} : { resource: { ...patient, id: 'elsewhere' } };
    const url = method === 'POST' ? 'Patient' : 'Patient/elsewhere';
    const answer = await send(type, [{ ...resource, ...request(method, url, { [condition]: value }) }]);
    const outcome =
      type === 'transaction'
        ? answer.json<OperationOutcome>()
        : (answer.json<Bundle>().entry![0]!.response!.outcome as OperationOutcome);
    expect(outcome.issue[0]).toMatchObject({
      code: 'invalid',
      expression: [`Bundle.entry[0].request.${condition}`],
    });
    expect(await total()).toBe(before);
  });

  test.each([null, {}, 'x', [null]])('%j are no entries', async (entry) => {
    const answer = await http.post('', { resourceType: 'Bundle', type, entry });
    const isBatchOfEntries = type === 'batch' && Array.isArray(entry);
    expect(answer.status).toBe(isBatchOfEntries ? 200 : 400);
  });

  test('answers as the bundle prefers', async () => {
    const create = { resource: patient, ...request('POST', 'Patient') };
    const [minimal] = await entriesOf(type, [create], { Prefer: 'return=minimal' });
    expect(Object.keys(minimal!)).toEqual(['response']);
    const [whole] = await entriesOf(type, [create], { Prefer: 'return=representation' });
    expect(whole!.resource).toMatchObject(patient);
    const [outcome] = await entriesOf(type, [create], { Prefer: 'return=OperationOutcome' });
    expect(outcome!.response!.outcome).toMatchObject({ resourceType: 'OperationOutcome' });
  });
});

describe('a bundle of another type than batch and transaction is refused with 400', () => {
  test.each([
    'history',
    'searchset',
    'collection',
    'document',
    'message',
    'batch-response',
    'transaction-response',
  ])('%s', async (type) => {
    const answer = await send(type, [{ resource: patient, ...request('POST', 'Patient') }]);
    expect([answer.status, issueOf(answer).expression]).toEqual([400, ['Bundle.type']]);
  });
});
