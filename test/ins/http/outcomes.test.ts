import type { Parameters } from 'fhir/r4.d.ts';
import { places } from '../../../seeds/demo/places.ts';
import { type IdentityRecord, patientOf } from '../../../seeds/patient.ts';
import { serverUnderTest } from '../../support/fhir-http.ts';
import {
  adrun,
  adrunMatricule,
  adrunWith,
  differencesOf,
  firstIssue,
  identityCard,
  outputOf,
  parameters,
  resetInsi,
  startedByTests,
  stored,
  switchInsi,
  verify,
} from './support.ts';

const http = serverUnderTest({ INSI_TIMEOUT_SECONDS: '1' });
const started = startedByTests();
afterEach(() => resetInsi(http));

const deVinci: IdentityRecord = {
  id: 'de-vinci',
  ipp: '2',
  status: 'PROV',
  birthName: 'DE VINCI',
  givenNames: ['LEONARDO', 'PIERO'],
  gender: 'male',
  birthDate: '2014-02-01',
};
const houilles: IdentityRecord = {
  ...deVinci,
  id: 'houilles',
  birthName: 'HOUILLES',
  givenNames: ['PIERRE', 'PAUL', 'JACQUES'],
  birthDate: '1993-01-27',
};
const ecetinsi: IdentityRecord = {
  ...deVinci,
  id: 'ecetinsi',
  birthName: 'ECETINSI',
  givenNames: ['PIERRE-ALAIN', 'MURIEL', 'FLORIANT'],
  birthDate: '2009-07-14',
  birthPlace: places.mazoires,
};

describe('an answer of INSi is 200, with its outcome in the Parameters and its issue', () => {
  test('verified: matricule, OID and traits agree', async () => {
    const id = await stored(http, adrunWith({ matricule: adrunMatricule }));
    const output = outputOf(await verify(http, id));
    expect(output).toMatchObject({
      result: true,
      outcome: 'verified',
      identityStatus: 'RECUP',
      previousStatus: 'PROV',
      insiCode: '00',
      source: 'insi-simulator',
      ins: {
        use: 'official',
        system: 'urn:oid:1.2.250.1.213.1.4.10',
        value: '275126322074974',
        type: { coding: [{ code: 'INS-NIR-TEST' }] },
      },
      traits: {
        resourceType: 'Patient',
        name: [{ use: 'official', family: 'ADRUN', given: ['ZOE'] }],
        gender: 'female',
        birthDate: '1975-12-31',
      },
    });
    expect(output['messageId']).toMatch(/^uuid:[0-9a-f-]{36}$/);
    expect(Math.abs(Date.parse(String(output['checkedAt'])) - Date.now())).toBeLessThan(60_000);
    expect(output).not.toHaveProperty('insiFault');
    expect(output).not.toHaveProperty('difference');
    expect(firstIssue(output['issues'])).toMatchObject({
      severity: 'information',
      code: 'informational',
      outcome: 'verified',
    });
  });

  test('verified with minor differences: separators of given names only', async () => {
    const id = await stored(http, { ...ecetinsi, givenNames: ['PIERRE ALAIN', 'MURIEL', 'FLORIANT'] });
    // INSi itself takes no variant: what it finds is found by another given name of the list.
    const answer = await verify(http, id);
    const output = outputOf(answer);
    expect(output).toMatchObject({ result: true, outcome: 'verified' });
    const severities = differencesOf(answer).map(({ trait, severity }) => `${trait} ${severity}`);
    expect(severities).toEqual(['givenNames minor', 'firstGivenName minor']);
  });

  test('verified: the former matricules come as history', async () => {
    const id = await stored(http, ecetinsi);
    const answer = await verify(http, id);
    const history = (answer.json<Parameters>().parameter ?? []).filter(({ name }) => name === 'history');
    expect(history.map(({ valueIdentifier }) => valueIdentifier)).toMatchObject([
      { use: 'old', value: '209076322083439' },
      { use: 'old', value: '209066322012355', period: { start: '2009-07-14', end: '2019-02-28' } },
    ]);
    // INSi tells an end before the start.
    expect(history[0]?.valueIdentifier?.period).toEqual({ end: '2019-02-28' });
  });

  test('mismatch: INSi knows another matricule, and tells it to nobody', async () => {
    const other = { value: '281016322075187', type: 'INS-NIR-TEST' as const };
    const id = await stored(http, adrunWith({ matricule: other }));
    const answer = await verify(http, id);
    const output = outputOf(answer);
    expect(output).toMatchObject({
      result: false,
      outcome: 'mismatch',
      insiCode: '00',
      identityStatus: 'PROV',
    });
    expect(differencesOf(answer)).toEqual([{ trait: 'matricule', severity: 'major' }]);
    expect(output).not.toHaveProperty('ins');
    expect(output).not.toHaveProperty('history');
    expect(answer.text).not.toMatch(/2751263220749|2810163220751/);
    expect(firstIssue(output['issues'])).toMatchObject({
      severity: 'warning',
      code: 'conflict',
      outcome: 'mismatch',
    });
  });

  test('mismatch: a trait differs, with both values', async () => {
    const id = await stored(http, {
      ...deVinci,
      id: 'ola',
      birthName: 'TCHITCHI',
      givenNames: ['OLA', 'CATARINA', 'BELLA'],
      gender: 'female',
      birthDate: '1936-06-21',
      birthPlace: places.mazoires,
    });
    const answer = await verify(http, id);
    expect(outputOf(answer)).toMatchObject({ result: false, outcome: 'mismatch' });
    expect(differencesOf(answer)).toEqual([
      { trait: 'givenNames', local: 'OLA CATARINA BELLA', reference: 'CATARINA BELLA', severity: 'major' },
      { trait: 'firstGivenName', local: 'OLA', reference: 'CATARINA BELLA', severity: 'major' },
    ]);
  });

  test('mismatch: a birth place that the record lacks', async () => {
    const { birthPlace: _, ...without } = adrun;
    const id = await stored(http, without);
    const answer = await verify(http, id);
    expect(outputOf(answer)).toMatchObject({ outcome: 'mismatch' });
    expect(differencesOf(answer)).toEqual([{ trait: 'birthPlace', reference: '63220', severity: 'major' }]);
  });

  test('a birth place that INSi does not give is no difference', async () => {
    const id = await stored(http, adrun);
    await switchInsi(http, { missingBirthPlace: true });
    expect(outputOf(await verify(http, id))).toMatchObject({ outcome: 'verified' });
  });

  test('superseded: the matricule on record is a former one', async () => {
    const id = await stored(http, {
      ...ecetinsi,
      matricule: { value: '209076322083439', type: 'INS-NIR-TEST' },
    });
    const answer = await verify(http, id);
    const output = outputOf(answer);
    expect(output).toMatchObject({ result: false, outcome: 'superseded', identityStatus: 'PROV' });
    expect(output).not.toHaveProperty('ins');
    expect(answer.text).not.toContain('1090763220834');
    expect(firstIssue(output['issues'])).toMatchObject({
      severity: 'warning',
      code: 'conflict',
      outcome: 'superseded',
    });
  });

  test('not-found: code 01 after every given name and all of them', async () => {
    const id = await stored(http, houilles);
    const output = outputOf(await verify(http, id));
    expect(output).toMatchObject({ result: false, outcome: 'not-found', insiCode: '01' });
    expect(output).not.toHaveProperty('traits');
    expect(firstIssue(output['issues'])).toMatchObject({
      severity: 'warning',
      code: 'not-found',
      outcome: 'not-found',
    });
  });

  test('ambiguous: code 02 without a birth place', async () => {
    const id = await stored(http, { ...deVinci, givenNames: ['LEONARDO'] });
    const output = outputOf(await verify(http, id));
    expect(output).toMatchObject({ result: false, outcome: 'ambiguous', insiCode: '02' });
    expect(firstIssue(output['issues'])).toMatchObject({
      severity: 'warning',
      code: 'multiple-matches',
      outcome: 'ambiguous',
    });
  });

  test('the birth place settles it', async () => {
    const id = await stored(http, { ...deVinci, birthPlace: places.mazoires });
    expect(outputOf(await verify(http, id))).toMatchObject({ outcome: 'verified', insiCode: '00' });
  });

  test('a person who is not stored is verified at type level, from Parameters or from the bare Patient', async () => {
    const patient = patientOf(adrunWith({ matricule: adrunMatricule }));
    const bare = await http.post('Patient/$verify-ins', patient);
    const wrapped = await http.post('Patient/$verify-ins', parameters({ patient: { resource: patient } }));
    for (const answer of [bare, wrapped]) {
      expect(outputOf(answer)).toMatchObject({ outcome: 'verified', ins: { value: '275126322074974' } });
    }
  });
});

describe('a refusal before INSi is called is 422', () => {
  const refusals: [
    string,
    string,
    Partial<IdentityRecord>,
    Record<string, boolean | string | object>,
    object,
  ][] = [
    ['blocked', 'a douteuse identity', { attributes: ['DOUT'] }, {}, { expression: 'Patient.extension' }],
    ['blocked', 'a fictive identity', { attributes: ['FICT'] }, {}, { expression: 'Patient.extension' }],
    ['blocked', 'a validated identity without its document', { status: 'VALI' }, {}, {}],
    ['blocked', 'a retrieval without the person', {}, { mode: 'retrieve', presence: false }, {}],
    ['blocked', 'a look-up of a record without INS, without the person', {}, { presence: false }, {}],
    ['blocked', 'evidence that validates nobody', {}, { evidence: { valueCoding: { code: 'PC' } } }, {}],
    ['blocked', 'evidence that does not qualify', {}, { evidence: { valueCoding: { code: 'CS' } } }, {}],
  ];
  test.each(refusals)('%s: %s', async (outcome, _case, change, input, where) => {
    const id = await stored(http, adrunWith(change));
    await switchInsi(http, { outage: 'http-500' });
    const answer = await verify(http, id, { ...input, apply: true });
    expect(answer.status).toBe(422);
    expect(firstIssue(answer.json())).toMatchObject({
      severity: 'error',
      code: 'business-rule',
      outcome,
      ...where,
    });
  });

  test.each([
    ['invalid-key', '275126322074975'],
    ['invalid-format', '275136322074974'],
    ['invalid-format', '775126322074974'],
    ['invalid-format', '27512632207497'],
  ])('%s: the matricule %s', async (outcome, value) => {
    const patient = patientOf(adrunWith({ matricule: { value, type: 'INS-NIR-TEST' } }));
    const answer = await http.post('Patient/$verify-ins', patient);
    expect(answer.status).toBe(422);
    expect(firstIssue(answer.json())).toEqual({
      severity: 'error',
      code: 'value',
      outcome,
      expression: 'Patient.identifier[0].value',
    });
    expect(answer.text).not.toContain(value);
  });

  test('a name that INSi cannot take is refused, not repaired', async () => {
    const answer = await http.post('Patient/$verify-ins', patientOf(adrunWith({ birthName: 'ADRUN 2' })));
    expect(answer.status).toBe(422);
    expect(firstIssue(answer.json())).toMatchObject({
      severity: 'error',
      code: 'value',
      expression: "Patient.name.where(use='official').family",
    });
    expect(answer.text).not.toContain('ADRUN');
  });
});

describe('when INSi does not answer', () => {
  test.each(['siram_40', 'insi_102', 'desir_1020', 'http-500', 'truncated'] as const)(
    'unavailable (%s): 503 and when to come back',
    async (outage) => {
      // One answer of INSi first: five failures in a row would open the circuit.
      const id = await stored(http, adrun);
      await verify(http, id);
      await switchInsi(http, { outage });
      const answer = await verify(http, id, { apply: true, evidence: identityCard });
      expect(answer.status).toBe(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(firstIssue(answer.json())).toMatchObject({
        severity: 'error',
        code: 'transient',
        outcome: 'unavailable',
      });
      expect(answer.text.includes('siram_40/')).toBe(/^(siram|insi|desir)_/.test(outage));
    },
  );

  test('timeout: 504', async () => {
    const id = await stored(http, adrun);
    await switchInsi(http, { latencyMs: 1500 });
    const answer = await verify(http, id);
    expect(answer.status).toBe(504);
    expect(firstIssue(answer.json())).toMatchObject({
      severity: 'error',
      code: 'timeout',
      outcome: 'timeout',
    });
  });

  test('throttled: 429 beyond the calls that may be under way', async () => {
    const insi = await started.insi();
    const server = await started.server(insi.environment);
    const id = await stored(server, adrun);
    const held = insi.hold();
    const first = Array.from({ length: 8 }, () => verify(server, id));
    await held.arrived(8);
    const ninth = await verify(server, id);
    held.release();
    expect(ninth.status).toBe(429);
    expect(Number(ninth.headers['retry-after'])).toBeGreaterThan(0);
    expect(firstIssue(ninth.json())).toMatchObject({
      severity: 'error',
      code: 'throttled',
      outcome: 'throttled',
    });
    for (const answer of await Promise.all(first)) expect(answer.status).toBe(200);
  });
});
