import type { AuditEvent } from 'fhir/r4.d.ts';
import { type Disclosure, disclosureEvent } from '../../src/audit/balp/disclosure.ts';
import {
  authorizationEvent,
  refusalEvent,
  sessionEvent,
  tokenEvent,
} from '../../src/audit/balp/security-events.ts';
import { issuesOf } from '../validation/validate.ts';
import { backEnd, contextOf, doctor, nobody, source } from './actors.ts';
import { balpViolations } from './balp-shapes.ts';

const recorded = '2026-03-01T10:00:00.000Z';
const done = { outcome: '0', recorded } as const;
const failed = { outcome: '4', outcomeDesc: 'login', recorded } as const;

function problems(event: AuditEvent): string[] {
  return [...issuesOf(event), ...balpViolations(event)];
}

const profileOf = ({ meta }: AuditEvent) => meta?.profile?.map((url) => url.split('/').at(-1));

describe('disclosures', () => {
  const given: Omit<Disclosure, 'side'> = {
    ...done,
    party: { who: { identifier: { value: '010000001' } }, address: 'https://dmp.example.fr' },
    patient: 'zoe',
    resources: [{ type: 'DocumentReference', id: 'letter', version: 1 }],
    purposeOfEvent: { coding: [{ code: 'TREAT' }] },
  };

  test.each(['Source', 'Recipient'] as const)('%s', (side) => {
    for (const actor of [doctor, backEnd]) {
      const event = disclosureEvent(source, contextOf(actor), { ...given, side });
      expect(problems(event)).toEqual([]);
      expect(profileOf(event)).toEqual([`IHE.BasicAudit.PrivacyDisclosure.${side}`]);
    }
  });

  test('without data none is claimed: the profile wants two entities', () => {
    const event = disclosureEvent(source, contextOf(doctor), { ...given, side: 'Source', resources: [] });
    expect(event.meta).toBeUndefined();
    expect(issuesOf(event)).toEqual([]);
  });
});

describe('logins', () => {
  test.each(['login', 'logout'] as const)('%s', (change) => {
    const event = sessionEvent(source, contextOf(doctor), { change, ...done });
    expect(issuesOf(event)).toEqual([]);
    expect(event).toMatchObject({
      type: { code: '110114' },
      subtype: [{ code: change === 'login' ? '110122' : '110123' }],
    });
  });

  test('one that failed names nobody who did not log in', () => {
    const event = sessionEvent(source, contextOf(nobody), { change: 'login', ...failed });
    expect(issuesOf(event)).toEqual([]);
    expect(event).toMatchObject({ outcome: '4', outcomeDesc: 'login' });
    expect(event.agent.some(({ who }) => who?.reference !== undefined)).toBe(false);
  });
});

describe('access tokens', () => {
  const request = Buffer.from('grant_type=client_credentials').toString('base64');

  test.each([doctor, backEnd])('one of $kind is an event of IUA', (actor) => {
    const event = tokenEvent(source, contextOf(actor), { request, ...done });
    expect(problems(event)).toEqual([]);
    expect(profileOf(event)).toEqual(['IHE.IUA.71']);
  });

  test('one that was refused claims no profile', () => {
    expect(tokenEvent(source, contextOf(backEnd), { request, ...failed }).meta).toBeUndefined();
  });
});

test('a request without login is a security alert with what was asked for', () => {
  const query = Buffer.from('GET /Patient/zoe').toString('base64');
  const event = refusalEvent(source, contextOf(nobody), { query, ...failed });
  expect(issuesOf(event)).toEqual([]);
  expect(event).toMatchObject({ type: { code: '110113' }, outcome: '4', entity: [{ query }, {}] });
});

describe('decisions', () => {
  test('with consents, for a person of a structure: AuthZconsent, permitted or denied', () => {
    for (const outcome of [done, { ...failed, outcome: '8' as const }]) {
      const decision = { patient: 'zoe', consents: ['c1', 'c2'], ...outcome };
      const event = authorizationEvent(source, contextOf(doctor), decision);
      expect(problems(event)).toEqual([]);
      expect(profileOf(event)).toEqual(['IHE.BasicAudit.AuthZconsent']);
      expect(event.subtype?.[0]?.code).toBe('AuthZ-Consent');
    }
  });

  test('without a consent, or without a structure, none is claimed', () => {
    const byRole = authorizationEvent(source, contextOf(doctor), { patient: 'zoe', consents: [], ...done });
    expect(byRole.meta).toBeUndefined();
    expect(byRole.subtype?.[0]?.code).toBe('AuthZ-Role');
    expect(issuesOf(byRole)).toEqual([]);
    const { organization: _, ...alone } = doctor;
    const event = authorizationEvent(source, contextOf(alone), { patient: 'zoe', consents: ['c1'], ...done });
    expect(event.meta).toBeUndefined();
    expect(issuesOf(event)).toEqual([]);
  });
});
