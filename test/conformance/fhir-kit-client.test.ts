import type { Bundle, CapabilityStatement, Patient } from 'fhir/r4.d.ts';
import { Client } from 'fhir-kit-client';
import { serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
let client: Client;
beforeAll(() => {
  client = new Client({ baseUrl: http.base });
});

const patient = (given: string): Patient => ({
  resourceType: 'Patient',
  name: [{ family: 'Kit', given: [given] }],
});

const create = async (given: string) =>
  (await client.create({ resourceType: 'Patient', body: patient(given) as never })) as unknown as Patient;

/** The HTTP status with which a call was refused. */
async function refusal(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as { response?: { status?: number } }).response?.status;
  }
}

describe('a FHIR client that knows the specification alone (fhir-kit-client)', () => {
  test('reads the capability statement', async () => {
    const statement = (await client.capabilityStatement()) as unknown as CapabilityStatement;
    expect([statement.resourceType, statement.fhirVersion]).toEqual(['CapabilityStatement', '4.0.1']);
  });

  test('creates, reads, updates, reads a version and deletes', async () => {
    const { id = '' } = await create('Ana');
    const read = (await client.read({ resourceType: 'Patient', id })) as unknown as Patient;
    expect(read.name).toEqual(patient('Ana').name);
    const body = { ...read, gender: 'female' };
    const updated = (await client.update({
      resourceType: 'Patient',
      id,
      body: body as never,
    })) as unknown as Patient;
    expect(updated.meta!.versionId).toBe('2');
    const first = (await client.vread({ resourceType: 'Patient', id, version: '1' })) as unknown as Patient;
    expect(first.gender).toBeUndefined();
    await client.delete({ resourceType: 'Patient', id });
    expect(await refusal(client.read({ resourceType: 'Patient', id }))).toBe(410);
  });

  test('reads the history of a resource', async () => {
    const { id = '' } = await create('Historique');
    const history = (await client.history({ resourceType: 'Patient', id })) as unknown as Bundle;
    expect([history.type, history.total]).toEqual(['history', 1]);
  });

  test('searches, and follows the next pages to the end', async () => {
    for (const given of ['A', 'B', 'C', 'D', 'E']) await create(`Page${given}`);
    const searchParams = { given: 'page', _count: 2, _sort: 'given' };
    let page = (await client.search({ resourceType: 'Patient', searchParams })) as unknown as
      | Bundle<Patient>
      | undefined;
    const found: string[] = [];
    while (page !== undefined) {
      found.push(...page.entry!.map(({ resource }) => resource!.name![0]!.given![0]!));
      const next = client.nextPage({ bundle: page as never });
      page = next === undefined ? undefined : ((await next) as unknown as Bundle<Patient>);
    }
    expect(found).toEqual(['PageA', 'PageB', 'PageC', 'PageD', 'PageE']);
  });

  test('searches by POST', async () => {
    await create('Formulaire');
    const bundle = (await client.search({
      resourceType: 'Patient',
      searchParams: { given: 'formulaire' },
      options: { postSearch: true } as never,
    })) as unknown as Bundle;
    expect(bundle.entry).toHaveLength(1);
  });

  test('sends a transaction and a batch', async () => {
    const entry = [{ resource: patient('Lot'), request: { method: 'POST', url: 'Patient' } }];
    const transaction = { resourceType: 'Bundle', type: 'transaction', entry };
    const done = (await client.transaction({ body: transaction as never })) as unknown as Bundle;
    expect([done.type, done.entry![0]!.response!.status.slice(0, 3)]).toEqual([
      'transaction-response',
      '201',
    ]);
    const batch = { resourceType: 'Bundle', type: 'batch', entry };
    const answered = (await client.batch({ body: batch as never })) as unknown as Bundle;
    expect([answered.type, answered.entry![0]!.response!.status.slice(0, 3)]).toEqual([
      'batch-response',
      '201',
    ]);
  });

  test('resolves a reference to the server', async () => {
    const { id } = await create('Resolue');
    const resolved = (await client.resolve({ reference: `Patient/${id}` })) as unknown as Patient;
    expect(resolved.id).toBe(id);
  });

  test('learns the status and the outcome of a refusal', async () => {
    expect(await refusal(client.read({ resourceType: 'Patient', id: 'never-used' }))).toBe(404);
    const body = { resourceType: 'Patient', gender: 'x' };
    expect(await refusal(client.create({ resourceType: 'Patient', body: body as never }))).toBe(422);
  });
});
