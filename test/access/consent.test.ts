import type { Consent, ConsentProvision, Observation } from 'fhir/r4.d.ts';
import type { Actor } from '../../src/access/actor.ts';
import { denialsOf, isDenied } from '../../src/access/consent.ts';
import { backend, type ServerOfActors, startServerOfActors, type TestActor } from '../support/actors.ts';
import { created, type FhirHttp, issueOf, matchIds } from '../support/fhir-http.ts';

const privacy = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
};

function consent(provision: ConsentProvision, changes: Partial<Consent> = {}): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: privacy,
    category: [{ text: 'privacy' }],
    policyRule: { text: 'opt-out' },
    patient: { reference: 'Patient/p' },
    provision,
    ...changes,
  };
}

const about = (patient: string): Observation => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${patient}` },
});

const named = (reference: string): NonNullable<ConsentProvision['actor']>[number] => ({
  role: { text: 'recipient' },
  reference: { reference },
});
const role = (code: string): NonNullable<ConsentProvision['actor']>[number] => ({
  role: { coding: [{ system: 'https://passerelle.fr/fhir/CodeSystem/access-role', code }] },
  reference: { display: 'whoever has it' },
});
const doctor: Actor = {
  kind: 'professional',
  tenant: 't',
  roles: ['doctor'],
  fhirUser: 'Practitioner/d',
  organization: 'Organization/o',
  context: {},
};
const now = Date.parse('2024-06-01T00:00:00Z');

function denies(given: Consent, actor: Partial<Actor> = {}, action: 'r' | 'u' = 'r'): boolean {
  const asked = { ...doctor, ...actor };
  return denialsOf(given, ['http://here/fhir']).some((denial) => isDenied(denial, asked, action, now));
}

describe('whom a Consent denies access', () => {
  test.each<[string, boolean, Consent]>([
    ['everybody without actors', true, consent({ type: 'deny' })],
    ['nobody by a permit', false, consent({ type: 'permit' })],
    ['nobody while it is a draft', false, consent({ type: 'deny' }, { status: 'draft' })],
    ['nobody once it is inactive', false, consent({ type: 'deny' }, { status: 'inactive' })],
    [
      'nobody for research alone',
      false,
      consent({ type: 'deny' }, { scope: { coding: [{ code: 'research' }] } }),
    ],
    ['who is named', true, consent({ type: 'deny', actor: [named('Practitioner/d')] })],
    [
      'who is named by URL',
      true,
      consent({ type: 'deny', actor: [named('http://here/fhir/Practitioner/d')] }),
    ],
    ['not another who is named', false, consent({ type: 'deny', actor: [named('Practitioner/x')] })],
    ['an organization', true, consent({ type: 'deny', actor: [named('Organization/o')] })],
    ['not another organization', false, consent({ type: 'deny', actor: [named('Organization/x')] })],
    ['a role', true, consent({ type: 'deny', actor: [role('doctor')] })],
    ['not another role', false, consent({ type: 'deny', actor: [role('nurse')] })],
    ['a team that may hold anybody', true, consent({ type: 'deny', actor: [named('CareTeam/x')] })],
    ['somebody elsewhere who may be anybody', true, consent({ type: 'deny', actor: [named('http://x/1')] })],
    ['not a relative who is named', false, consent({ type: 'deny', actor: [named('RelatedPerson/x')] })],
    ['within its period', true, consent({ type: 'deny', period: { start: '2024', end: '2024-06-01' } })],
    ['not before its period', false, consent({ type: 'deny', period: { start: '2024-07' } })],
    ['not after its period', false, consent({ type: 'deny', period: { end: '2024-05-31' } })],
    ['by an exception to a permit', true, consent({ type: 'permit', provision: [{ type: 'deny' }] })],
    ['despite an exception', true, consent({ type: 'deny', provision: [{ type: 'permit' }] })],
  ])('%s: %s', (_, expected, given) => expect(denies(given)).toBe(expected));

  test('not the patient, unless the patient is named', () => {
    const patient = { kind: 'patient', roles: [], fhirUser: 'Patient/p' } as const;
    expect(denies(consent({ type: 'deny' }), patient)).toBe(false);
    expect(denies(consent({ type: 'deny' }), { ...patient, fhirUser: 'Patient/x' })).toBe(true);
    expect(denies(consent({ type: 'deny', actor: [named('Patient/p')] }), patient)).toBe(true);
  });

  test('one of whom it is not known whether it is who is named', () => {
    const given = consent({ type: 'deny', actor: [named('Organization/x')] });
    expect(
      denialsOf(given, []).some((denial) =>
        isDenied(denial, { ...doctor, organization: undefined } as never, 'r', now),
      ),
    ).toBe(true);
    expect(
      denies(consent({ type: 'deny', actor: [named('Practitioner/x')] }), { fhirUser: 'PractitionerRole/y' }),
    ).toBe(true);
  });

  test('actions and resource types, where they can be told', () => {
    const action = (code: string) => [{ coding: [{ code }] }];
    expect(denies(consent({ type: 'deny', action: action('access') }), {}, 'u')).toBe(false);
    expect(denies(consent({ type: 'deny', action: action('correct') }), {}, 'u')).toBe(true);
    expect(denies(consent({ type: 'deny', action: action('something') }), {}, 'u')).toBe(true);
    const types = (system: string) =>
      denialsOf(consent({ type: 'deny', class: [{ system, code: 'Observation' }] }), [])[0]?.types;
    expect(types('http://hl7.org/fhir/resource-types')).toEqual(new Set(['Observation']));
    expect(types('http://loinc.org')).toBeUndefined();
  });

  test.each(['Patient/p/x', 'Group/p', 'http://elsewhere/Patient/p', ''])('none about %j', (reference) => {
    expect(denialsOf(consent({ type: 'deny' }, { patient: { reference } }), [])).toEqual([]);
  });
});

describe('over HTTP', () => {
  let server: ServerOfActors;
  let all: FhirHttp;
  let one: FhirHttp;
  let other: FhirHttp;
  let observation: string;
  const dupont: TestActor = { name: 'dupont', roles: ['doctor'], fhirUser: 'Practitioner/dupont' };

  beforeAll(async () => {
    server = await startServerOfActors();
    all = server.as(backend);
    one = server.as(dupont);
    other = server.as({ name: 'durand', roles: ['doctor'], fhirUser: 'Practitioner/durand' });
    for (const id of ['p', 'q']) await all.put(`Patient/${id}`, { resourceType: 'Patient', id });
    observation = await created(all, about('p'));
    await created(all, about('q'));
  });
  afterAll(() => server.stop());

  test('a denial holds from the request that writes it on, for whom it names, until it ends', async () => {
    expect((await one.get('Patient/p')).status).toBe(200);
    const id = await created(other, consent({ type: 'deny', actor: [named('Practitioner/dupont')] }));
    for (const path of [
      'Patient/p',
      `Observation/${observation}`,
      `Consent/${id}`,
      'Patient/p/$everything',
    ]) {
      expect([path, (await one.get(path)).status]).toEqual([path, 404]);
    }
    expect(matchIds(await one.get('Patient'))).toEqual(['q']);
    expect((await one.get('Observation?_summary=count')).json()).toMatchObject({ total: 1 });
    expect(matchIds(await one.get('Patient?_has:Observation:patient:status=final'))).toEqual(['q']);
    expect((await one.post('Observation', about('p'))).status).toBe(403);
    expect((await other.get('Patient/p')).status).toBe(200);
    const ended = {
      ...consent({ type: 'deny', actor: [named('Practitioner/dupont')] }),
      id,
      status: 'inactive',
    };
    expect((await other.put(`Consent/${id}`, ended)).status).toBe(200);
    expect((await one.get('Patient/p')).status).toBe(200);
  });

  test('the glass is broken with a reason, for one patient, by one person, and that is recorded', async () => {
    for (const patient of ['p', 'q']) {
      await created(all, consent({ type: 'deny' }, { patient: { reference: `Patient/${patient}` } }));
    }
    const ask = (http: FhirHttp, reason?: string, reference = 'Patient/p') =>
      http.post('$break-glass', {
        resourceType: 'Parameters',
        parameter: [
          { name: 'patient', valueReference: { reference } },
          ...(reason === undefined ? [] : [{ name: 'reason', valueString: reason }]),
        ],
      });
    expect((await one.get('Patient/p')).status).toBe(404);
    expect([(await ask(one)).status, (await ask(one, ' ')).status]).toEqual([400, 400]);
    expect((await ask(one, 'emergency', 'Patient/none')).status).toBe(404);
    expect((await ask(one, 'emergency', 'Group/p')).status).toBe(400);
    const refused = await ask(server.as({ roles: ['secretary'] }), 'curiosity');
    expect([refused.status, issueOf(refused).code]).toEqual([403, 'forbidden']);
    expect((await one.get('Patient/p')).status).toBe(404);

    const before = Date.now();
    const answer = await ask(one, 'unconscious patient');
    expect(answer.status).toBe(200);
    const { parameter } = answer.json<{ parameter: { name: string; valueInstant?: string }[] }>();
    const minutes =
      (Date.parse(parameter.find(({ name }) => name === 'until')?.valueInstant ?? '') - before) / 60_000;
    expect(minutes).toBeGreaterThanOrEqual(59);
    expect(minutes).toBeLessThanOrEqual(61);
    expect((await one.get('Patient/p')).status).toBe(200);
    expect((await one.get(`Observation/${observation}`)).status).toBe(200);
    expect((await one.get('Patient/q')).status).toBe(404);
    expect((await other.get('Patient/p')).status).toBe(404);
    const events = await all.get('AuditEvent?patient=Patient/p&subtype=110127');
    expect(events.json()).toMatchObject({
      entry: [
        {
          resource: {
            purposeOfEvent: [{ coding: [{ code: 'BTG' }], text: 'unconscious patient' }],
            agent: [{ who: { reference: 'Practitioner/dupont' }, requestor: true }],
          },
        },
      ],
    });
  });

  test('broken glass opens no type that the role has nothing to do with', async () => {
    const pharmacist = server.as({ name: 'petit', roles: ['pharmacist'], scope: 'user/*.rs' });
    const scope = { name: 'petit', roles: ['pharmacist'] as const, scope: 'user/Patient.rs' };
    expect((await pharmacist.get(`Observation/${observation}`)).status).toBe(403);
    await pharmacist.post('$break-glass?patient=Patient/p&reason=overdose', undefined);
    expect((await pharmacist.get(`Observation/${observation}`)).status).toBe(200);
    expect((await pharmacist.delete(`Observation/${observation}`)).status).toBe(403);
    expect((await pharmacist.get('Appointment')).status).toBe(403);
    // What the token does not grant stays closed.
    expect((await server.as(scope).get(`Observation/${observation}`)).status).toBe(404);
  });
});
