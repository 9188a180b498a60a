import type { Bundle, Observation, Patient } from 'fhir/r4.d.ts';
import { created, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const known = (value: string, elements: Partial<Patient> = {}): Patient & { resourceType: string } => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:c', value }],
  ...elements,
});
const condition = (value: string) => `Patient?identifier=urn:c|${value}`;
const jsonPatch = (operations: object[]) => ({
  headers: { 'Content-Type': 'application/json-patch+json' },
  body: operations,
});
const versionOf = async (id: string) => (await http.get(`Patient/${id}`)).headers['etag'];

describe('conditional update (http.html#cond-update)', () => {
  test('without a match creates under an id of the server', async () => {
    const answer = await http.put(condition('new'), known('new'));
    expect(answer.status).toBe(201);
    const { id } = answer.json<Patient>();
    expect(answer.headers['location']).toBe(`${http.base}/Patient/${id}/_history/1`);
    expect(matchIds(await http.get(condition('new')))).toEqual([id]);
  });

  test('without a match creates under the id of the body', async () => {
    const answer = await http.put(condition('own-id'), known('own-id', { id: 'c-own' }));
    expect([answer.status, answer.json<Patient>().id]).toEqual([201, 'c-own']);
  });

  test('without a match and with the id of another resource answers 409 and leaves it alone', async () => {
    const id = await created(http, known('other'));
    const answer = await http.put(condition('nobody'), known('nobody', { id }));
    expect(answer.status).toBe(409);
    expect(issueOf(answer).code).toBe('conflict');
    expect(await versionOf(id)).toBe('W/"1"');
  });

  test('without a match revives a deleted resource of the id of the body', async () => {
    const id = await created(http, known('revived'));
    await http.delete(`Patient/${id}`);
    const answer = await http.put(condition('revived'), known('revived', { id }));
    expect([answer.status, answer.headers['etag']]).toEqual([201, 'W/"3"']);
  });

  test('with one match updates it, with its id in the body or without', async () => {
    const id = await created(http, known('one'));
    const without = await http.put(condition('one'), known('one', { active: true }));
    expect([without.status, without.json<Patient>().id]).toEqual([200, id]);
    const withId = await http.put(condition('one'), known('one', { id, active: false }));
    expect([withId.status, withId.headers['etag']]).toEqual([200, 'W/"3"']);
    expect((await http.get(`Patient/${id}`)).json<Patient>().active).toBe(false);
  });

  test('with one match of another id than the body answers 400', async () => {
    const id = await created(http, known('differs'));
    const answer = await http.put(condition('differs'), known('differs', { id: 'c-another' }));
    expect(answer.status).toBe(400);
    expect(issueOf(answer).expression).toEqual(['Patient.id']);
    expect(await versionOf(id)).toBe('W/"1"');
    expect((await http.get('Patient/c-another')).status).toBe(404);
  });

  test('with several matches answers 412 and writes nothing', async () => {
    const ids = [await created(http, known('several')), await created(http, known('several'))];
    const answer = await http.put(condition('several'), known('several', { active: true }));
    expect(answer.status).toBe(412);
    expect(issueOf(answer).code).toBe('multiple-matches');
    for (const id of ids) expect(await versionOf(id)).toBe('W/"1"');
  });

  test('with an id that is none answers 400', async () => {
    for (const id of [7, '', 'a b', null]) {
      const answer = await http.put(condition('no-id'), { ...known('no-id'), id });
      expect([id, answer.status]).toEqual([id, 400]);
    }
  });

  test('heeds If-Match against the match', async () => {
    const id = await created(http, known('guarded'));
    const stale = await http.put(condition('guarded'), known('guarded'), { 'If-Match': 'W/"7"' });
    expect(stale.status).toBe(412);
    const fresh = await http.put(condition('guarded'), known('guarded'), { 'If-Match': 'W/"1"' });
    expect([fresh.status, fresh.json<Patient>().id]).toEqual([200, id]);
  });

  test('with If-None-Match: * only creates', async () => {
    const once = { 'If-None-Match': '*' };
    expect((await http.put(condition('once'), known('once'), once)).status).toBe(201);
    expect((await http.put(condition('once'), known('once'), once)).status).toBe(412);
  });

  test('refuses a condition that is unknown, empty or no criterion, and writes nothing', async () => {
    const count = async () => (await http.get('Patient?_summary=count')).json<Bundle>().total;
    const before = await count();
    for (const [query, status] of [
      ['shoe-size=3', 400],
      ['identifier=', 412],
      ['_count=1', 400],
      ['_sort=birthdate', 400],
    ] as const) {
      const answer = await http.put(`Patient?${query}`, known('refused'));
      expect([query, answer.status]).toEqual([query, status]);
      issueOf(answer);
    }
    expect((await http.put('Patient?_format=json', known('refused'))).status).toBe(405);
    expect(await count()).toBe(before);
  });

  test('of 40 simultaneous ones, creates and updates mixed, makes one resource', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, round) =>
        round % 2 === 0
          ? http.put(condition('raced'), known('raced', { multipleBirthInteger: round }))
          : http.post('Patient', known('raced'), { 'If-None-Exist': 'identifier=urn:c|raced' }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.every((status) => [200, 201, 409, 412].includes(status))).toBe(true);
    expect(matchIds(await http.get(condition('raced')))).toHaveLength(1);
  });

  test('creates anew where the resource that it once made has changed and matches no more', async () => {
    const first = (await http.put(condition('moved'), known('moved'))).json<Patient>().id!;
    await http.put(`Patient/${first}`, known('elsewhere', { id: first }));
    const answer = await http.put(condition('moved'), known('moved'));
    expect(answer.status).toBe(201);
    expect(answer.json<Patient>().id).not.toBe(first);
  });
});

describe('conditional delete (http.html#delete)', () => {
  test('deletes the one match', async () => {
    const id = await created(http, known('gone'));
    const answer = await http.delete(condition('gone'));
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await http.get(`Patient/${id}`)).status).toBe(410);
  });

  test('without a match answers 204', async () => {
    expect((await http.delete(condition('never-there'))).status).toBe(204);
  });

  test('with several matches answers 412 and deletes nothing', async () => {
    const ids = [await created(http, known('pair')), await created(http, known('pair'))];
    const answer = await http.delete(condition('pair'));
    expect(answer.status).toBe(412);
    expect(issueOf(answer).code).toBe('multiple-matches');
    expect(matchIds(await http.get(condition('pair'))).sort()).toEqual([...ids].sort());
  });

  test('never takes what is no criterion for one: nothing is deleted', async () => {
    const id = await created(http, known('kept'));
    for (const [query, status] of [
      ['', 405],
      ['?_count=1', 400],
      ['?unknown=1', 400],
      ['?identifier=', 412],
      ['?_cascade=delete', 405],
    ] as const) {
      expect([query, (await http.delete(`Patient${query}`)).status]).toEqual([query, status]);
    }
    expect((await http.get(`Patient/${id}`)).status).toBe(200);
  });
});

describe('conditional delete where CONDITIONAL_DELETE is multiple', () => {
  const multiple = serverUnderTest({ CONDITIONAL_DELETE: 'multiple' });

  test('deletes every match and nothing else, and metadata says so', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => created(multiple, known('all'))));
    const other = await created(multiple, known('other'));
    const answer = await multiple.delete(condition('all'), { Prefer: 'return=OperationOutcome' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('5 resources');
    for (const id of ids) expect((await multiple.get(`Patient/${id}`)).status).toBe(410);
    expect((await multiple.get(`Patient/${other}`)).status).toBe(200);
    const statement = (await multiple.get('metadata')).json<{ rest: { resource: object[] }[] }>();
    expect(statement.rest[0]!.resource).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'Patient', conditionalDelete: 'multiple' })]),
    );
  });
});

describe('conditional patch (http.html#patch)', () => {
  const activate = jsonPatch([{ op: 'add', path: '/active', value: true }]);

  test('patches the one match', async () => {
    const id = await created(http, known('patched'));
    const answer = await http.send('PATCH', condition('patched'), activate);
    expect([answer.status, answer.json<Patient>()]).toEqual([
      200,
      expect.objectContaining({ id, active: true }),
    ]);
  });

  test('without a match answers 404, with several 412', async () => {
    expect((await http.send('PATCH', condition('unheard-of'), activate)).status).toBe(404);
    await created(http, known('both'));
    await created(http, known('both'));
    expect((await http.send('PATCH', condition('both'), activate)).status).toBe(412);
  });
});

describe('conditional writes in a bundle', () => {
  const send = (type: 'batch' | 'transaction', entry: object[]) =>
    http.post('', { resourceType: 'Bundle', type, entry });
  const statuses = (bundle: Bundle) => bundle.entry!.map(({ response }) => response!.status.slice(0, 3));
  const patch = { type: 'replace', path: 'Patient.active', value: true };
  const parameters = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: patch.type },
          { name: 'path', valueString: patch.path },
          { name: 'value', valueBoolean: patch.value },
        ],
      },
    ],
  };
  const binary = {
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from('[{"op":"add","path":"/gender","value":"other"}]').toString('base64'),
  };

  test.each(['batch', 'transaction'] as const)('are done in a %s', async (type) => {
    const value = (name: string) => `${type}-${name}`;
    const updated = await created(http, known(value('put')));
    const deleted = await created(http, known(value('delete')));
    const patched = await created(http, known(value('patch'), { active: false }));
    const answer = await send(type, [
      {
        resource: known(value('put'), { active: true }),
        request: { method: 'PUT', url: condition(value('put')) },
      },
      { resource: known(value('fresh')), request: { method: 'PUT', url: condition(value('fresh')) } },
      { request: { method: 'DELETE', url: condition(value('delete')) } },
      { resource: parameters, request: { method: 'PATCH', url: condition(value('patch')) } },
      { request: { method: 'GET', url: condition(value('fresh')) } },
    ]);
    const bundle = answer.json<Bundle>();
    expect([answer.status, statuses(bundle)]).toEqual([200, ['200', '201', '204', '200', '200']]);
    expect((bundle.entry![4]!.resource as Bundle).total).toBe(1);
    expect((await http.get(`Patient/${updated}`)).json<Patient>().active).toBe(true);
    expect((await http.get(`Patient/${deleted}`)).status).toBe(410);
    expect((await http.get(`Patient/${patched}`)).json<Patient>().active).toBe(true);
  });

  test.each(['batch', 'transaction'] as const)(
    'a JSON Patch in a Binary is applied in a %s',
    async (type) => {
      const id = await created(http, known(`${type}-binary`));
      const answer = await send(type, [
        { resource: binary, request: { method: 'PATCH', url: `Patient/${id}` } },
      ]);
      expect(statuses(answer.json<Bundle>())).toEqual(['200']);
      expect((await http.get(`Patient/${id}`)).json<Patient>().gender).toBe('other');
    },
  );

  test('refuse a transaction whole, and name the entry', async () => {
    const count = async () => (await http.get('Patient?_summary=count')).json<Bundle>().total;
    await created(http, known('twin'));
    await created(http, known('twin'));
    const before = await count();
    const post = { resource: known('beside'), request: { method: 'POST', url: 'Patient' } };
    for (const [entry, status] of [
      [{ resource: known('twin'), request: { method: 'PUT', url: condition('twin') } }, 412],
      [{ request: { method: 'DELETE', url: condition('twin') } }, 412],
      [{ resource: parameters, request: { method: 'PATCH', url: condition('twin') } }, 412],
      [{ resource: parameters, request: { method: 'PATCH', url: condition('no-twin') } }, 404],
      [{ resource: known('x'), request: { method: 'PATCH', url: condition('twin') } }, 400],
      [{ resource: known('x'), request: { method: 'PUT', url: 'Patient?nonsense=1' } }, 400],
    ] as const) {
      const answer = await send('transaction', [post, entry]);
      expect(answer.status).toBe(status);
      expect(issueOf(answer).expression![0]).toMatch(/^Bundle\.entry\[1\]/);
    }
    expect(await count()).toBe(before);
  });

  test('references lead to what a conditional update matches or creates', async () => {
    const id = await created(http, known('referred'));
    const [there, fresh] = ['urn:uuid:c0000000-0000-4000-8000-000000000001', 'urn:oid:1.2.3.4'];
    const observation = (reference: string) => ({
      resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference } },
      request: { method: 'POST', url: 'Observation' },
    });
    const put = (fullUrl: string, value: string) => ({
      fullUrl,
      resource: known(value),
      request: { method: 'PUT', url: condition(value) },
    });
    const answer = await send('transaction', [
      observation(there),
      observation(fresh),
      put(there, 'referred'),
      put(fresh, 'referred-anew'),
    ]);
    expect(answer.status).toBe(200);
    const newId = matchIds(await http.get(condition('referred-anew')))[0];
    for (const subject of [id, newId]) {
      const found = (await http.get(`Observation?subject=Patient/${subject}`)).json<Bundle<Observation>>();
      expect(found.total).toBe(1);
    }
  });

  test('two entries that come down to one resource are refused', async () => {
    const id = await created(http, known('overlap'));
    const answer = await send('transaction', [
      { resource: known('overlap', { id }), request: { method: 'PUT', url: `Patient/${id}` } },
      { resource: known('overlap'), request: { method: 'PUT', url: condition('overlap') } },
    ]);
    expect(answer.status).toBe(400);
    expect(issueOf(answer).expression![0]).toBe('Bundle.entry[1].request.url');
    expect(await versionOf(id)).toBe('W/"1"');
  });
});
