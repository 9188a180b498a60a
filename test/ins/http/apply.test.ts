import type { Bundle, Patient, VerificationResult } from 'fhir/r4.d.ts';
import { places } from '../../../seeds/demo/places.ts';
import type { IdentityRecord } from '../../../seeds/patient.ts';
import { patientOf } from '../../../seeds/patient.ts';
import { entriesOf, type FhirHttp, serverUnderTest } from '../../support/fhir-http.ts';
import {
  adrun,
  adrunMatricule,
  adrunWith,
  firstIssue,
  identityCard,
  insOf,
  outputOf,
  parameters,
  readPatient,
  resetInsi,
  startedByTests,
  statusOf,
  stored,
  storedPatient,
  switchInsi,
  verify,
} from './support.ts';

const http = serverUnderTest();
const started = startedByTests();
afterEach(() => resetInsi(http));

const ecetinsi: IdentityRecord = {
  ...adrun,
  birthName: 'ECETINSI',
  givenNames: ['PIERRE-ALAIN', 'MURIEL', 'FLORIANT'],
  gender: 'male',
  birthDate: '2009-07-14',
};

/** The resources of a type that speak of a Patient, newest first. */
async function about<T>(server: FhirHttp, type: string, parameter: string, id: string): Promise<T[]> {
  const answer = await server.get(`${type}?${parameter}=Patient/${id}&_sort=-_lastUpdated`);
  return entriesOf(answer, 'match').map(({ resource }) => resource as T);
}

const checksOf = (id: string) => about<VerificationResult>(http, 'VerificationResult', 'target', id);
const tracesOf = (id: string) => about(http, 'AuditEvent', 'entity', id);

describe('apply', () => {
  test('false: nothing but the AuditEvent is written', async () => {
    const id = await stored(http, adrun);
    await verify(http, id, { evidence: identityCard });
    expect((await readPatient(http, id)).meta?.versionId).toBe('1');
    expect(await checksOf(id)).toEqual([]);
    expect(await tracesOf(id)).toHaveLength(1);
  });

  test('true: Patient, VerificationResult and AuditEvent come together, and the history shows both versions', async () => {
    const id = await stored(http, adrun);
    const output = outputOf(await verify(http, id, { apply: true, evidence: identityCard }));
    expect(output).toMatchObject({ outcome: 'verified', previousStatus: 'PROV', identityStatus: 'QUAL' });
    const patient = await readPatient(http, id);
    const today = String(output['checkedAt']).slice(0, 10);
    const inThreeYears = `${Number(today.slice(0, 4)) + 3}${today.slice(4)}`.replace('-02-29', '-02-28');
    expect(statusOf(patient)).toBe('QUAL');
    expect(insOf(patient)).toEqual(['official 10 275126322074974']);
    expect(patient.meta?.profile).toEqual([
      'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-ins',
    ]);
    const reliability = patient.extension?.find(({ url }) => url.endsWith('identity-reliability'))?.extension;
    expect(reliability).toEqual([
      { url: 'identityStatus', valueCoding: expect.objectContaining({ code: 'VALI' }) },
      { url: 'methodCollection', valueCoding: expect.objectContaining({ code: 'INSI' }) },
      { url: 'dateCollection', valueDate: today },
      { url: 'validationDate', valueDate: today },
      { url: 'validationMode', valueCoding: expect.objectContaining({ code: 'CN' }) },
    ]);
    expect(patient.extension).toContainEqual({
      url: 'https://passerelle.fr/fhir/StructureDefinition/ins-check-due',
      valueDate: inThreeYears,
    });
    const [check, ...others] = await checksOf(id);
    expect(others).toEqual([]);
    expect(check).toMatchObject({
      status: 'validated',
      lastPerformed: output['checkedAt'],
      nextScheduled: inThreeYears,
      validationProcess: [
        {
          coding: [{ code: 'rechercherInsAvecTraitsIdentite' }, { code: 'verified' }],
          text: 'verify: PROV to QUAL',
        },
      ],
    });
    expect(await tracesOf(id)).toHaveLength(1);
    const history = (await http.get(`Patient/${id}/_history`)).json<Bundle>();
    expect(history.entry?.map(({ resource }) => statusOf(resource as Patient))).toEqual(['QUAL', 'PROV']);
  });

  test('of what INSi does not confirm leaves the Patient, and records the check', async () => {
    const id = await stored(
      http,
      adrunWith({ birthName: 'NOBODY', matricule: adrunMatricule, status: 'RECUP' }),
    );
    expect(outputOf(await verify(http, id, { apply: true }))).toMatchObject({ outcome: 'not-found' });
    expect((await readPatient(http, id)).meta?.versionId).toBe('1');
    expect(await checksOf(id)).toMatchObject([{ status: 'val-fail', primarySource: [{ who: {} }] }]);
    const failed = await http.get(`VerificationResult?status=val-fail&target=Patient/${id}`);
    expect(entriesOf(failed, 'match')).toHaveLength(1);
  });

  test('each check adds one to the history of checks', async () => {
    const id = await stored(http, adrun);
    for (let check = 0; check < 3; check += 1) await verify(http, id, { apply: true });
    expect((await checksOf(id)).map(({ status }) => status)).toEqual(['validated', 'validated', 'validated']);
    expect(await tracesOf(id)).toHaveLength(3);
  });
});

describe('the status after INSi confirms', () => {
  const evidence = { mode: 'PA', date: '2026-01-05' };
  test.each<[string, Partial<IdentityRecord>, object, string]>([
    ['PROV', { status: 'PROV' }, {}, 'RECUP'],
    ['PROV, with a document', { status: 'PROV' }, { evidence: identityCard }, 'QUAL'],
    ['RECUP', { status: 'RECUP', matricule: adrunMatricule }, {}, 'RECUP'],
    [
      'RECUP, with a document',
      { status: 'RECUP', matricule: adrunMatricule },
      { evidence: identityCard },
      'QUAL',
    ],
    ['VALI, with the document on record', { status: 'VALI', evidence }, {}, 'QUAL'],
    ['VALI, with another document', { status: 'VALI', evidence }, { evidence: identityCard }, 'QUAL'],
    ['QUAL', { status: 'QUAL', evidence, matricule: adrunMatricule }, {}, 'QUAL'],
    ['a namesake', { status: 'PROV', attributes: ['HOMA'] }, { evidence: identityCard }, 'QUAL'],
  ])('%s becomes what the RNIV says', async (_case, change, input, status) => {
    const id = await stored(http, adrunWith(change));
    const output = outputOf(await verify(http, id, { ...input, apply: true }));
    expect(output).toMatchObject({ outcome: 'verified', identityStatus: status });
    expect(statusOf(await readPatient(http, id))).toBe(status);
  });

  test('retrieve finds the INS of a record that has none', async () => {
    const id = await stored(http, adrun);
    const output = outputOf(
      await verify(http, id, { mode: 'retrieve', presence: true, apply: true, evidence: identityCard }),
    );
    expect(output).toMatchObject({ outcome: 'verified', ins: { value: '275126322074974' } });
    expect(insOf(await readPatient(http, id))).toEqual(['official 10 275126322074974']);
  });

  test('a waiting number (NIA) qualifies under its own OID, and is due again in three months', async () => {
    const person = {
      birthName: 'PROVISOIRE',
      givenNames: ['MATRICULE'],
      gender: 'male',
      birthDate: '2009-07-01',
    } as const;
    const id = await stored(http, adrunWith(person));
    const output = outputOf(await verify(http, id, { apply: true, evidence: identityCard }));
    expect(output).toMatchObject({
      identityStatus: 'QUAL',
      ins: { system: 'urn:oid:1.2.250.1.213.1.4.9', type: { coding: [{ code: 'INS-NIA' }] } },
    });
    const patient = await readPatient(http, id);
    expect(insOf(patient)).toEqual(['official 9 109076322088835']);
    const due = Date.parse(patient.extension!.find(({ url }) => url.endsWith('ins-check-due'))!.valueDate!);
    const days = (due - Date.parse(String(output['checkedAt']).slice(0, 10))) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(89);
    expect(days).toBeLessThanOrEqual(92);
  });

  test('a key of INSi that does not fit its number is kept, with a warning', async () => {
    const person = {
      birthName: 'HERMAN',
      givenNames: ['GATIEN'],
      gender: 'male',
      birthDate: '1981-03-24',
    } as const;
    const answer = await http.post('Patient/$verify-ins', patientOf(adrunWith(person)));
    // HERMAN is asked for and HERMANN answered: the name differs, so that nothing is verified.
    expect(outputOf(answer)).toMatchObject({ outcome: 'mismatch' });
    expect(answer.text).toContain('does not fit the number');
    const insi = await started.insi({
      persons: [
        {
          ...{
            birthName: 'MAUVAISE',
            givenNames: ['CLEF'],
            sex: 'M',
            birthDate: '1981-03-24',
            birthPlace: '63220',
          },
          active: { number: '1810363220456', key: '60', kind: 'NIR' },
        },
      ],
    });
    const server = await started.server(insi.environment);
    const id = await stored(server, adrunWith({ ...person, birthName: 'MAUVAISE', givenNames: ['CLEF'] }));
    const verified = await verify(server, id, { apply: true, evidence: identityCard });
    expect(outputOf(verified)).toMatchObject({ outcome: 'verified', ins: { value: '181036322045660' } });
    expect(verified.text).toContain('does not fit the number');
    const patient = await readPatient(server, id);
    expect(insOf(patient)).toEqual(['official 10 181036322045660']);
    // The record can be written back as it was read.
    expect((await server.put(`Patient/${id}`, patient)).status).toBe(200);
    expect(outputOf(await verify(server, id, { apply: true }))).toMatchObject({ outcome: 'verified' });
  });

  test('the recorded spelling of the given names gives way to the list of INSi', async () => {
    const id = await stored(http, { ...ecetinsi, givenNames: ['PIERRE ALAIN', 'MURIEL', 'FLORIANT'] });
    await verify(http, id, { apply: true });
    const [name] = (await readPatient(http, id)).name ?? [];
    expect(name?.extension?.[0]?.valueString).toBe('PIERRE-ALAIN MURIEL FLORIANT');
    expect(name?.given).toEqual(['PIERRE ALAIN']);
  });
});

describe('the history of matricules', () => {
  test('is that of INSi beside what the record had, whatever comes later', async () => {
    const retired = { value: '281016322075187', start: '1981-01-01', end: '2001-01-01' };
    const id = await stored(http, { ...ecetinsi, formerMatricules: [retired] });
    await verify(http, id, { apply: true, evidence: identityCard });
    const all = [
      'official 10 109076322083489',
      'old 10 209076322083439',
      'old 10 209066322012355',
      'old 10 281016322075187',
    ];
    expect(insOf(await readPatient(http, id))).toEqual(all);
    await switchInsi(http, { singleHistory: true });
    await verify(http, id, { apply: true });
    expect(insOf(await readPatient(http, id)).sort()).toEqual([...all].sort());
    // The same again adds nothing.
    await resetInsi(http);
    await verify(http, id, { apply: true });
    expect(insOf(await readPatient(http, id)).sort()).toEqual([...all].sort());
    // A caller who sends the matricule in force alone keeps the former ones.
    const patient = await readPatient(http, id);
    patient.identifier = patient.identifier!.filter(({ use }) => use !== 'old');
    await storedPatient(http, patient);
    expect(insOf(await readPatient(http, id)).sort()).toEqual([...all].sort());
  });

  test('holds the waiting number that a NIR of the same digits replaced', async () => {
    const number = { number: '1090763220888', key: '35' };
    const insi = await started.insi({
      persons: [
        {
          ...{
            birthName: 'ARRIVE',
            givenNames: ['JEAN'],
            sex: 'M',
            birthDate: '2009-07-01',
            birthPlace: '63220',
          },
          active: { ...number, kind: 'NIR', start: '2026-01-01' },
          history: [{ ...number, kind: 'NIA', start: '2020-01-01', end: '2025-12-31' }],
        },
      ],
    });
    const server = await started.server(insi.environment);
    const person = {
      birthName: 'ARRIVE',
      givenNames: ['JEAN'],
      gender: 'male',
      birthDate: '2009-07-01',
    } as const;
    const withNia = await stored(
      server,
      adrunWith({ ...person, matricule: { value: '109076322088835', type: 'INS-NIA' } }),
    );
    expect(outputOf(await verify(server, withNia, { apply: true }))).toMatchObject({ outcome: 'superseded' });
    const id = await stored(server, adrunWith(person));
    await verify(server, id, { apply: true, evidence: identityCard });
    expect(insOf(await readPatient(server, id))).toEqual([
      'official 10 109076322088835',
      'old 9 109076322088835',
    ]);
  });

  test('a repeated matricule in force is no history', async () => {
    const id = await stored(
      http,
      adrunWith({
        birthName: 'CORSE',
        givenNames: ['ANTHONY'],
        gender: 'male',
        birthDate: '1980-03-02',
        birthPlace: { ...places.mazoires, cog: '2B020' },
      }),
    );
    await verify(http, id, { apply: true, evidence: identityCard });
    expect(insOf(await readPatient(http, id))).toEqual(['official 10 180032B02040123']);
  });
});

describe('a race', () => {
  test('If-Match guards the verification', async () => {
    const id = await stored(http, adrun);
    const stale = await verify(http, id, { apply: true }, { 'If-Match': 'W/"7"' });
    expect(stale.status).toBe(412);
    expect(await tracesOf(id)).toEqual([]);
    expect((await verify(http, id, { apply: true }, { 'If-Match': 'W/"1"' })).status).toBe(200);
    const asynchronous = { 'If-Match': 'W/"1"', Prefer: 'respond-async' };
    expect((await verify(http, id, { apply: true }, asynchronous)).status).toBe(412);
  });

  test('a record that changes while INSi is asked is 409: the call is traced, nothing else is written', async () => {
    const insi = await started.insi();
    const server = await started.server(insi.environment);
    const id = await stored(server, adrun);
    const held = insi.hold();
    const verification = verify(server, id, { apply: true, evidence: identityCard });
    await held.arrived(1);
    await storedPatient(server, { ...patientOf(adrunWith({ birthDate: '1975-12-30' })), id });
    held.release();
    const answer = await verification;
    expect(answer.status).toBe(409);
    expect(firstIssue(answer.json())).toMatchObject({ severity: 'error', code: 'conflict' });
    expect(statusOf(await readPatient(server, id))).toBe('PROV');
    expect(await about(server, 'VerificationResult', 'target', id)).toEqual([]);
    expect(await about(server, 'AuditEvent', 'entity', id)).toHaveLength(1);
  });

  test('a change that INSi is not asked about is kept beside its answer', async () => {
    const insi = await started.insi();
    const server = await started.server(insi.environment);
    const id = await stored(server, adrun);
    const held = insi.hold();
    const verification = verify(server, id, { apply: true, evidence: identityCard });
    await held.arrived(1);
    await storedPatient(server, { ...patientOf(adrun), id, maritalStatus: { text: 'PACS' } });
    held.release();
    expect((await verification).status).toBe(200);
    const patient = await readPatient(server, id);
    expect([patient.meta?.versionId, statusOf(patient), patient.maritalStatus]).toEqual([
      '3',
      'QUAL',
      { text: 'PACS' },
    ]);
  });

  test('of two verifications of one patient each ends in an answer or in 409, and the record holds together', async () => {
    const insi = await started.insi();
    const server = await started.server(insi.environment);
    const id = await stored(server, adrun);
    const held = insi.hold();
    const both = [1, 2].map(() => verify(server, id, { apply: true, evidence: identityCard }));
    await held.arrived(2);
    held.release();
    const statuses = (await Promise.all(both)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 409]);
    const patient = await readPatient(server, id);
    expect([patient.meta?.versionId, statusOf(patient)]).toEqual(['2', 'QUAL']);
    expect(insOf(patient)).toEqual(['official 10 275126322074974']);
    expect(await about(server, 'AuditEvent', 'entity', id)).toHaveLength(2);
  });

  test('a second patient with a qualified matricule is 409 where duplicates are refused', async () => {
    const server = await started.server({ INS_DUPLICATES: 'refuse' });
    const evidence = { mode: 'PA', date: '2026-01-05' };
    await stored(server, adrunWith({ status: 'QUAL', matricule: adrunMatricule, evidence }));
    const again = await server.post(
      'Patient',
      patientOf(adrunWith({ status: 'QUAL', matricule: adrunMatricule, evidence })),
    );
    expect(again.status).toBe(409);
    expect(firstIssue(again.json())).toMatchObject({ code: 'duplicate' });
    expect(again.text).not.toContain('275126322074974');
    // Retrieved is not qualified: the record may be there until the document decides.
    const id = await stored(server, adrun);
    expect((await verify(server, id, { apply: true })).status).toBe(200);
    const answer = await server.post(
      `Patient/${id}/$verify-ins`,
      parameters({ apply: true, evidence: identityCard }),
    );
    expect(answer.status).toBe(409);
    expect(statusOf(await readPatient(server, id))).toBe('RECUP');
    expect(await about(server, 'AuditEvent', 'entity', id)).toHaveLength(2);
  });
});
