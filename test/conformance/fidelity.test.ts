import type { Patient } from 'fhir/r4.d.ts';
import { serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

/** Creates a resource of this text and reads it: what follows `meta` in the answers to both. */
async function roundTrip(type: string, elements: string): Promise<string> {
  const create = await http.post(type, `{"resourceType":"${type}",${elements}}`);
  expect([create.status, create.status === 201 ? '' : create.text]).toEqual([201, '']);
  const read = await http.get(`${type}/${create.json<{ id: string }>().id}`);
  expect(read.text).toBe(create.text);
  return /"meta":\{[^}]*\},(.*)\}$/s.exec(read.text)![1]!;
}

function observation(value: string): string {
  return `"status":"final","code":{"text":"x"},"valueQuantity":{"value":${value}}`;
}

describe('decimals (datatypes.html#decimal)', () => {
  test.each([
    '1.10',
    '1.0',
    '0.00',
    '-0.0',
    '1e2',
    '1E-2',
    '1.50e+3',
    '0.1',
    '100000000000000000000',
    '0.123456789012345678',
    '3.14159265358979323846264338327950288',
    '-1234567890.0987654321',
  ])('%s keeps its digits', async (value) => {
    expect(await roundTrip('Observation', observation(value))).toBe(observation(value));
  });

  test('keep their digits in a search, a history and a transaction', async () => {
    const resource = `{"resourceType":"Observation","id":"digits",${observation('7.500')}}`;
    const entry = `{"resource":${resource},"request":{"method":"PUT","url":"Observation/digits"}}`;
    const answer = await http.post('', `{"resourceType":"Bundle","type":"transaction","entry":[${entry}]}`, {
      Prefer: 'return=representation',
    });
    expect(answer.status).toBe(200);
    for (const path of ['Observation?_id=digits', 'Observation/digits/_history', 'Observation/digits']) {
      expect((await http.get(path)).text).toContain(observation('7.500'));
    }
    expect(answer.text).toContain(observation('7.500'));
  });
});

describe('the JSON format (json.html)', () => {
  test('keeps extensions of primitives, beside a value and without one', async () => {
    const elements =
      '"birthDate":"1970-03-30","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1970-03-30T08:00:00+01:00"}]},' +
      '"_gender":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},' +
      '"name":[{"given":["Ana",null,"Luz"],"_given":[null,{"id":"g2","extension":[{"url":"http://example.org/x","valueString":"?"}]},null]}]';
    expect(await roundTrip('Patient', elements)).toBe(elements);
  });

  test('keeps contained resources and references to them', async () => {
    const elements =
      '"contained":[{"resourceType":"Organization","id":"o","name":"Hôpital"},{"resourceType":"Practitioner","id":"p","name":[{"family":"B"}]}],' +
      '"generalPractitioner":[{"reference":"#p"}],"managingOrganization":{"reference":"#o"}';
    expect(await roundTrip('Patient', elements)).toBe(elements);
  });

  test('keeps the order of the elements', async () => {
    const elements =
      '"gender":"female","birthDate":"1970-03-30","active":true,"name":[{"given":["B"],"family":"A"}]';
    expect(await roundTrip('Patient', elements)).toBe(elements);
  });

  test.each([
    ['first', '"id":"a","meta":{"versionId":"7","tag":[{"code":"t"}]},', '', { tag: [{ code: 't' }] }],
    ['last', '', ',"id":"a","meta":{"tag":[{"code":"t"}]}', { tag: [{ code: 't' }] }],
    ['meta before id', '"meta":{"tag":[{"code":"t"}]},"id":"a",', '', { tag: [{ code: 't' }] }],
    ['id alone', '"id":"a",', '', {}],
    ['meta alone', '"meta":{"lastUpdated":"2001-01-01T00:00:00Z"},', '', {}],
  ])(
    'writes its own id and meta in the place of those that were sent: %s',
    async (_, before, after, meta) => {
      const elements =
        '"active":true,"name":[{"family":"É\\n\\"\\\\","_family":{"extension":[{"url":"http://example.org/x","valueDecimal":1.50}]}}]';
      for (const form of [elements, elements.replace('É', '\\u00c9').replaceAll(',', ' ,\n')]) {
        const create = await http.post('Patient', `{"resourceType":"Patient",${before}${form}${after}}`);
        expect([create.status, create.text.includes('"id":"a"')]).toEqual([201, false]);
        const { id, meta: given } = create.json<Patient>();
        expect(given).toEqual({ versionId: '1', lastUpdated: expect.not.stringContaining('2001-'), ...meta });
        const head = JSON.stringify({ resourceType: 'Patient', id, meta: given }).slice(0, -1);
        expect((await http.get(`Patient/${id}`)).text).toBe(`${head},${elements}}`);
      }
    },
  );

  test('keeps narrative with its mark-up', async () => {
    const elements =
      '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p>A &amp; B &lt;b&gt;</p>\\n</div>"}';
    expect(await roundTrip('Patient', elements)).toBe(elements);
  });

  test('keeps dates and instants with the precision and the zone they were written with', async () => {
    for (const effective of [
      '2024',
      '2024-02',
      '2024-02-29',
      '2024-02-29T23:59:60Z',
      '2024-02-29T10:00:00.120+02:00',
    ]) {
      const elements = `"status":"final","code":{"text":"x"},"effectiveDateTime":"${effective}"`;
      expect(await roundTrip('Observation', elements)).toBe(elements);
    }
  });

  test('keeps tags and security labels of meta beside what the server adds', async () => {
    const answer = await http.post(
      'Patient',
      '{"resourceType":"Patient","meta":{"tag":[{"system":"http://example.org","code":"t"}],"extension":[{"url":"http://example.org/e","valueDecimal":1.10}]}}',
    );
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('"tag":[{"system":"http://example.org","code":"t"}]');
    expect(answer.text).toContain('"valueDecimal":1.10');
  });
});

describe('text (datatypes.html#string)', () => {
  test.each([
    ['letters beyond ASCII', 'Zoé Œuvrard-Ñandú ß İ'],
    ['combining characters, not composed', 'Zoe\u0301 A\u030Angstro\u0308m'],
    ['astral characters', '𝒜𠮷👩‍⚕️🇫🇷'],
    ['right-to-left text', 'محمد בן־דוד'],
    ['zero-width and exotic spaces', 'a\u200Bb\u00A0c\u2028d\uFEFFe'],
    ['quotes and backslashes', 'a"b\\c/d'],
  ])('keeps %s', async (_, family) => {
    const elements = `"name":[${JSON.stringify({ family })}]`;
    expect(await roundTrip('Patient', elements)).toBe(elements);
  });

  test('escaped and plain writings of a character are the same text', async () => {
    const elements = '"name":[{"family":"\\u00e9\\ud83d\\ude00"}]';
    expect(await roundTrip('Patient', elements)).toBe('"name":[{"family":"é😀"}]');
  });

  test('a byte order mark before the body is ignored', async () => {
    const body = '\uFEFF{"resourceType":"Patient","name":[{"family":"BOM"}]}';
    const answer = await http.post('Patient', body);
    expect(answer.status).toBe(201);
  });

  test('a long text survives unchanged', async () => {
    const elements = `"name":[{"text":"${'é👍x'.repeat(200_000)}"}]`;
    expect(await roundTrip('Patient', elements)).toBe(elements);
  });
});

describe('what a client read can be written back', () => {
  test('an update with the bytes of a read changes nothing but version and time', async () => {
    const elements = '"name":[{"family":"Même"}],"multipleBirthInteger":2';
    const create = await http.post('Patient', `{"resourceType":"Patient",${elements}}`);
    const { id } = create.json<{ id: string }>();
    const update = await http.put(`Patient/${id}`, create.text);
    const withoutMeta = (text: string) => text.replace(/"versionId":"\d+","lastUpdated":"[^"]+"/, '');
    expect(update.status).toBe(200);
    expect(withoutMeta(update.text)).toBe(withoutMeta(create.text));
  });
});
