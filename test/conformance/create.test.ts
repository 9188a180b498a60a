import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { created, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

describe('create (http.html#create)', () => {
  test('answers 201 with the Location of the version, its ETag and Last-Modified', async () => {
    const answer = await http.post('Patient', { resourceType: 'Patient', active: true });
    const { id, meta } = answer.json<Patient>();
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`${http.base}/Patient/${id}/_history/1`);
    expect(answer.headers['etag']).toBe('W/"1"');
    expect(answer.headers['last-modified']).toBe(new Date(meta!.lastUpdated!).toUTCString());
    expect((await http.get(answer.headers['location']!)).text).toBe(answer.text);
  });

  test('gives an id, a version and a time of its own, whatever the body says of them', async () => {
    const body = {
      resourceType: 'Patient',
      id: 'chosen-by-the-client',
      meta: { versionId: '42', lastUpdated: '1999-01-01T00:00:00Z', source: 'urn:here' },
    };
    const { id, meta } = (await http.post('Patient', body)).json<Patient>();
    expect(id).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
    expect(id).not.toBe('chosen-by-the-client');
    expect(meta).toEqual({ versionId: '1', lastUpdated: expect.any(String), source: 'urn:here' });
    expect(Math.abs(Date.parse(meta!.lastUpdated!) - Date.now())).toBeLessThan(60_000);
  });

  test('keeps tags, security labels and profiles of meta', async () => {
    const meta = {
      profile: ['http://example.org/StructureDefinition/patient'],
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
      tag: [{ system: 'http://example.org/tags', code: 'x' }],
    };
    const answer = await http.post('Patient', { resourceType: 'Patient', meta });
    expect(answer.json<Patient>().meta).toMatchObject(meta);
  });

  test('answers 400 when the type of the body is not that of the URL', async () => {
    const answer = await http.post('Patient', { resourceType: 'Practitioner' });
    expect(answer.status).toBe(400);
    issueOf(answer);
  });

  test('answers 404 for a type that FHIR R4 does not have', async () => {
    const answer = await http.post('Nothing', { resourceType: 'Nothing' });
    expect(answer.status).toBe(404);
    issueOf(answer);
  });

  test('gives each of many simultaneous creations an id of its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => http.post('Basic', { resourceType: 'Basic', code: { text: 'x' } })),
    );
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(new Set(answers.map((answer) => answer.json<{ id: string }>().id)).size).toBe(50);
  });
});

describe('conditional create (http.html#ccreate)', () => {
  const system = 'http://example.org/records';
  const record = (value: string): Patient => ({
    resourceType: 'Patient',
    identifier: [{ system, value }],
  });
  const unless = (value: string) => ({ 'If-None-Exist': `identifier=${system}|${value}` });

  test('creates where nothing matches', async () => {
    const answer = await http.post('Patient', record('none'), unless('none'));
    expect(answer.status).toBe(201);
  });

  test('ignores the body and answers 200 with the match where one matches', async () => {
    const id = await created(http, record('one'));
    const answer = await http.post('Patient', { ...record('one'), active: false }, unless('one'));
    expect(answer.status).toBe(200);
    expect(answer.json<Patient>()).toMatchObject({ id, meta: { versionId: '1' } });
    expect(answer.json<Patient>().active).toBeUndefined();
    expect(answer.headers['location']).toBe(`${http.base}/Patient/${id}/_history/1`);
  });

  test('answers 412 where several match', async () => {
    await created(http, record('two'));
    await created(http, record('two'));
    const answer = await http.post('Patient', record('two'), unless('two'));
    expect(answer.status).toBe(412);
    expect(issueOf(answer).code).toBe('multiple-matches');
  });

  test.each<[string, (base: string) => string]>([
    ['with its question mark', () => '?'],
    ['below the base', () => 'Patient?'],
    ['absolute', (base) => `${base}/Patient?`],
  ])('takes the URL of the search too, %s', async (name, before) => {
    const id = await created(http, record(name));
    const condition = `${before(http.base)}identifier=${system}|${encodeURIComponent(name)}`;
    const answer = await http.post('Patient', record(name), { 'If-None-Exist': condition });
    expect([answer.status, answer.json<Patient>().id]).toEqual([200, id]);
  });

  test.each(['Observation?', 'http://elsewhere.example/fhir/Patient?', 'Patient/x?'])(
    'refuses with 400 the URL of a search for something else: %s',
    async (address) => {
      const condition = `${address}identifier=${system}|other`;
      const answer = await http.post('Patient', record('other'), { 'If-None-Exist': condition });
      expect([answer.status, issueOf(answer).code]).toEqual([400, 'not-supported']);
      expect(matchIds(await http.get(`Patient?identifier=${system}|other`))).toEqual([]);
    },
  );

  test('makes exactly one resource of 30 simultaneous requests', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => http.post('Patient', record('race'), unless('race'))),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 200)).toHaveLength(29);
    expect(new Set(answers.map((answer) => answer.json<Patient>().id)).size).toBe(1);
    expect(matchIds(await http.get(`Patient?identifier=${system}|race`))).toHaveLength(1);
  });

  test('makes exactly one resource when the same condition is written in different orders', async () => {
    const orders = [
      `identifier=${system}|order&active=true`,
      `active=true&identifier=${encodeURIComponent(`${system}|order`)}`,
    ];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        http.post('Patient', { ...record('order'), active: true }, { 'If-None-Exist': orders[index % 2]! }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(matchIds(await http.get(`Patient?identifier=${system}|order`))).toHaveLength(1);
  });

  test('makes one resource of each of several conditions that race', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const value = `lane-${index % 3}`;
        return http.post('Patient', record(value), unless(value));
      }),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  });

  test('creates again after the first match was changed away', async () => {
    const first = (await http.post('Patient', record('moved'), unless('moved'))).json<Patient>();
    await http.put(`Patient/${first.id}`, { ...record('elsewhere'), id: first.id });
    const second = await http.post('Patient', record('moved'), unless('moved'));
    expect(second.status).toBe(201);
    expect(second.json<Patient>().id).not.toBe(first.id);
    expect((await http.post('Patient', record('moved'), unless('moved'))).status).toBe(200);
  });

  test('creates again, once, when many race after the first match was changed away', async () => {
    const first = (await http.post('Patient', record('left'), unless('left'))).json<Patient>();
    await http.put(`Patient/${first.id}`, { ...record('gone'), id: first.id });
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => http.post('Patient', record('left'), unless('left'))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.every(({ status }) => status < 300)).toBe(true);
  });

  test('creates again after the first match was deleted', async () => {
    const first = (await http.post('Patient', record('deleted'), unless('deleted'))).json<Patient>();
    await http.delete(`Patient/${first.id}`);
    const second = await http.post('Patient', record('deleted'), unless('deleted'));
    expect(second.status).toBe(201);
    expect(second.json<Patient>().id).not.toBe(first.id);
  });

  test('writes nothing when the condition has no criterion, names an unknown parameter or a bad value', async () => {
    const total = async () => (await http.get('Patient?_summary=count')).json<Bundle>().total;
    const before = await total();
    for (const condition of ['', '?', 'identifier=', 'nothing=1', 'birthdate=soon', '_sort=birthdate']) {
      const answer = await http.post('Patient', record('refused'), { 'If-None-Exist': condition });
      expect([400, 412]).toContain(answer.status);
      issueOf(answer);
    }
    expect(await total()).toBe(before);
  });
});
