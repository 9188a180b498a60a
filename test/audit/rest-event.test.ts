import type { AuditEvent } from 'fhir/r4.d.ts';
import { type RestAccess, restEvent } from '../../src/audit/balp/rest-event.ts';
import { issuesOf } from '../validation/validate.ts';
import { backEnd, contextOf, doctor, nobody, source } from './actors.ts';
import { balpViolations } from './balp-shapes.ts';

const recorded = '2026-03-01T10:00:00.000Z';
const query = Buffer.from('GET /Patient?family=adrun').toString('base64');
const resource = { type: 'Observation', id: 'o1', version: 3 };

const accesses: [profile: string, access: RestAccess][] = (
  [
    ['Read', { kind: 'Read', interaction: 'read', resource }],
    ['Read', { kind: 'Read', interaction: 'vread', resource }],
    ['Query', { kind: 'Query', interaction: 'search-type', query }],
    ['Query', { kind: 'Query', interaction: 'search-system', query }],
    ['Create', { kind: 'Create', interaction: 'create', resource }],
    ['Update', { kind: 'Update', interaction: 'update', resource }],
    ['Update', { kind: 'Update', interaction: 'patch', resource }],
    ['Delete', { kind: 'Delete', interaction: 'delete', resource }],
  ] satisfies [string, Omit<RestAccess, 'outcome' | 'recorded'>][]
).map(([profile, access]) => [profile, { ...access, outcome: '0', recorded }]);

const actors = [doctor, backEnd, nobody];

function problems(event: AuditEvent): string[] {
  return [...issuesOf(event), ...balpViolations(event)];
}

describe.each(accesses)('%s, %o', (profile, access) => {
  test.each(actors)('is a valid event of its profile, by $kind', (actor) => {
    const event = restEvent(source, contextOf(actor), access);
    expect(problems(event)).toEqual([]);
    expect(event.meta?.profile).toEqual([
      `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${profile}`,
    ]);
  });

  test.each(actors)('about a Patient it is one of the Patient variant, by $kind', (actor) => {
    const event = restEvent(source, contextOf(actor), { ...access, patient: 'zoe' });
    expect(problems(event)).toEqual([]);
    expect(event.meta?.profile).toEqual([
      `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Patient${profile}`,
    ]);
    expect(event.entity?.map(({ what }) => what?.reference)).toContain('Patient/zoe');
  });

  test('what failed claims no profile', () => {
    const event = restEvent(source, contextOf(doctor), {
      ...access,
      outcome: '8',
      outcomeDesc: '500 exception',
    });
    expect(event.meta).toBeUndefined();
    expect(issuesOf(event)).toEqual([]);
  });
});

test('an interaction that no profile names claims none', () => {
  const access = { kind: 'Query', query, outcome: '0', recorded } as const;
  for (const interaction of ['history-type', 'operation']) {
    expect(restEvent(source, contextOf(doctor), { ...access, interaction }).meta).toBeUndefined();
  }
  const unknown = restEvent(source, contextOf(doctor), { ...access, outcome: '4' });
  expect(unknown.subtype).toBeUndefined();
  expect(issuesOf(unknown)).toEqual([]);
});

describe('the agents', () => {
  const event = (actor: typeof doctor) =>
    restEvent(source, contextOf(actor), {
      kind: 'Read',
      interaction: 'read',
      resource,
      outcome: '0',
      recorded,
    });

  test('of a professional: client, server, the person by reference and token, the structure', () => {
    const [client, server, user, structure, ...others] = event(doctor).agent;
    expect(client).toMatchObject({
      who: { identifier: { value: 'growth-chart' } },
      requestor: false,
      network: { address: '192.0.2.7', type: '2' },
    });
    expect(server?.who?.identifier?.value).toBe(source.url);
    expect(user).toMatchObject({
      who: {
        reference: 'Practitioner/doctor',
        identifier: { system: 'https://psc.example.fr', value: 'f:550dc1c8:899700218896' },
      },
      role: [{ coding: [{ code: 'doctor' }] }],
      policy: ['urn:ietf:params:oauth:jti:3f2a'],
      purposeOfUse: [{ coding: [{ code: 'BTG' }] }],
      requestor: true,
    });
    expect(structure?.who?.reference).toBe('Organization/hospital');
    expect(others).toEqual([]);
  });

  test('of a back end: it asks by itself, with its token', () => {
    const { agent } = event(backEnd);
    expect(agent).toHaveLength(2);
    expect(agent[0]).toMatchObject({ requestor: true, policy: ['aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb'] });
  });

  test('where nobody logs in: a client without a name', () => {
    const { agent } = event(nobody);
    expect(agent).toHaveLength(2);
    expect(agent[0]?.who).toEqual({ display: 'a client without login' });
  });
});

test('the request id and the role of the resource are told', () => {
  const access = { kind: 'Read', interaction: 'read', outcome: '0', recorded } as const;
  const entities = (type: string) =>
    restEvent(source, contextOf(doctor), { ...access, resource: { type, id: 'x', version: 1 } }).entity;
  expect(entities('Task')?.[0]?.role?.code).toBe('20');
  expect(entities('DiagnosticReport')?.[0]?.role?.code).toBe('3');
  expect(entities('Condition')?.[0]).toMatchObject({
    what: { reference: 'Condition/x/_history/1' },
    role: { code: '4' },
  });
  expect(entities('Condition')?.at(-1)?.what?.identifier?.value).toBe('request-1');
});

test('the checks of the shapes find what is wrong', () => {
  const good = restEvent(source, contextOf(doctor), {
    kind: 'Read',
    interaction: 'read',
    resource,
    patient: 'zoe',
    outcome: '0',
    recorded,
  });
  const [client, ...agents] = good.agent;
  expect(balpViolations({ ...good, action: 'E' })).toEqual(['action']);
  expect(balpViolations({ ...good, agent: agents })).toEqual(['client: 0 agents']);
  const { network: _, ...bare } = client!;
  expect(balpViolations({ ...good, agent: [bare, ...agents] })).toEqual(['client lacks network']);
  expect(balpViolations({ ...good, entity: good.entity!.slice(0, 1) })).toEqual([
    'entities are too few',
    'patient: 0 entities',
  ]);
});
