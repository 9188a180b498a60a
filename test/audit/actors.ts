import type { Actor } from '../../src/access/actor.ts';
import type { AuditContext, AuditSource } from '../../src/audit/balp/agents.ts';

export const source: AuditSource = { url: 'https://ehr.example.fr/fhir', site: 'ehr.example.fr' };

export const doctor: Actor = {
  kind: 'professional',
  tenant: 'default',
  subject: { issuer: 'https://psc.example.fr', value: 'f:550dc1c8:899700218896' },
  fhirUser: 'Practitioner/doctor',
  organization: 'Organization/hospital',
  clientId: 'growth-chart',
  roles: ['doctor'],
  context: {},
  tokenReference: 'urn:ietf:params:oauth:jti:3f2a',
  purposeOfUse: 'BTG',
};

export const backEnd: Actor = {
  kind: 'system',
  tenant: 'default',
  subject: { issuer: 'https://ehr.example.fr', value: 'laboratory' },
  clientId: 'laboratory',
  roles: ['system'],
  context: {},
  tokenReference: 'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb',
};

export const nobody: Actor = { kind: 'open', tenant: 'default', roles: [], context: {} };

export const contextOf = (actor: Actor): AuditContext => ({
  actor,
  address: '192.0.2.7',
  requestId: 'request-1',
});
