import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { matriculeKey } from '../../../src/ins/matricule.ts';
import { qualificationPersons, type SimulatedPerson } from '../../../src/simulators/insi/persons.ts';
import { createInsiSimulator } from '../../../src/simulators/insi/simulator.ts';

const demo: SimulatedPerson = {
  birthName: 'FICTIF',
  givenNames: ['JEAN'],
  sex: 'M',
  birthDate: '1990-02-03',
  birthPlace: '35238',
  active: { number: '1900235238001', key: matriculeKey('1900235238001'), kind: 'NIR' },
};

let chance = 0;
const simulator = createInsiSimulator({
  persons: [demo],
  switches: { withPrenom: true },
  authorisedSoftware: ['KNOWN'],
  random: () => chance,
});
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => void simulator.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  chance = 0;
  simulator.switches.reset();
});
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

const searchAction = 'urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite';
const zoe = { NomNaissance: 'ADRUN', Prenom: 'ZOE', Sexe: 'F', DateNaissance: '1975-12-31' };

const headers: Record<string, string> = {
  security:
    '<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>',
  software:
    '<c:ContexteLPS xmlns:c="urn:siram:lps:ctxlps"><c:LPS><c:IDAM R="4">KNOWN</c:IDAM></c:LPS></c:ContexteLPS>',
  coverage: '<c:ContexteBAM xmlns:c="urn:siram:bam:ctxbam"><c:COUVERTURE/></c:ContexteBAM>',
  message: '<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">uuid:1&amp;2</a:MessageID>',
  action: `<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">${searchAction}</a:Action>`,
};

function soap(
  fields: Record<string, string | string[]>,
  changedHeaders: Partial<typeof headers> = {},
): string {
  const body = Object.entries(fields).flatMap(([name, texts]) =>
    [texts].flat().map((text) => `<${name}>${text}</${name}>`),
  );
  return `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope">
    <e:Header>${Object.values({ ...headers, ...changedHeaders }).join('')}</e:Header>
    <e:Body><RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans">${body.join('')}</RECSANSVITALE></e:Body></e:Envelope>`;
}

async function post(xml: string, type = 'application/soap+xml; charset=utf-8') {
  const response = await fetch(`${base}/lps`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: xml,
  });
  return { status: response.status, text: await response.text() };
}

/** Result code or fault code of an answer. */
async function codeOf(xml: string, type?: string): Promise<string | undefined> {
  const { text } = await post(xml, type);
  return /<CodeCR>(\d+)</.exec(text)?.[1] ?? / code="(\w+)"/.exec(text)?.[1];
}

async function putSwitches(body: string) {
  const response = await fetch(`${base}/switches`, { method: 'PUT', body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('the persons of the simulator', () => {
  const allIns = qualificationPersons.flatMap(({ birthName, active, history }) =>
    [active, ...(history ?? [])].map(({ number, key }) => [birthName, number, key] as const),
  );

  test.each(allIns.filter(([birthName]) => birthName !== 'HERMANN'))(
    '%s %s has the key %s',
    (_, number, key) => {
      expect(key).toBe(matriculeKey(number));
    },
  );

  test.each(allIns.filter(([birthName]) => birthName === 'HERMANN'))(
    '%s %s has a wrong key',
    (_, number, key) => {
      expect(key).not.toBe(matriculeKey(number));
    },
  );
});

describe('a search', () => {
  test('answers in SOAP, with status 200', async () => {
    const { status, text } = await post(soap(zoe));
    expect(status).toBe(200);
    expect(text).toContain('<CodeCR>00</CodeCR><LibelleCR>OK</LibelleCR>');
    expect(text).toContain('<NumIdentifiant>2751263220749</NumIdentifiant><Cle>74</Cle>');
    expect(text).toContain('<Prenom>ZOE</Prenom><ListePrenom>ZOE</ListePrenom>');
  });

  test('knows the persons given to it beside its own', async () => {
    const fields = { NomNaissance: 'FICTIF', Prenom: 'JEAN', Sexe: 'M', DateNaissance: '1990-02-03' };
    expect(await codeOf(soap(fields))).toBe('00');
    expect(await codeOf(soap({ ...fields, LieuNaissance: '35238' }))).toBe('00');
    expect(await codeOf(soap({ ...fields, LieuNaissance: '75056' }))).toBe('01');
  });

  test.each([
    ['another name', { NomNaissance: 'ADRUNE' }, '01'],
    ['another given name', { Prenom: 'ZOÉ'.normalize('NFC').replace('É', 'EE') }, '01'],
    ['another sex', { Sexe: 'M' }, '01'],
    ['another date', { DateNaissance: '1975-12-30' }, '01'],
    ['no birth name', { NomNaissance: '' }, 'insi_19'],
    ['no sex', { Sexe: '' }, 'insi_24'],
    ['an unknown sex', { Sexe: 'I' }, 'insi_24'],
    ['lower case', { NomNaissance: 'Adrun' }, 'insi_900'],
    ['an accent', { Prenom: 'ZOÉ' }, 'insi_900'],
    ['a French date', { DateNaissance: '31/12/1975' }, 'insi_900'],
  ])('with %s', async (_, change, expected) => {
    expect(await codeOf(soap({ ...zoe, ...change }))).toBe(expected);
  });

  test.each([
    ['CATARINA', '00'],
    ['BELLA', '00'],
    ['CATARINA BELLA', '00'],
    ['BELLA CATARINA', '01'],
    ['OLA', '01'],
    ['CATA', '01'],
  ])('takes one name of the list or the whole of it: %s', async (Prenom, expected) => {
    const fields = { NomNaissance: 'TCHITCHI', Sexe: 'F', DateNaissance: '1936-06-21', Prenom };
    expect(await codeOf(soap(fields))).toBe(expected);
  });

  test('takes several given names when all are in the list', async () => {
    const fields = { NomNaissance: 'TCHITCHI', Sexe: 'F', DateNaissance: '1936-06-21' };
    expect(await codeOf(soap({ ...fields, Prenom: ['BELLA', 'CATARINA'] }))).toBe('00');
    expect(await codeOf(soap({ ...fields, Prenom: ['BELLA', 'OLA'] }))).toBe('01');
  });

  test('meets several identities with code 02 and no individual', async () => {
    const fields = { NomNaissance: 'DE VINCI', Prenom: 'LEONARDO', Sexe: 'M', DateNaissance: '2014-02-01' };
    const { text } = await post(soap(fields));
    expect(text).toContain('<CodeCR>02</CodeCR>');
    expect(text).not.toContain('INDIVIDU');
  });
});

describe('a request that is not in order', () => {
  test('an unknown software gets desir_550, echoed with its message', async () => {
    const software = headers['software']!.replace('KNOWN', 'UNKNOWN');
    const { status, text } = await post(soap(zoe, { software }));
    expect(status).toBe(500);
    expect(text).toContain('soap:siram_100');
    expect(text).toContain('code="desir_550" severite="erreur" messageID="uuid:1&amp;2"');
  });

  test.each([
    ['software', 'desir_550'],
    ['security', 'desir_560'],
    ['coverage', 'desir_560'],
    ['message', 'desir_560'],
  ])('without the %s header gets %s', async (header, expected) => {
    expect(await codeOf(soap(zoe, { [header]: '' }))).toBe(expected);
  });

  test('the action may be in the content type instead, and must not contradict', async () => {
    const typed = (action: string) => `application/soap+xml; charset=utf-8; action="${action}"`;
    expect(await codeOf(soap(zoe, { action: '' }), typed(searchAction))).toBe('00');
    expect(await codeOf(soap(zoe), typed(searchAction.replace('Traits', 'Carte')))).toBe('insi_900');
    expect(await codeOf(soap(zoe, { action: '' }))).toBe('insi_900');
  });

  test('operations that are not simulated, and bodies of another operation, are refused', async () => {
    const card = headers['action']!.replace('TraitsIdentite', 'CarteVitale');
    expect(await codeOf(soap(zoe, { action: card }))).toBe('insi_900');
    expect(await codeOf(soap(zoe).replaceAll('RECSANSVITALE', 'RECVITALE'))).toBe('insi_900');
    const unit = headers['action']!.replace('rechercher', 'verifier');
    expect(await codeOf(soap(zoe, { action: unit }))).toBe('insi_900');
  });

  test.each([
    ['no XML', 'hello'],
    ['no SOAP', '<a/>'],
    ['a document type', `<!DOCTYPE a>${soap(zoe)}`],
    ['nothing', ''],
  ])('%s gets 400', async (_, body) => {
    expect((await post(body)).status).toBe(400);
  });

  test('too much gets 413', async () => {
    expect((await post('x'.repeat(300_000))).status).toBe(413);
  });

  test('other paths and methods', async () => {
    expect((await fetch(`${base}/elsewhere`)).status).toBe(404);
    const get = await fetch(`${base}/lps`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${base}/switches`, { method: 'POST' })).status).toBe(405);
  });
});

describe('the switches', () => {
  test('are read, changed in part and reset over HTTP', async () => {
    const initial = await (await fetch(`${base}/switches`)).json();
    expect(initial).toMatchObject({ outage: 'none', withPrenom: true, latencyMs: 0, failNext: null });
    const changed = await putSwitches('{"outage":"desir_1020","latencyMs":1}');
    expect(changed).toMatchObject({
      status: 200,
      body: { outage: 'desir_1020', latencyMs: 1, withPrenom: true },
    });
    expect(simulator.switches.get()).toEqual(changed.body);
    expect(await codeOf(soap(zoe))).toBe('desir_1020');
    const reset = await (await fetch(`${base}/switches`, { method: 'DELETE' })).json();
    expect(reset).toEqual(initial);
    expect(await codeOf(soap(zoe))).toBe('00');
  });

  test.each([
    '',
    'outage',
    '[]',
    'null',
    '{"outage":"fire"}',
    '{"latencyMs":-1}',
    '{"latencyMs":60001}',
    '{"latencyMs":"1"}',
    '{"failRatio":1.1}',
    '{"failNext":1.5}',
    '{"withPrenom":"yes"}',
    '{"prefixStyle":"x"}',
    '{"reasonLanguage":"de"}',
    '{"missingPerson":"02"}',
    '{"nirOid":"1.2.3"}',
    '{"unknown":1}',
    '{"constructor":1}',
    '{"withPrenom":false,"latencyMs":-1}',
  ])('refuse %j with 400 and change nothing', async (body) => {
    const before = simulator.switches.get();
    const answer = await putSwitches(body);
    expect(answer.status).toBe(400);
    expect(answer.body['error']).toEqual(expect.any(String));
    expect(simulator.switches.get()).toEqual(before);
  });

  test('failNext strikes so many calls, then the outage is over', async () => {
    simulator.switches.set({ outage: 'insi_102', failNext: 2 });
    const codes = [await codeOf(soap(zoe)), await codeOf(soap(zoe)), await codeOf(soap(zoe))];
    expect(codes).toEqual(['insi_102', 'insi_102', '00']);
    expect(simulator.switches.get()).toMatchObject({ outage: 'none', failNext: null });
  });

  test('failRatio strikes that share of the calls', async () => {
    simulator.switches.set({ outage: 'siram_40', failRatio: 0.5 });
    chance = 0.49;
    expect(await codeOf(soap(zoe))).toBe('insi_111');
    chance = 0.5;
    expect(await codeOf(soap(zoe))).toBe('00');
  });

  test('a technical error names no message, a missing person may meet one', async () => {
    simulator.switches.set({ missingPerson: 'insi_102' });
    const { text } = await post(soap({ ...zoe, NomNaissance: 'HOUILLES' }));
    expect(text).toContain('code="insi_102" severite="fatal">');
    expect(text).toContain('soap:Receiver');
  });

  test('faults are worded in French or in English', async () => {
    simulator.switches.set({ outage: 'desir_1020' });
    expect((await post(soap(zoe))).text).toContain('temporairement indisponible');
    simulator.switches.set({ reasonLanguage: 'en' });
    expect((await post(soap(zoe))).text).toContain('temporarily unavailable');
  });

  test.each([
    ['env', '<env:Envelope', '<env:Body'],
    ['S', '<S:Envelope', '<S:Body'],
    ['mixed', '<env:Envelope', '<S:Body'],
  ] as const)('prefixStyle %s', async (prefixStyle, start, body) => {
    simulator.switches.set({ prefixStyle });
    const { text } = await post(soap(zoe));
    expect(text).toContain(start);
    expect(text).toContain(body);
  });

  test('the OID of a NIR follows, that of a NIA does not', async () => {
    simulator.switches.set({ nirOid: '1.2.250.1.213.1.4.8' });
    expect((await post(soap(zoe))).text).toContain('<OID>1.2.250.1.213.1.4.8</OID>');
    const nia = { NomNaissance: 'PROVISOIRE', Prenom: 'MATRICULE', Sexe: 'M', DateNaissance: '2009-07-01' };
    expect((await post(soap(nia))).text).toContain('<OID>1.2.250.1.213.1.4.9</OID>');
  });

  test('wrong initial switches stop the simulator at its creation', () => {
    expect(() => createInsiSimulator({ switches: { latencyMs: -1 } })).toThrow(RangeError);
  });
});
