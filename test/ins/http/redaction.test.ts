import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { patientOf } from '../../../seeds/patient.ts';
import { type Answer, entriesOf, matchIds, serverUnderTest } from '../../support/fhir-http.ts';
import {
  adrunMatricule,
  adrunWith,
  firstIssue,
  insOf,
  outputOf,
  readPatient,
  statusOf,
  stored,
  verify,
} from './support.ts';

const http = serverUnderTest();

const number = '2751263220749';
const search = `identifier=urn:oid:1.2.250.1.213.1.4.10%7C${adrunMatricule.value}`;
const evidence = { mode: 'PA', date: '2026-01-05' };
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** Every way in which a Patient leaves the server. */
async function everyAnswer(id: string): Promise<[string, Answer][]> {
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'weight' },
    subject: { reference: `Patient/${id}` },
  };
  const { id: observationId } = (await http.post('Observation', observation)).json<{ id: string }>();
  const patient = await readPatient(http, id);
  const entry = (method: string, url: string, resource?: object) => ({
    ...(resource ? { fullUrl: `${http.base}/${url}`, resource } : {}),
    request: { method, url },
  });
  const bundle = (type: string, ...entries: object[]) => ({ resourceType: 'Bundle', type, entry: entries });
  return [
    ['read', await http.get(`Patient/${id}`)],
    ['vread', await http.get(`Patient/${id}/_history/1`)],
    ['history', await http.get(`Patient/${id}/_history`)],
    ['search by id', await http.get(`Patient?_id=${id}`)],
    ['search by identifier', await http.get(`Patient?identifier=${adrunMatricule.value}&_id=${id}`)],
    ['_include', await http.get(`Observation?_id=${observationId}&_include=Observation:subject`)],
    ['_revinclude', await http.get(`Patient?_id=${id}&_revinclude=Observation:subject`)],
    ['POST _search', await http.send('POST', 'Patient/_search', { body: `_id=${id}`, headers: form })],
    ['batch', await http.post('', bundle('batch', entry('GET', `Patient/${id}`)))],
    ['update', await http.put(`Patient/${id}`, patient)],
    [
      'transaction',
      await http.post('', bundle('transaction', entry('PUT', `Patient/${id}`, patient)), {
        Prefer: 'return=representation',
      }),
    ],
  ];
}

/** The Patients anywhere in an answer. */
function patientsIn(answer: Answer): Patient[] {
  const body = answer.json<Bundle | Patient>();
  const resources =
    body.resourceType === 'Bundle' ? (body.entry ?? []).map(({ resource }) => resource) : [body];
  return resources.filter((resource): resource is Patient => resource?.resourceType === 'Patient');
}

describe('the matricule of an identity that says it is not qualifiée does not leave', () => {
  test.each([
    ['provisoire', adrunWith({ status: 'PROV', matricule: adrunMatricule })],
    ['récupérée', adrunWith({ status: 'RECUP', matricule: adrunMatricule, retrievedOn: '2026-01-05' })],
    ['validée', adrunWith({ status: 'VALI', matricule: adrunMatricule, evidence })],
    ['douteuse', adrunWith({ status: 'PROV', attributes: ['DOUT'], matricule: adrunMatricule })],
  ])('%s', async (_case, record) => {
    const id = await stored(http, record);
    for (const [way, answer] of await everyAnswer(id)) {
      const patients = patientsIn(answer);
      expect([way, answer.status, patients.length > 0]).toEqual([way, 200, true]);
      for (const patient of patients) expect([way, insOf(patient)]).toEqual([way, []]);
      // A self link repeats what the caller searched for.
      const said = answer.text.replaceAll(/"link":\[[^\]]*\]/g, '');
      expect([way, said.includes(number)]).toEqual([way, false]);
    }
    // The other identifiers stay, and a search by the matricule finds the record.
    expect((await readPatient(http, id)).identifier).toMatchObject([{ use: 'usual', value: '1' }]);
    expect(matchIds(await http.get(`Patient?${search}`))).toContain(id);
  });

  test('nor in the answer to its creation', async () => {
    const patient = patientOf(adrunWith({ matricule: adrunMatricule }));
    const answer = await http.post('Patient', patient);
    expect([answer.status, answer.text.includes(number)]).toEqual([201, false]);
  });

  test('nor in that of $verify-ins, where INSi does not confirm it', async () => {
    const id = await stored(
      http,
      adrunWith({ matricule: adrunMatricule, birthDate: '1975-12-31', givenNames: ['ZOE', 'ANNE'] }),
    );
    const answer = await verify(http, id);
    expect(outputOf(answer)).toMatchObject({ outcome: 'mismatch' });
    expect(answer.text).not.toContain(number);
  });
});

describe('the matricule of a qualified identity leaves, with its traits', () => {
  test.each([
    ['qualifiée', patientOf(adrunWith({ status: 'QUAL', matricule: adrunMatricule, evidence }))],
    [
      'which states nothing, as FR Core lets flows of qualified identities do',
      (() => {
        const patient = patientOf(adrunWith({ matricule: adrunMatricule }));
        return { ...patient, extension: patient.extension!.filter(({ url }) => url.endsWith('birthPlace')) };
      })(),
    ],
  ])('%s', async (_case, patient) => {
    const answer = await http.post('Patient', patient);
    const id = answer.json<Patient>().id!;
    for (const [way, each] of [['create', answer] as const, ...(await everyAnswer(id))]) {
      for (const found of patientsIn(each)) {
        expect([way, insOf(found)]).toEqual([way, ['official 10 275126322074974']]);
        expect(found.name?.[0]?.family).toBe('ADRUN');
      }
    }
  });

  test('until it is not qualified any more; the versions from before still show what was sent then', async () => {
    const id = await stored(http, adrunWith({ status: 'QUAL', matricule: adrunMatricule, evidence }));
    await http.put(`Patient/${id}`, { ...patientOf(adrunWith({ matricule: adrunMatricule })), id });
    expect(insOf(await readPatient(http, id))).toEqual([]);
    expect(insOf((await http.get(`Patient/${id}/_history/1`)).json<Patient>())).toHaveLength(1);
  });
});

describe('read, modify, write', () => {
  test('keeps the hidden matricule', async () => {
    const id = await stored(
      http,
      adrunWith({ status: 'RECUP', matricule: adrunMatricule, retrievedOn: '2026-01-05' }),
    );
    const patient = await readPatient(http, id);
    await http.put(`Patient/${id}`, { ...patient, maritalStatus: { text: 'PACS' } });
    expect(matchIds(await http.get(`Patient?${search}&_id=${id}`))).toEqual([id]);
    const output = outputOf(
      await verify(http, id, { apply: true, evidence: { valueCoding: { code: 'CN' } } }),
    );
    expect(output).toMatchObject({ outcome: 'verified', identityStatus: 'QUAL' });
    const qualified = await readPatient(http, id);
    expect([insOf(qualified), qualified.maritalStatus]).toEqual([
      ['official 10 275126322074974'],
      { text: 'PACS' },
    ]);
  });

  test('does not show it to who leaves the status out', async () => {
    const id = await stored(
      http,
      adrunWith({ status: 'RECUP', matricule: adrunMatricule, retrievedOn: '2026-01-05' }),
    );
    const bare = { resourceType: 'Patient', id, name: [{ family: 'ADRUN' }] };
    const answer = await http.put(`Patient/${id}`, bare);
    expect([answer.status, answer.text.includes(number)]).toEqual([200, false]);
    expect(statusOf(answer.json<Patient>())).toBe('RECUP');
    expect(matchIds(await http.get(`Patient?${search}&_id=${id}`))).toEqual([id]);
  });

  test('shows it to who states that a document qualified the identity', async () => {
    const id = await stored(
      http,
      adrunWith({ status: 'RECUP', matricule: adrunMatricule, retrievedOn: '2026-01-05' }),
    );
    const qualified = patientOf(adrunWith({ status: 'QUAL', evidence, retrievedOn: '2026-01-05' }));
    await http.put(`Patient/${id}`, { ...qualified, id });
    expect(insOf(await readPatient(http, id))).toEqual(['official 10 275126322074974']);
  });

  test('gives way to an INS that the caller sends', async () => {
    const id = await stored(http, adrunWith({ matricule: adrunMatricule }));
    const other = { value: '181016322075140', type: 'INS-NIR-TEST' as const };
    await http.put(`Patient/${id}`, { ...patientOf(adrunWith({ matricule: other })), id });
    expect(matchIds(await http.get(`Patient?${search}&_id=${id}`))).toEqual([]);
    expect(matchIds(await http.get(`Patient?identifier=${other.value}&_id=${id}`))).toEqual([id]);
  });

  test('of what is no Patient is refused as ever', async () => {
    const id = await stored(http, adrunWith({ matricule: adrunMatricule }));
    for (const broken of [
      { identifier: 'x' },
      { identifier: [null, 7] },
      { extension: [null] },
      { extension: {} },
    ]) {
      const answer = await http.put(`Patient/${id}`, { resourceType: 'Patient', id, ...broken });
      expect([answer.status, firstIssue(answer.json()).severity]).toEqual([422, 'error']);
    }
  });

  test('a deleted Patient gives nothing back', async () => {
    const id = await stored(http, adrunWith({ matricule: adrunMatricule }));
    await http.delete(`Patient/${id}`);
    await http.put(`Patient/${id}`, { resourceType: 'Patient', id });
    expect(matchIds(await http.get(`Patient?${search}&_id=${id}`))).toEqual([]);
    expect(entriesOf(await http.get(`Patient?_id=${id}`), 'match')).toHaveLength(1);
  });
});
