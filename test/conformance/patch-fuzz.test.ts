import fc from 'fast-check';
import type { Patient } from 'fhir/r4.d.ts';
import { type Answer, created, serverUnderTest } from '../support/fhir-http.ts';
import { many } from '../support/store-under-test.ts';

const http = serverUnderTest();

const patient: Patient = {
  resourceType: 'Patient',
  active: true,
  name: [{ family: 'Essai', given: ['Anne', 'Lise'] }],
  telecom: [{ system: 'phone', value: '1' }],
};
let id: string;

beforeAll(async () => {
  id = await created(http, patient);
});

const send = (contentType: string, body: unknown): Promise<Answer> =>
  http.send('PATCH', `Patient/${id}`, { headers: { 'Content-Type': contentType }, body });

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('Patient', 'male', '2020', true, null, 0, -1, 1.5, [], {}, [{}], [null]),
);

/** Every answer tells success, or a refusal of the caller after which the resource is as it was. */
async function checked(answer: Answer): Promise<void> {
  expect([answer.status < 500, answer.text.slice(0, answer.status < 500 ? 0 : 300)]).toEqual([true, '']);
  const after = await http.get(`Patient/${id}`);
  expect(after.status).toBe(200);
  if (answer.status !== 200) return;
  expect(after.text).toBe(answer.text);
  await http.put(`Patient/${id}`, { ...patient, id });
}

describe('whatever is sent as a patch, nothing fails and no half of it is written', () => {
  test('JSON Patch', async () => {
    const pointer = fc.oneof(
      fc.constantFrom(
        '/active',
        '/name/0/given/0',
        '/name',
        '/telecom/-',
        '/name/0',
        '/meta',
        '/extension',
        '',
      ),
      fc.string({ maxLength: 8 }).map((text) => `/${text}`),
    );
    const operation = fc.oneof(
      fc.record({
        op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
        path: pointer,
        from: pointer,
        value: anything,
      }),
      anything,
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(operation, { maxLength: 4 }), anything), async (body) => {
        await checked(await send('application/json-patch+json', JSON.stringify(body)));
      }),
      { numRuns: many(400) },
    );
  });

  test('FHIRPath Patch', async () => {
    const path = fc.oneof(
      fc.constantFrom(
        'Patient',
        'Patient.name',
        'Patient.name[0].given',
        'Patient.active',
        'Patient.name.given.first()',
        "Patient.telecom.where(system = 'phone')",
        'Patient.active.extension',
        'Patient.contained',
        'Patient.deceased',
        'Patient.name.where(given)',
        'Patient.ofType(Patient).id',
      ),
      fc.string({ maxLength: 12 }),
    );
    const part = fc.record({
      name: fc.constantFrom('a', 'name', 'gender', 'url', 'value'),
      valueString: anything,
    });
    const value = fc.oneof(
      fc.record({ name: fc.constant('value'), valueString: anything }),
      fc.record({ name: fc.constant('value'), valueHumanName: anything, _valueHumanName: anything }),
      fc.record({ name: fc.constant('value'), _valueCode: anything }),
      fc.record({ name: fc.constant('value'), part: fc.oneof(fc.array(part, { maxLength: 3 }), anything) }),
      fc.record({ name: fc.constant('value'), resource: anything }),
    );
    const parts = fc.tuple(
      fc.record({
        name: fc.constant('type'),
        valueCode: fc.constantFrom('add', 'insert', 'delete', 'replace', 'move'),
      }),
      fc.record({ name: fc.constant('path'), valueString: path }),
      fc.record({
        name: fc.constant('name'),
        valueString: fc.constantFrom(
          'name',
          'active',
          'extension',
          'contact',
          'gender',
          'deceased',
          'contained',
          'id',
        ),
      }),
      value,
      fc.record({ name: fc.constantFrom('index', 'source'), valueInteger: fc.integer({ min: -1, max: 3 }) }),
      fc.record({ name: fc.constant('destination'), valueInteger: fc.integer({ min: 0, max: 3 }) }),
    );
    const operation = fc.oneof(
      parts.map((part) => ({ name: 'operation', part })),
      anything,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 4 }), async (parameter) => {
        await checked(await send('application/fhir+json', { resourceType: 'Parameters', parameter }));
      }),
      { numRuns: many(600) },
    );
  });

  test('XML Patch', async () => {
    const selector = fc.constantFrom(
      'f:Patient',
      'f:Patient/f:name[1]',
      'f:Patient/f:name/f:given[2]/@value',
      'f:Patient/f:active',
      'f:Patient/*[2]',
      'f:Patient/f:text',
      '/',
      '@value',
    );
    const content = fc.constantFrom(
      '',
      'x',
      '<gender value="male"/>',
      '<contained><Basic/></contained>',
      '<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">x</div></text>',
      '<div xmlns="http://www.w3.org/1999/xhtml"/>',
      '<f:active value="false"/>',
      '<diff/>',
    );
    const attribute = fc.constantFrom('', ' pos="before"', ' pos="prepend"', ' type="@id"', ' type="@value"');
    const operation = fc
      .tuple(fc.constantFrom('add', 'replace', 'remove'), selector, attribute, content)
      .map(([name, sel, more, inner]) => `<${name} sel="${sel}"${more}>${inner}</${name}>`);
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 3 }), async (operations) => {
        const body = `<diff xmlns="http://hl7.org/fhir" xmlns:f="http://hl7.org/fhir">${operations.join('')}</diff>`;
        await checked(await send('application/xml-patch+xml', body));
      }),
      { numRuns: many(300) },
    );
  });
});
