import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AuditEvent,
  Bundle,
  CapabilityStatement,
  CodeSystem,
  FhirResource,
  Parameters,
} from 'fhir/r4.d.ts';
import { erasureReasons } from '../../src/operations/erase/record.ts';
import {
  type Answer,
  type FhirHttp,
  fhirHttp,
  issueOf,
  matchIds,
  serverUnderTest,
} from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let http: FhirHttp;

beforeAll(async () => {
  server = await startTestServer();
  http = fhirHttp(server.origin);
});
afterAll(() => server.stop());

type Parameter = NonNullable<Parameters['parameter']>[number];
const reason: Parameter = { name: 'reason', valueCode: 'data-subject-request' };
const compartment: Parameter = { name: 'scope', valueCode: 'compartment' };

const parametersOf = (parameter: Parameter[]): Parameters => ({ resourceType: 'Parameters', parameter });

function erase(path: string, parameter: Parameter[] = [reason], on: FhirHttp = http): Promise<Answer> {
  return on.post(`${path}/$erase`, parametersOf(parameter));
}

async function put(resource: FhirResource & { id: string }, on: FhirHttp = http): Promise<void> {
  const answer = await on.put(`${resource.resourceType}/${resource.id}`, resource);
  if (answer.status > 201) throw new Error(`${answer.status} ${answer.text}`);
}

const observation = (id: string, patient: string, text = 'x') =>
  put({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text },
    subject: { reference: `Patient/${patient}` },
  });

/** The number of erased resources by type, as the answer tells. */
function erasedBy(answer: Answer): Record<string, number> {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  const { parameter = [] } = answer.json<Parameters>();
  return Object.fromEntries(
    parameter
      .filter(({ name }) => name === 'erased')
      .map(({ part }) => [part![0]!.valueCode!, part![1]!.valueInteger!]),
  );
}

async function auditOf(answer: Answer): Promise<AuditEvent> {
  const reference = answer.json<Parameters>().parameter!.find(({ name }) => name === 'audit')!
    .valueReference!;
  return (await http.get(reference.reference!)).json<AuditEvent>();
}

describe('$erase on a resource', () => {
  test('leaves no version, no match and no entry of a history, and the id free', async () => {
    await put({ resourceType: 'Patient', id: 'a', name: [{ family: 'Premier' }] });
    await put({ resourceType: 'Patient', id: 'a', name: [{ family: 'Second' }] });
    expect(erasedBy(await erase('Patient/a'))).toEqual({ Patient: 1 });
    for (const path of ['Patient/a', 'Patient/a/_history', 'Patient/a/_history/1', 'Patient/a/_history/2']) {
      expect([path, (await http.get(path)).status]).toEqual([path, 404]);
    }
    expect(matchIds(await http.get('Patient?family=premier,second'))).toEqual([]);
    const history = (await http.get('Patient/_history')).json<Bundle>().entry ?? [];
    expect(history.filter(({ fullUrl }) => fullUrl!.endsWith('Patient/a'))).toEqual([]);
    const anew = await http.put('Patient/a', { resourceType: 'Patient', id: 'a' });
    expect([anew.status, anew.headers['etag']]).toEqual([201, 'W/"1"']);
  });

  test('also works on a deleted resource, and once', async () => {
    await put({ resourceType: 'Patient', id: 'deleted' });
    await http.delete('Patient/deleted');
    expect((await erase('Patient/deleted')).status).toBe(200);
    expect((await http.get('Patient/deleted')).status).toBe(404);
    expect((await erase('Patient/deleted')).status).toBe(404);
  });

  test('gives up the claim of a conditional create', async () => {
    const resource = { resourceType: 'Patient', identifier: [{ system: 'urn:test:ipp', value: 'claimed' }] };
    const header = { 'If-None-Exist': 'identifier=urn:test:ipp|claimed' };
    const { id } = (await http.post('Patient', resource, header)).json<{ id: string }>();
    await erase(`Patient/${id}`);
    expect((await http.post('Patient', resource, header)).status).toBe(201);
  });

  test('an AuditEvent tells who, when, what and why, and nothing of what was erased', async () => {
    await put({
      resourceType: 'Patient',
      id: 'audited',
      name: [{ family: 'Inoubliable' }],
      birthDate: '1951-02-03',
    });
    const performer = { reference: 'Practitioner/dpo', display: 'Dr Nom' };
    const answer = await erase('Patient/audited', [reason, { name: 'performer', valueReference: performer }]);
    const event = await auditOf(answer);
    expect(event).toMatchObject({
      action: 'D',
      outcome: '0',
      subtype: [{ code: 'erase' }],
      purposeOfEvent: [{ coding: [{ code: 'data-subject-request' }] }],
      agent: [{ who: { reference: 'Practitioner/dpo' }, requestor: true }, { requestor: false }],
      entity: [{ what: { reference: 'Patient/audited' } }],
    });
    expect(Math.abs(Date.parse(event.recorded) - Date.now())).toBeLessThan(60_000);
    expect(JSON.stringify(event)).not.toMatch(/Inoubliable|1951|Dr Nom/);
    expect(matchIds(await http.get('AuditEvent?patient=Patient/audited'))).toEqual([event.id]);
  });

  test('a dry run erases nothing and leaves no record', async () => {
    await put({ resourceType: 'Patient', id: 'dry' });
    const answer = await erase('Patient/dry', [reason, { name: 'dryRun', valueBoolean: true }]);
    expect(erasedBy(answer)).toEqual({ Patient: 1 });
    expect(answer.json<Parameters>().parameter!.map(({ name }) => name)).toEqual(['dryRun', 'erased']);
    expect((await http.get('Patient/dry')).status).toBe(200);
    expect(matchIds(await http.get('AuditEvent?patient=Patient/dry'))).toEqual([]);
  });

  test('in a batch, not in a transaction', async () => {
    await put({ resourceType: 'Patient', id: 'batched' });
    const bundle = (type: string) => ({
      resourceType: 'Bundle',
      type,
      entry: [
        { request: { method: 'POST', url: 'Patient/batched/$erase' }, resource: parametersOf([reason]) },
      ],
    });
    expect((await http.post('', bundle('transaction'))).status).toBe(400);
    expect((await http.get('Patient/batched')).status).toBe(200);
    const { entry } = (await http.post('', bundle('batch'))).json<Bundle>();
    expect(entry![0]!.response!.status).toMatch(/^200/);
    expect((await http.get('Patient/batched')).status).toBe(404);
  });

  test('in XML', async () => {
    await put({ resourceType: 'Patient', id: 'xml' });
    const body =
      '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="reason"/><valueCode value="retention-expired"/></parameter></Parameters>';
    const headers = { 'Content-Type': 'application/fhir+xml', Accept: 'application/fhir+xml' };
    const answer = await http.post('Patient/xml/$erase', body, headers);
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('<name value="erased"/>')]);
    expect((await http.get('Patient/xml')).status).toBe(404);
  });

  test('two at once erase once', async () => {
    await put({ resourceType: 'Patient', id: 'twice' });
    const answers = await Promise.all([erase('Patient/twice'), erase('Patient/twice')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect(matchIds(await http.get('AuditEvent?patient=Patient/twice'))).toHaveLength(1);
  });

  test.each<[string, string, Parameter[], number]>([
    ['no reason', 'Patient/bad', [], 400],
    ['an unknown reason', 'Patient/bad', [{ name: 'reason', valueCode: 'whim' }], 400],
    ['an unknown scope', 'Patient/bad', [reason, { name: 'scope', valueCode: 'all' }], 400],
    ['the compartment of another type', 'Observation/bad', [reason, compartment], 400],
    [
      'a performer that is none',
      'Patient/bad',
      [reason, { name: 'performer', valueReference: { reference: 'Patient/x' } }],
      400,
    ],
    ['dryRun that is no boolean', 'Patient/bad', [reason, { name: 'dryRun', valueString: 'perhaps' }], 400],
    ['an unknown parameter', 'Patient/bad', [reason, { name: 'nothing', valueString: 'x' }], 400],
    ['an unknown id', 'Patient/never', [reason], 404],
    ['an audit event', 'AuditEvent/any', [reason], 404],
  ])('refuses %s', async (_, path, parameter, status) => {
    await put({ resourceType: 'Patient', id: 'bad' });
    const answer = await erase(path, parameter);
    expect([answer.status, issueOf(answer).diagnostics!.length > 0]).toEqual([status, true]);
    expect((await http.get('Patient/bad')).status).toBe(200);
  });

  test('is no matter of a GET', async () => {
    expect((await http.get('Patient/bad/$erase?reason=data-subject-request')).status).toBe(405);
  });
});

describe('$erase of a person', () => {
  test('takes the compartment and the Tasks along, deleted ones included, and leaves those of others', async () => {
    await put({ resourceType: 'Patient', id: 'p' });
    await put({ resourceType: 'Patient', id: 'q' });
    await observation('o1', 'p');
    await observation('o2', 'p');
    await observation('o2', 'p', 'changed');
    await observation('gone', 'p');
    await observation('gone-too', 'q');
    await http.delete('Observation/gone');
    await http.delete('Observation/gone-too');
    await observation('other', 'q');
    await put({
      resourceType: 'Task',
      id: 't',
      status: 'requested',
      intent: 'order',
      for: { reference: 'Patient/p' },
    });
    await put({
      resourceType: 'Group',
      id: 'g',
      type: 'person',
      actual: true,
      member: [{ entity: { reference: 'Patient/p' } }, { entity: { reference: 'Patient/q' } }],
    });
    await put({ resourceType: 'Binary', id: 'letter', contentType: 'text/plain', data: 'eA==' });
    await put({ resourceType: 'Binary', id: 'unrelated', contentType: 'text/plain', data: 'eA==' });
    await put({
      resourceType: 'DocumentReference',
      id: 'doc',
      status: 'current',
      subject: { reference: 'Patient/p' },
      content: [{ attachment: { url: 'Binary/letter' } }],
    });
    await put({
      resourceType: 'VerificationResult',
      id: 'check',
      status: 'validated',
      target: [{ reference: 'Patient/p' }],
    });
    const dry = await erase('Patient/p', [reason, compartment, { name: 'dryRun', valueBoolean: true }]);
    const answer = await erase('Patient/p', [reason, compartment]);
    expect(erasedBy(answer)).toEqual({
      Patient: 1,
      Observation: 3,
      DocumentReference: 1,
      Task: 1,
      VerificationResult: 1,
      Binary: 1,
    });
    expect(erasedBy(dry)).toEqual(erasedBy(answer));
    const paths = [
      'Patient/p',
      'Observation/o1',
      'Observation/o2',
      'Observation/gone',
      'Task/t',
      'DocumentReference/doc',
      'Binary/letter',
      'VerificationResult/check',
    ];
    for (const path of [...paths, 'Observation/gone/_history', 'Observation/o2/_history/1']) {
      expect([path, (await http.get(path)).status]).toEqual([path, 404]);
    }
    for (const path of ['Patient/q', 'Observation/other', 'Group/g', 'Binary/unrelated']) {
      expect([path, (await http.get(path)).status]).toEqual([path, 200]);
    }
    expect((await http.get('Observation/gone-too')).status).toBe(410);
    const named = (await auditOf(answer)).entity!.map(({ what }) => what!.reference).sort();
    expect(named).toEqual([...paths].sort());
  });

  test('nothing of it is left in the files of the store', async () => {
    const mark = 'Xyloglotte';
    const person = (family: string) => ({
      resourceType: 'Patient' as const,
      id: 'trace',
      identifier: [{ system: 'urn:test:ipp', value: `${mark}-number` }],
      name: [{ family, given: [mark] }],
      contained: [{ resourceType: 'Organization', id: 'o', name: `${mark} clinic` } as FhirResource],
      managingOrganization: { reference: '#o' },
      address: [{ line: Array.from({ length: 200 }, (_, index) => `${mark} line ${index}`) }],
      text: { status: 'generated' as const, div: `<div xmlns="http://www.w3.org/1999/xhtml">${mark}</div>` },
    });
    for (let version = 1; version <= 5; version++) await put(person(`${mark}${version}`));
    for (let index = 0; index < 50; index++) {
      await put({
        resourceType: 'Patient',
        id: `crowd-${index}`,
        name: [{ family: `Crowd${index}`, given: ['Someone'] }],
      });
    }
    await observation('trace-1', 'trace', `${mark} ${'y'.repeat(9000)}`);
    await http.delete('Observation/trace-1');
    // The index of words is written behind the commits, and before such a search.
    expect(matchIds(await http.get(`Patient?_content=${mark}`))).toEqual(['trace']);
    expect(await filesWith(mark)).not.toEqual([]);
    expect(erasedBy(await erase('Patient/trace', [reason, compartment]))).toEqual({
      Patient: 1,
      Observation: 1,
    });
    expect(await filesWith(mark)).toEqual([]);
    expect(matchIds(await http.get(`Patient?_content=${mark}`))).toEqual([]);
    expect(matchIds(await http.get('Patient?_content=someone&_count=100'))).toHaveLength(50);
  });

  async function filesWith(text: string): Promise<string[]> {
    const names = (await readdir(server.directory)).filter((name) => name.startsWith('passerelle.db'));
    const contents = await Promise.all(names.map((name) => readFile(join(server.directory, name), 'latin1')));
    return names.filter((_, index) => new RegExp(text, 'i').test(contents[index]!));
  }
});

test('the code system of the reasons is the list that the operation takes', async () => {
  const { concept } = JSON.parse(
    await readFile('profiles/CodeSystem/erasure-reason.json', 'utf8'),
  ) as CodeSystem;
  expect(concept!.map(({ code }) => code)).toEqual([...erasureReasons]);
});

describe('$erase under the settings of the server', () => {
  const guarded = serverUnderTest({ DELETE_PROTECTION: 'referenced' });
  const without = serverUnderTest({ ERASURE: 'off' });

  test('what others refer to is protected where deletions are; audit events do not count', async () => {
    await put({ resourceType: 'Patient', id: 'p' }, guarded);
    await put(
      {
        resourceType: 'Group',
        id: 'g',
        type: 'person',
        actual: true,
        member: [{ entity: { reference: 'Patient/p' } }],
      },
      guarded,
    );
    const refused = await erase('Patient/p', [reason, compartment], guarded);
    expect([refused.status, issueOf(refused).diagnostics]).toEqual([409, expect.stringContaining('Group/g')]);
    await put({ resourceType: 'Group', id: 'g', type: 'person', actual: true }, guarded);
    expect((await erase('Patient/p', [reason, compartment], guarded)).status).toBe(200);
    await put({ resourceType: 'Patient', id: 'p' }, guarded);
    expect((await erase('Patient/p', [reason], guarded)).status).toBe(200);
  });

  test('turned off it is neither offered nor advertised', async () => {
    const offered = async (on: FhirHttp) => {
      const { rest } = (await on.get('metadata')).json<CapabilityStatement>();
      return rest![0]!.resource!.some(({ operation }) => operation?.some(({ name }) => name === 'erase'));
    };
    expect([await offered(guarded), await offered(without)]).toEqual([true, false]);
    await put({ resourceType: 'Patient', id: 'p' }, without);
    expect((await erase('Patient/p', [reason], without)).status).toBe(404);
    expect((await without.get('Patient/p')).status).toBe(200);
  });
});
