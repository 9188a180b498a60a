import type { Bundle, Observation, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const div = '<div xmlns="http://www.w3.org/1999/xhtml"><p class=\'x\'>Été &amp; <br/></p></div>';
const patient: Patient = {
  resourceType: 'Patient',
  text: { status: 'generated', div },
  active: true,
  name: [
    { use: 'official', family: 'Essai', given: ['Anne', 'Lise'] },
    { use: 'usual', family: 'Test' },
  ],
  birthDate: '1980-01-01',
};

const diff = (...operations: string[]) =>
  `<?xml version="1.0"?><diff xmlns:f="http://hl7.org/fhir" xmlns="http://hl7.org/fhir">${operations.join('')}</diff>`;

const patch = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  http.send('PATCH', path, { headers: { 'Content-Type': 'application/xml-patch+xml', ...headers }, body });

async function patched(...operations: string[]): Promise<Patient> {
  const id = await created(http, patient);
  const answer = await patch(`Patient/${id}`, diff(...operations));
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json<Patient>();
}

async function refused(body: string, status: number): Promise<Answer> {
  const id = await created(http, patient);
  const answer = await patch(`Patient/${id}`, body);
  expect([body, answer.status]).toEqual([body, status]);
  expect(answer.text).not.toContain('Essai');
  expect((await http.get(`Patient/${id}`)).headers['etag']).toBe('W/"1"');
  return answer;
}

describe('XML Patch (RFC 5261)', () => {
  test('adds elements at the end, at the start, before and after', async () => {
    const result = await patched(
      '<add sel="f:Patient"><gender value="female"/></add>',
      '<add sel="/f:Patient/f:name[1]" pos="prepend"><given value="Eve"/></add>',
      `<add sel="Patient/name[use/@value='official']/given[2]" pos="before"><given value="Rose"/></add>`,
      '<add sel="Patient/name[2]/f:family" pos="after"><given value="Zoé"/></add>',
    );
    expect(result.gender).toBe('female');
    expect(result.name!.map(({ given }) => given)).toEqual([['Eve', 'Rose', 'Anne', 'Lise'], ['Zoé']]);
  });

  test('adds, replaces and removes attributes', async () => {
    const result = await patched(
      '<add sel="f:Patient/f:name[2]" type="@id">n2</add>',
      '<replace sel="f:Patient/f:birthDate/@value">1981-02-03</replace>',
      `<replace sel="f:Patient/f:name[@id='n2']/f:family/@value">A &amp; B</replace>`,
    );
    expect([result.birthDate, result.name![1]]).toEqual([
      '1981-02-03',
      { id: 'n2', use: 'usual', family: 'A & B' },
    ]);
  });

  test('replaces and removes elements', async () => {
    const result = await patched(
      '<remove sel="f:Patient/f:active"/>',
      '<remove sel="f:Patient/f:name[1]/f:given[1]"/>',
      '<replace sel="f:Patient/f:name[2]"><name><text value="x"/></name></replace>',
    );
    expect(result.active).toBeUndefined();
    expect(result.name).toEqual([{ use: 'official', family: 'Essai', given: ['Lise'] }, { text: 'x' }]);
  });

  test('keeps the narrative and decimals as they were written', async () => {
    expect((await patched('<remove sel="f:Patient/f:active"/>')).text!.div).toBe(div);
    const body =
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}';
    const { id } = (await http.post('Observation', body)).json<Observation>();
    const unit = '<add sel="f:Observation/f:valueQuantity"><unit value="kg"/></add>';
    const answer = await patch(`Observation/${id}`, diff(unit));
    expect(answer.text).toContain('"valueQuantity":{"value":1.10,"unit":"kg"}');
  });

  test('heeds If-Match, is conditional, and comes in a Binary within a transaction', async () => {
    const identified: Patient = { ...patient, identifier: [{ value: 'xml-patch' }] };
    const id = await created(http, identified);
    const remove = diff('<remove sel="f:Patient/f:active"/>');
    expect((await patch(`Patient/${id}`, remove, { 'If-Match': 'W/"2"' })).status).toBe(412);
    expect((await patch('Patient?identifier=xml-patch', remove, { 'If-Match': 'W/"1"' })).status).toBe(200);
    const data = Buffer.from(diff('<remove sel="f:Patient/f:birthDate"/>')).toString('base64');
    const resource = { resourceType: 'Binary', contentType: 'application/xml-patch+xml', data };
    const entry = [{ resource, request: { method: 'PATCH', url: `Patient/${id}` } }];
    const answer = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect(answer.json<Bundle>().entry![0]!.response!.status).toMatch(/^200/);
    const after = (await http.get(`Patient/${id}`)).json<Patient>();
    expect([after.active, after.birthDate, after.meta!.versionId]).toEqual([undefined, undefined, '3']);
  });
});

describe('an XML Patch that is refused changes nothing', () => {
  test.each([
    '',
    'x',
    '<diff>',
    '<patch/>',
    '<!DOCTYPE diff [<!ENTITY a "x">]><diff/>',
    diff('<add sel="f:Patient["/>'),
    diff('<remove sel="f:Patient//f:name"/>'),
    diff('<remove sel="count(f:Patient)"/>'),
    diff('<remove/>'),
    diff('<move sel="f:Patient/f:active"/>'),
    diff('<add sel="f:Patient" pos="inside"><gender value="male"/></add>'),
    diff('<add sel="f:Patient" type="value">x</add>'),
    diff('<replace sel="f:Patient/f:active"/>'),
    diff('<add sel="f:Patient/f:active/@value">x</add>'),
  ])('400 to %s', async (body) => {
    issueOf(await refused(body, 400));
  });

  test.each([
    '<remove sel="f:Patient/f:gender"/>',
    '<remove sel="f:Patient/f:name"/>',
    '<remove sel="f:Observation/f:status"/>',
    '<remove sel="f:Patient"/>',
    '<remove sel="f:Patient/f:active/@id"/>',
    '<replace sel="f:Patient/f:active/@id">x</replace>',
    '<replace sel="f:Patient"><Patient/></replace>',
    '<add sel="f:Patient/f:active" type="@value">false</add>',
    '<add sel="f:Patient" pos="after"><Patient/></add>',
  ])('422 to %s, with the index of the operation', async (operation) => {
    const first = '<replace sel="f:Patient/f:active/@value">false</replace>';
    const answer = await refused(diff(first, operation), 422);
    expect(issueOf(answer).expression).toEqual(['diff[1]']);
  });

  test.each([
    ['what is no element of FHIR', '<add sel="f:Patient"><shoe value="1"/></add>'],
    ['a second value', '<add sel="f:Patient"><active value="true"/></add>'],
    ['an empty element', '<remove sel="f:Patient/f:birthDate/@value"/>'],
    ['a value that is not valid', '<add sel="f:Patient"><gender value="x"/></add>'],
    ['another id', '<replace sel="f:Patient/f:id/@value">other</replace>'],
    ['another version', '<replace sel="f:Patient/f:meta/f:versionId/@value">7</replace>'],
  ])('422 when it leaves %s', async (_, operation) => {
    issueOf(await refused(diff(operation), 422));
  });
});
