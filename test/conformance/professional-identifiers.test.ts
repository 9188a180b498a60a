import type { Bundle, OperationOutcome, Practitioner } from 'fhir/r4.d.ts';
import { demoBundle } from '../../seeds/demo/index.ts';
import { created, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const rpps = (value: string) => ({ system: 'https://rpps.esante.gouv.fr', value });
const nationalIdentifier = (value: string) => ({ system: 'urn:oid:1.2.250.1.71.4.2.1', value });
const finess = (value: string) => ({ system: 'https://finess.esante.gouv.fr', value });
const sirene = (value: string, code?: string) => ({
  ...(code === undefined
    ? {}
    : { type: { coding: [{ system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203', code }] } }),
  system: 'https://sirene.fr',
  value,
});
const other = { system: 'https://hospital.example/staff', value: '42' };
const practitioner = (...identifier: object[]) => ({ resourceType: 'Practitioner' as const, identifier });

describe('an identifier of a French register', () => {
  test.each<[string, 'Practitioner' | 'Organization', object]>([
    ['RPPS of ten digits', 'Practitioner', rpps('9979900001')],
    ['RPPS with a letter', 'Practitioner', rpps('9979900001A')],
    ['RPPS of a wrong key', 'Practitioner', rpps('99799000016')],
    ['RPPS with the digit of a national identifier', 'Practitioner', rpps('899799000015')],
    ['former RPPS of a wrong form', 'Practitioner', { ...rpps('1'), use: 'old' }],
    ['IDNPS without its kind', 'Practitioner', nationalIdentifier('10012345678')],
    ['IDNPS of a wrong key', 'Practitioner', nationalIdentifier('899799000016')],
    ['IDNPS of an establishment without employee', 'Practitioner', nationalIdentifier('3990000010')],
    ['FINESS of eight digits', 'Organization', finess('99000001')],
    ['FINESS of a wrong key', 'Organization', finess('990000011')],
    ['SIRET of a wrong key', 'Organization', sirene('99999001300017')],
    ['SIRET of the length of a SIREN', 'Organization', sirene('999990013', 'SIRET')],
    ['SIREN of a wrong key', 'Organization', sirene('999990014')],
    ['SIREN of the length of a SIRET', 'Organization', sirene('99999001300016', 'SIREN')],
    ['IDNST of a wrong kind', 'Organization', { system: 'urn:oid:1.2.250.1.71.4.2.2', value: '9990000010' }],
    ['RPPS rank', 'Organization', { system: 'https://rppsrang.esante.gouv.fr', value: '99799000015' }],
  ])('is refused by 422 at its place: %s', async (_case, resourceType, wrong) => {
    const resource = { resourceType, id: 'wrong', identifier: [other, wrong] };
    const { id: _, ...unnamed } = resource;
    for (const answer of [
      await http.post(resourceType, unnamed),
      await http.put(`${resourceType}/wrong`, resource),
      await http.post('', transactionOf(unnamed)),
    ]) {
      expect(answer.status).toBe(422);
      const { code, expression } = issueOf(answer);
      expect(code).toBe('value');
      expect(expression?.[0]).toMatch(new RegExp(`(${resourceType}|resource)\\.identifier\\[1\\]\\.value$`));
      expect(answer.text).not.toContain('9979900001');
    }
    expect((await http.get(`${resourceType}/wrong`)).status).toBe(404);
  });

  test('is refused where a PractitionerRole names by it', async () => {
    const answer = await http.post('PractitionerRole', {
      resourceType: 'PractitionerRole',
      practitioner: { identifier: rpps('99799000016') },
      organization: { identifier: finess('99') },
    });
    expect(answer.status).toBe(422);
    expect(answer.json<OperationOutcome>().issue.map(({ expression }) => expression?.[0])).toEqual([
      'PractitionerRole.practitioner.identifier.value',
      'PractitionerRole.organization.identifier.value',
    ]);
  });

  test('of a practice situation may have the system of the RPPS', async () => {
    const situation = { ...rpps('1012345678'), use: 'official' };
    const answer = await http.post('PractitionerRole', {
      resourceType: 'PractitionerRole',
      identifier: [situation],
    });
    expect(answer.status).toBe(201);
  });

  test('is taken when it is well formed, of history, of another system or without a value', async () => {
    await created(
      http,
      practitioner(
        nationalIdentifier('3990000010/SEC0001'),
        { ...rpps('99799005006'), use: 'old' },
        { system: 'https://adeli.esante.gouv.fr', value: '759912345' },
        { system: 'https://rpps.example', value: '1' },
        { system: 'https://rpps.esante.gouv.fr' },
      ),
    );
    const organization = {
      resourceType: 'Organization' as const,
      identifier: [finess('990000028'), finess('0B0123456'), sirene('99999001300016'), sirene('999990013')],
    };
    await created(http, organization);
  });

  test('of history is told of, not refused, when it is wrong', async () => {
    const answer = await http.post(
      'Practitioner',
      practitioner({ system: 'https://adeli.esante.gouv.fr', value: '1' }),
      { Prefer: 'return=OperationOutcome' },
    );
    expect(answer.status).toBe(201);
    expect(answer.json<OperationOutcome>().issue).toContainEqual(
      expect.objectContaining({ severity: 'warning', expression: ['Practitioner.identifier[0].value'] }),
    );
  });

  test('is refused in a patch too', async () => {
    const id = await created(http, practitioner(other));
    const answer = await http.send('PATCH', `Practitioner/${id}`, {
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: [{ op: 'add', path: '/identifier/-', value: rpps('1') }],
    });
    expect(answer.status).toBe(422);
    expect(issueOf(answer).expression).toEqual(['Practitioner.identifier[1].value']);
  });
});

describe('of an RPPS', () => {
  test('one active Practitioner exists, by whatever way the second comes', async () => {
    const first = await created(http, practitioner(rpps('99799005014')));
    const second = practitioner(nationalIdentifier('899799005014'));
    const id = await created(http, practitioner(other));
    for (const answer of [
      await http.post('Practitioner', second),
      await http.put('Practitioner/second', { ...second, id: 'second' }),
      await http.put(`Practitioner/${id}`, { ...second, id }),
      await http.post('', transactionOf(second)),
    ]) {
      expect(answer.status).toBe(409);
      expect(issueOf(answer)).toMatchObject({ code: 'duplicate' });
      expect(answer.text).toContain(`Practitioner/${first}`);
      expect(answer.text).not.toContain('99799005014');
    }
  });

  test('one of many that are created at once is left', async () => {
    const attempts = Array.from({ length: 8 }, () =>
      http.post('Practitioner', practitioner(rpps('99799005022'))),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(7);
    const found = await http.get('Practitioner?identifier=99799005022&_summary=count');
    expect(found.json<Bundle>().total).toBe(1);
  });

  test('the Practitioner keeps it over updates, and gives it up when it is deactivated, deleted or without it', async () => {
    const held = { ...practitioner(rpps('99799005030')), id: 'holder' };
    const next = async () => (await http.post('Practitioner', practitioner(rpps('99799005030')))).status;
    await http.put('Practitioner/holder', held);
    expect((await http.put('Practitioner/holder', { ...held, gender: 'female' })).status).toBe(200);
    expect(await next()).toBe(409);
    await http.put('Practitioner/holder', { ...held, active: false });
    expect(await next()).toBe(201);
    const again = await http.put('Practitioner/holder', { ...held, active: true });
    expect(again.status).toBe(409);
    expect((await http.get('Practitioner/holder')).json<Practitioner>().active).toBe(false);
    const [heir] = (await http.get('Practitioner?identifier=99799005030&active:not=false')).json<Bundle>()
      .entry!;
    await http.delete(`Practitioner/${heir!.resource!.id}`);
    expect((await http.put('Practitioner/holder', held)).status).toBe(200);
    await http.put('Practitioner/holder', { ...held, identifier: [{ ...rpps('99799005030'), use: 'old' }] });
    expect(await next()).toBe(201);
  });
});

test('the demo data are taken', async () => {
  expect((await http.post('', demoBundle())).status).toBe(200);
});

function transactionOf(resource: { resourceType: string }): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: resource as Practitioner, request: { method: 'POST', url: resource.resourceType } }],
  };
}
