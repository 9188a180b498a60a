import { type IdentityRecord, patientOf } from '../../../seeds/patient.ts';
import { matchIds, serverUnderTest } from '../../support/fhir-http.ts';
import { adrun, adrunMatricule, adrunWith, firstIssue, stored, verify } from './support.ts';

const http = serverUnderTest({ INS_OIDS: '1.2.250.1.213.1.4.9,1.2.250.1.213.1.4.10' });

describe('a write of a Patient', () => {
  const identifier = (value: string, oid = '10') => ({ system: `urn:oid:1.2.250.1.213.1.4.${oid}`, value });
  const typed = {
    type: {
      coding: [{ system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203', code: 'INS-NIR' }],
    },
  };
  test.each<[string, object, string, string]>([
    ['a wrong key', identifier('275126322074975'), 'value', 'value'],
    ['a wrong form', identifier('275136322074974'), 'value', 'value'],
    ['13 characters without the key', identifier('2751263220749'), 'value', 'value'],
    [
      'an authority that this server does not take',
      identifier('275126322074974', '8'),
      'business-rule',
      'system',
    ],
    [
      'a type of INS without its authority',
      { ...typed, value: '275126322074974' },
      'business-rule',
      'system',
    ],
    [
      'a former matricule with a wrong key',
      { ...identifier('275126322074975'), use: 'old' },
      'value',
      'value',
    ],
  ])('is refused with %s, at its place', async (_case, wrong, code, element) => {
    const patient = { ...patientOf(adrun), identifier: [{ system: 'urn:hospital', value: '1' }, wrong] };
    const { id: _, ...unnamed } = patient;
    for (const answer of [
      await http.post('Patient', unnamed),
      await http.put(`Patient/${patient.id}`, patient),
    ]) {
      expect(answer.status).toBe(422);
      expect(firstIssue(answer.json())).toMatchObject({
        severity: 'error',
        code,
        expression: `Patient.identifier[1].${element}`,
      });
      expect(answer.text).not.toContain('2751263220749');
    }
    expect((await http.get(`Patient/${patient.id}`)).status).toBe(404);
  });

  test('takes a waiting number, a number of another kind, and what INSi itself gave with a wrong key', async () => {
    const good = [
      identifier('109076322088835', '9'),
      identifier('not an INS', '2'),
      { value: '275126322074975' },
    ];
    expect((await http.post('Patient', { resourceType: 'Patient', identifier: good })).status).toBe(201);
    const fromInsi = patientOf(adrunWith({ status: 'RECUP', retrievedOn: '2026-01-05' }));
    const answer = await http.post('Patient', { ...fromInsi, identifier: [identifier('181036322045660')] });
    expect(answer.status).toBe(201);
  });

  test.each<[string, Partial<IdentityRecord>]>([
    [
      'a douteuse identity that is qualifiée',
      { attributes: ['DOUT'], status: 'QUAL', matricule: adrunMatricule },
    ],
    ['a fictive identity that is validée', { attributes: ['FICT'], status: 'VALI' }],
    ['a fictive identity that is a namesake', { attributes: ['FICT', 'HOMA'] }],
    ['a fictive identity that is douteuse', { attributes: ['DOUT', 'FICT'] }],
  ])('refuses %s', async (_case, change) => {
    const answer = await http.post('Patient', patientOf(adrunWith(change)));
    expect(answer.status).toBe(422);
    expect(firstIssue(answer.json())).toMatchObject({
      code: 'business-rule',
      expression: 'Patient.extension',
    });
  });

  test('takes a douteuse namesake', async () => {
    const answer = await http.post('Patient', patientOf(adrunWith({ attributes: ['DOUT', 'HOMA'] })));
    expect(answer.status).toBe(201);
  });
});

describe('identities are searched', () => {
  const evidence = { mode: 'PA', date: '2026-01-05' };
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    const qualified = { status: 'QUAL', matricule: adrunMatricule, evidence } as const;
    ids['overdue'] = await stored(
      http,
      adrunWith({ ...qualified, retrievedOn: '2021-03-02', checkDue: '2024-03-02' }),
    );
    ids['later'] = await stored(
      http,
      adrunWith({ ...qualified, retrievedOn: '2026-01-05', checkDue: '2999-01-05' }),
    );
    ids['never'] = await stored(http, adrunWith({ status: 'VALI', evidence }));
    ids['fresh'] = await stored(http, adrun);
    await verify(http, ids['fresh'], { apply: true });
  });

  const today = new Date().toISOString().slice(0, 10);
  test.each([
    ['identity-status=QUAL', ['overdue', 'later']],
    ['identity-status=RECUP', ['fresh']],
    ['identity-status=VALI,RECUP', ['never', 'fresh']],
    ['identity-status:not=QUAL', ['never', 'fresh']],
    ['ins-verified=2021-03-02', ['overdue']],
    ['ins-verified=lt2026-01-06', ['overdue', 'later']],
    [`ins-verified=ge${today}`, ['fresh']],
    ['ins-verified:missing=true', ['never']],
    [`ins-check-due=le${today}`, ['overdue']],
    ['ins-check-due=ge2999', ['later']],
    ['ins-check-due:missing=true', ['never']],
  ])('%s', async (query, names) => {
    const everybody = Object.values(ids).join(',');
    const found = matchIds(
      await http.get(`Patient?_id=${everybody}&${query}`, { Prefer: 'handling=strict' }),
    );
    expect(found.sort()).toEqual(names.map((name) => ids[name]).sort());
  });

  test('by name and birth date, as the RNIV asks before a creation', async () => {
    const answer = await http.get('Patient?family=adr&birthdate=1975-12-31&identity-status=RECUP');
    expect(matchIds(answer)).toContain(ids['fresh']);
    expect(matchIds(answer)).not.toContain(ids['never']);
  });
});
