import type { Basic, Bundle, Patient } from 'fhir/r4.d.ts';
import { created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const patient: Patient = { resourceType: 'Patient', active: true };

describe('update (http.html#update)', () => {
  test('answers 200 with the next version', async () => {
    const id = await created(http, patient);
    const answer = await http.put(`Patient/${id}`, { ...patient, id, gender: 'other' });
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBe('W/"2"');
    expect(answer.headers['last-modified']).toBeDefined();
    expect(answer.json<Patient>()).toMatchObject({ id, gender: 'other', meta: { versionId: '2' } });
    expect((await http.get(`Patient/${id}`)).text).toBe(answer.text);
  });

  test('replaces the resource whole', async () => {
    const id = await created(http, { ...patient, gender: 'female' } as Patient);
    const answer = await http.put(`Patient/${id}`, { resourceType: 'Patient', id });
    expect(answer.json<Patient>()).toEqual({ resourceType: 'Patient', id, meta: expect.any(Object) });
  });

  test('lets meta.lastUpdated grow with every version', async () => {
    const id = await created(http, patient);
    const instants: string[] = [];
    for (let round = 0; round < 10; round++) {
      const answer = await http.put(`Patient/${id}`, { ...patient, id });
      instants.push(answer.json<Patient>().meta!.lastUpdated!);
    }
    expect(new Set(instants).size).toBe(10);
    expect([...instants].sort()).toEqual(instants);
  });

  test('answers 400 when the body has no id or another one', async () => {
    const id = await created(http, patient);
    for (const body of [patient, { ...patient, id: 'another' }, { ...patient, id: 7 }]) {
      const answer = await http.put(`Patient/${id}`, body);
      expect(answer.status).toBe(400);
      expect(issueOf(answer).expression).toEqual(['Patient.id']);
    }
    expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"1"');
  });

  test('answers 400 when the type of the body is not that of the URL', async () => {
    const answer = await http.put('Patient/p', { resourceType: 'Practitioner', id: 'p' });
    expect(answer.status).toBe(400);
    expect((await http.get('Patient/p')).status).toBe(404);
  });

  test('answers 405 with Allow to PUT on a type without id', async () => {
    const answer = await http.put('Patient', patient);
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toContain('POST');
  });
});

describe('update as create (http.html#upsert)', () => {
  test('answers 201 with the id of the URL and its Location', async () => {
    const answer = await http.put('Patient/chosen.1', { ...patient, id: 'chosen.1' });
    expect(answer.status).toBe(201);
    expect(answer.json<Patient>()).toMatchObject({ id: 'chosen.1', meta: { versionId: '1' } });
    expect(answer.headers['location']).toBe(`${http.base}/Patient/chosen.1/_history/1`);
  });

  test.each(['under_score', 'x'.repeat(65), 'a b', 'é'])('answers 400 for the id %j', async (id) => {
    const answer = await http.put(`Patient/${encodeURIComponent(id)}`, { ...patient, id });
    expect(answer.status).toBe(400);
    issueOf(answer);
  });

  test('takes an id of 64 characters, and the same id for two types', async () => {
    const id = `${'A1.-'.repeat(16)}`;
    expect((await http.put(`Patient/${id}`, { ...patient, id })).status).toBe(201);
    const basic: Basic = { resourceType: 'Basic', id, code: { text: 'x' } };
    expect((await http.put(`Basic/${id}`, basic)).status).toBe(201);
    expect((await http.get(`Patient/${id}`)).json<Patient>().active).toBe(true);
  });
});

describe('managing resource contention (http.html#concurrency)', () => {
  test('writes when If-Match names the current version', async () => {
    const id = await created(http, patient);
    const answer = await http.put(`Patient/${id}`, { ...patient, id }, { 'If-Match': 'W/"1"' });
    expect([answer.status, answer.headers['etag']]).toEqual([200, 'W/"2"']);
  });

  test('answers 412 and writes nothing when If-Match names another version', async () => {
    const id = await created(http, patient);
    await http.put(`Patient/${id}`, { ...patient, id });
    for (const tag of ['W/"1"', 'W/"3"', '"x"', 'W/"02"']) {
      const answer = await http.put(`Patient/${id}`, { ...patient, id }, { 'If-Match': tag });
      expect(answer.status).toBe(412);
      issueOf(answer);
    }
    expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"2"');
  });

  test('answers 412 to If-Match on a resource that does not exist', async () => {
    for (const tag of ['W/"1"', '*']) {
      const answer = await http.put('Patient/absent', { ...patient, id: 'absent' }, { 'If-Match': tag });
      expect(answer.status).toBe(412);
    }
    expect((await http.get('Patient/absent')).status).toBe(404);
  });

  test('creates with If-None-Match: * only where nothing is', async () => {
    const header = { 'If-None-Match': '*' };
    const body = { ...patient, id: 'only-once' };
    expect((await http.put('Patient/only-once', body, header)).status).toBe(201);
    const second = await http.put('Patient/only-once', body, header);
    expect(second.status).toBe(412);
    issueOf(second);
    expect((await http.get('Patient/only-once')).headers['etag']).toBe('W/"1"');
  });

  test('lets exactly one of 30 simultaneous creations with If-None-Match: * win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        http.put('Patient/raced', { ...patient, id: 'raced' }, { 'If-None-Match': '*' }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 29 }, () => 412)]);
  });

  test('lets exactly one of 30 simultaneous updates with the same If-Match win', async () => {
    const id = await created(http, patient);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        http.put(`Patient/${id}`, { ...patient, id }, { 'If-Match': 'W/"1"' }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    expect(statuses.slice(1).every((status) => status === 409 || status === 412)).toBe(true);
    expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"2"');
  });

  test('gives every acknowledged simultaneous update without If-Match a version of its own', async () => {
    const id = await created(http, patient);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        http.put(`Patient/${id}`, { ...patient, id, multipleBirthInteger: index }),
      ),
    );
    const written = answers.filter(({ status }) => status === 200);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const versions = written.map((answer) => answer.json<Patient>().meta!.versionId!);
    expect(new Set(versions).size).toBe(written.length);
    const history = (await http.get(`Patient/${id}/_history?_count=100`)).json<Bundle<Patient>>();
    expect(history.total).toBe(written.length + 1);
    for (const answer of written) {
      const { meta, multipleBirthInteger } = answer.json<Patient>();
      const kept = history.entry!.find(({ resource }) => resource!.meta!.versionId === meta!.versionId);
      expect(kept!.resource!.multipleBirthInteger).toBe(multipleBirthInteger);
    }
  });

  test('loses no increment when 20 clients read, change and write with If-Match', async () => {
    const id = await created(http, { ...patient, multipleBirthInteger: 0 } as Patient);
    const increment = async () => {
      for (;;) {
        const current = await http.get(`Patient/${id}`);
        const resource = current.json<Patient>();
        resource.multipleBirthInteger = resource.multipleBirthInteger! + 1;
        const answer = await http.put(`Patient/${id}`, resource, { 'If-Match': current.headers['etag']! });
        if (answer.status === 200) return;
        expect([409, 412]).toContain(answer.status);
      }
    };
    await Promise.all(Array.from({ length: 20 }, increment));
    expect((await http.get(`Patient/${id}`)).json<Patient>().multipleBirthInteger).toBe(20);
  });
});

describe('If-None-Match on a write (RFC 9110, 13.1.2)', () => {
  test.each(['W/"2"', '"2"', 'W/"7", W/"2"'])(
    'of %s, which names the current version, is answered 412',
    async (tag) => {
      const id = await created(http, patient);
      await http.put(`Patient/${id}`, { ...patient, id, gender: 'other' });
      const headers = { 'If-None-Match': tag };
      const refused = await http.put(`Patient/${id}`, { ...patient, id }, headers);
      expect([refused.status, issueOf(refused).expression]).toEqual([412, ['http.if-none-match']]);
      expect((await http.delete(`Patient/${id}`, headers)).status).toBe(412);
      expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"2"');
    },
  );

  test('that names other versions, or comes where nothing is, changes nothing', async () => {
    const id = await created(http, patient);
    const headers = { 'If-None-Match': 'W/"7", "8"' };
    expect((await http.put(`Patient/${id}`, { ...patient, id }, headers)).status).toBe(200);
    expect((await http.delete(`Patient/${id}`, headers)).status).toBe(204);
    expect((await http.put(`Patient/${id}`, { ...patient, id }, { 'If-None-Match': 'W/"3"' })).status).toBe(
      201,
    );
  });
});
