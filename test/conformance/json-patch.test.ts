import type { Observation, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const contentType = 'application/json-patch+json';

const patient: Patient = {
  resourceType: 'Patient',
  active: true,
  name: [{ family: 'Essai', given: ['Anne', 'Lise'] }],
  telecom: [{ system: 'phone', value: '1' }],
};

const patch = (path: string, operations: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  http.send('PATCH', path, { headers: { 'Content-Type': contentType, ...headers }, body: operations });

async function patched(operations: object[], resource: Patient = patient): Promise<Patient> {
  const id = await created(http, resource);
  const answer = await patch(`Patient/${id}`, operations);
  if (answer.status !== 200) throw new Error(answer.text);
  expect((await http.get(`Patient/${id}`)).text).toBe(answer.text);
  return answer.json<Patient>();
}

/** A refusal leaves the resource as it was. */
async function refused(operations: unknown, status: number): Promise<Answer> {
  const id = await created(http, patient);
  const answer = await patch(`Patient/${id}`, operations);
  expect([JSON.stringify(operations), answer.status]).toEqual([JSON.stringify(operations), status]);
  const after = await http.get(`Patient/${id}`);
  expect([after.headers['etag'], after.json<Patient>().name]).toEqual(['W/"1"', patient.name]);
  return answer;
}

describe('JSON Patch (RFC 6902) operations', () => {
  test('add sets a member, inserts into an array, and appends at -', async () => {
    const result = await patched([
      { op: 'add', path: '/gender', value: 'female' },
      { op: 'add', path: '/name/0/given/1', value: 'Marie' },
      { op: 'add', path: '/telecom/-', value: { system: 'email', value: 'a@b' } },
    ]);
    expect(result.gender).toBe('female');
    expect(result.name![0]!.given).toEqual(['Anne', 'Marie', 'Lise']);
    expect(result.telecom!.map(({ system }) => system)).toEqual(['phone', 'email']);
  });

  test('add replaces a member that is there', async () => {
    expect((await patched([{ op: 'add', path: '/active', value: false }])).active).toBe(false);
  });

  test('remove takes out a member or an item', async () => {
    const result = await patched([
      { op: 'remove', path: '/active' },
      { op: 'remove', path: '/name/0/given/0' },
    ]);
    expect(result.active).toBeUndefined();
    expect(result.name![0]!.given).toEqual(['Lise']);
  });

  test('replace, move and copy', async () => {
    const result = await patched([
      { op: 'replace', path: '/name/0/family', value: 'Autre' },
      { op: 'move', from: '/name/0/given/1', path: '/name/0/given/0' },
      { op: 'copy', from: '/telecom/0', path: '/telecom/-' },
      { op: 'replace', path: '/telecom/1/value', value: '2' },
    ]);
    expect(result.name).toEqual([{ family: 'Autre', given: ['Lise', 'Anne'] }]);
    expect(result.telecom!.map(({ value }) => value)).toEqual(['1', '2']);
  });

  test('test compares objects in any order of members, and lets the rest go on when it holds', async () => {
    const result = await patched([
      { op: 'test', path: '/name/0', value: { given: ['Anne', 'Lise'], family: 'Essai' } },
      { op: 'replace', path: '/active', value: false },
    ]);
    expect(result.active).toBe(false);
  });

  test('the escapes ~0 and ~1 stand for ~ and /', async () => {
    const answer = await refused([{ op: 'remove', path: '/a~1b~0c' }], 422);
    expect(issueOf(answer).expression).toEqual(['[0]']);
  });
});

describe('a JSON Patch that is refused changes nothing', () => {
  test.each([
    ['a body that is no array', { op: 'remove', path: '/active' }],
    ['an operation that is no object', ['remove']],
    ['an unknown op', [{ op: 'delete', path: '/active' }]],
    ['no path', [{ op: 'remove' }]],
    ['no value', [{ op: 'add', path: '/gender' }]],
    ['no from', [{ op: 'move', path: '/gender' }]],
    ['a move into itself', [{ op: 'move', from: '/name', path: '/name/0/given' }]],
  ])('400 on %s', async (_, operations) => {
    issueOf(await refused(operations, 400));
  });

  test.each(['active', '/a~2b', '/name/~', '/name/01', '/name/x', '/__proto__/x'])(
    '400 on the malformed pointer %s, with the index of its operation',
    async (path) => {
      const answer = await refused(
        [
          { op: 'replace', path: '/active', value: false },
          { op: 'remove', path },
        ],
        400,
      );
      expect(issueOf(answer).expression).toEqual(['[1]']);
    },
  );

  test.each([
    ['remove', '/gender'],
    ['replace', '/gender'],
    ['remove', '/name/5'],
    ['remove', '/name/-'],
    ['add', '/name/7'],
    ['add', '/contact/0/gender'],
    ['add', '/active/x'],
    ['test', '/gender'],
    ['remove', ''],
  ])('422 on %s at %j, where nothing is', async (op, path) => {
    const answer = await refused(
      [
        { op: 'replace', path: '/active', value: false },
        { op, path, value: 'x' },
      ],
      422,
    );
    expect(issueOf(answer).expression).toEqual(['[1]']);
  });

  test('409 when a test does not hold, though operations before it could be applied', async () => {
    const answer = await refused(
      [
        { op: 'remove', path: '/name' },
        { op: 'test', path: '/active', value: false },
      ],
      409,
    );
    expect(issueOf(answer)).toMatchObject({ code: 'conflict', expression: ['[1]'] });
  });

  test('422 when the result is not valid, with the element at fault', async () => {
    const answer = await refused([{ op: 'add', path: '/gender', value: 'x' }], 422);
    expect(issueOf(answer).expression).toEqual(['Patient.gender']);
    await refused([{ op: 'add', path: '/shoeSize', value: 1 }], 422);
    await refused([{ op: 'replace', path: '', value: [] }], 422);
  });

  test.each([
    ['/id', 'another', 'Patient.id'],
    ['/resourceType', 'Practitioner', 'Patient.resourceType'],
    ['/meta/versionId', '9', 'Patient.meta.versionId'],
  ])('422 on a change of %s', async (path, value, expression) => {
    const answer = await refused([{ op: 'replace', path, value }], 422);
    expect(issueOf(answer).expression).toEqual([expression]);
  });
});

describe('patch (http.html#patch)', () => {
  test('answers 200 with the next version, which the history knows as a PATCH', async () => {
    const id = await created(http, patient);
    const answer = await patch(`Patient/${id}`, [{ op: 'add', path: '/gender', value: 'male' }]);
    expect([answer.status, answer.headers['etag']]).toEqual([200, 'W/"2"']);
    expect(answer.headers['last-modified']).toBeDefined();
    const [newest] = (await http.get(`Patient/${id}/_history`)).json<{ entry: { request: object }[] }>()
      .entry;
    expect(newest!.request).toMatchObject({ method: 'PATCH' });
  });

  test('heeds If-Match and Prefer', async () => {
    const id = await created(http, patient);
    const operations = [{ op: 'replace', path: '/active', value: false }];
    expect((await patch(`Patient/${id}`, operations, { 'If-Match': 'W/"2"' })).status).toBe(412);
    const answer = await patch(`Patient/${id}`, operations, {
      'If-Match': 'W/"1"',
      Prefer: 'return=minimal',
    });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect((await http.get(`Patient/${id}`)).json<Patient>().active).toBe(false);
  });

  test('answers 404 where nothing is, 410 where it is deleted', async () => {
    expect((await patch('Patient/absent', [])).status).toBe(404);
    const id = await created(http, patient);
    await http.delete(`Patient/${id}`);
    expect((await patch(`Patient/${id}`, [])).status).toBe(410);
  });

  test('answers 415 to another media type and 400 to no patch at all', async () => {
    const id = await created(http, patient);
    const plain = { headers: { 'Content-Type': 'text/plain' }, body: '[]' };
    expect((await http.send('PATCH', `Patient/${id}`, plain)).status).toBe(415);
    expect((await http.send('PATCH', `Patient/${id}`)).status).toBe(400);
    expect((await http.send('PATCH', `Patient/${id}`, { body: { ...patient, id } })).status).toBe(400);
    expect((await patch(`Patient/${id}`, '[{')).status).toBe(400);
  });

  test('keeps decimals as they were written, those it moves and those it brings', async () => {
    const observation =
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}';
    const { id } = (await http.post('Observation', observation)).json<Observation>();
    const operations = `[{"op":"test","path":"/valueQuantity/value","value":1.1},
      {"op":"add","path":"/referenceRange","value":[{"low":{"value":2.50}}]},
      {"op":"copy","from":"/valueQuantity","path":"/referenceRange/0/high"}]`;
    const answer = await patch(`Observation/${id}`, operations);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"valueQuantity":{"value":1.10}');
    expect(answer.text).toContain('"low":{"value":2.50},"high":{"value":1.10}');
  });

  test('of 20 simultaneous patches loses none', async () => {
    const id = await created(http, { resourceType: 'Patient' });
    await patch(`Patient/${id}`, [{ op: 'add', path: '/telecom', value: [{ value: 'first' }] }]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        patch(`Patient/${id}`, [{ op: 'add', path: '/telecom/-', value: { value: String(index) } }]),
      ),
    );
    const done = answers.filter(({ status }) => status === 200).length;
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect((await http.get(`Patient/${id}`)).json<Patient>().telecom).toHaveLength(done + 1);
  });
});

describe('a JSON Patch that makes too much of a resource answers 422', () => {
  const extension = { url: 'http://example.org/e', extension: [{ url: 'x', valueString: 'x' }] };
  const start = { op: 'add', path: '/extension', value: [extension] };

  test('copies of copies', async () => {
    const double = { op: 'copy', from: '/extension', path: '/extension/0/extension' };
    const again = { op: 'copy', from: '/extension/0', path: '/extension/-' };
    const rounds = Array.from({ length: 25 }, () => [double, again]).flat();
    expect(issueOf(await refused([start, ...rounds], 422)).code).toBe('too-long');
  });

  test('more levels than a resource may have', async () => {
    const deeper = Array.from({ length: 40 }, () => ({
      op: 'copy',
      from: '/extension',
      path: '/extension/0/extension',
    }));
    expect(issueOf(await refused([start, ...deeper], 422)).code).toBe('too-long');
  });
});
