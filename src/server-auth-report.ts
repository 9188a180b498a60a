import type { IncomingMessage } from 'node:http';
import type { Actor } from './access/actor.ts';
import type { AuditContext, AuditSource } from './audit/balp/agents.ts';
import { sessionEvent, tokenEvent } from './audit/balp/security-events.ts';
import type { Account } from './auth/sessions/accounts.ts';
import type { Report, SmartEvent } from './auth/smart/events.ts';
import { requestIdOf } from './http/fhir-route.ts';
import type { AuditParts } from './server-audit.ts';
import { type Core, defaultTenant } from './server-core.ts';

/** Logs what the authorization server does, and records it where there is an audit trail. Neither holds identity data. */
export function smartReport({ log }: Core, audit: AuditParts | undefined): Report {
  return (event, request) => {
    if (event.kind === 'failed') {
      log.error('failure', { part: 'smart', where: event.where, stack: (event.error as Error).stack });
      return;
    }
    log.info('smart', logged(event));
    if (audit === undefined) return;
    const context = contextOf(audit, event, request);
    recorded(audit, context, event, request)?.catch((error) =>
      log.error('audit failure', { stack: (error as Error).stack }),
    );
  };
}

type Known = Exclude<SmartEvent, { kind: 'failed' }>;

/** An event without those whom it is about. */
function logged(event: Known): Record<string, string> {
  switch (event.kind) {
    case 'login':
      return {
        event: 'login',
        outcome: event.outcome,
        ...(event.outcome === 'refused' && { reason: event.reason }),
      };
    case 'logout':
      return { event: 'logout' };
    case 'consent':
      return { event: 'consent', outcome: event.outcome, client: event.clientId };
    case 'launch':
      return { event: 'launch', client: event.clientId, host: event.hostId };
    case 'token':
      return { event: 'token', client: event.clientId, grant: event.grant };
    case 'refused': {
      const { where, error, clientId = '', detail = '' } = event;
      return { event: 'refused', where, error, client: clientId, detail };
    }
  }
}

function contextOf({ callerOf }: AuditParts, event: Known, request: IncomingMessage): AuditContext {
  return { actor: actorOf(event), address: callerOf(request), requestId: requestIdOf(request) };
}

function actorOf(event: Known): Actor {
  const { account, clientId, ...known } = event as { account?: Account; clientId?: string; tenant?: string };
  const tenant = account?.tenant ?? known.tenant ?? defaultTenant;
  const client = clientId === undefined ? {} : { clientId };
  if (account === undefined) return { kind: 'open', tenant, roles: [], context: {}, ...client };
  const { fhirUser, issuer, subject } = account;
  return {
    kind: fhirUser.startsWith('Patient/') ? 'patient' : 'professional',
    tenant,
    subject: { issuer, value: subject },
    fhirUser,
    roles: [],
    context: {},
    ...client,
  };
}

/** Records what happened; of many refusals those of a bound. */
function recorded(
  { trail }: AuditParts,
  context: AuditContext,
  event: Known,
  { method, url = '', originalUrl = url }: IncomingMessage & { originalUrl?: string },
): Promise<void> | undefined {
  const { tenant } = context.actor;
  if (event.kind !== 'refused') {
    return trail.record(tenant, (source, instant) => auditEvent(source, context, event, instant));
  }
  // Without what follows the path: it may hold codes and tokens.
  const query = base64(`${method} ${originalUrl.replace(/\?.*$/s, '')}`);
  return trail.refused({ tenant, context, query, outcomeDesc: `${event.where} ${event.error}` });
}

/** @param instant ISO 8601 */
function auditEvent(
  source: AuditSource,
  context: AuditContext,
  event: Exclude<Known, { kind: 'refused' }>,
  instant: string,
) {
  const done = { outcome: '0' as const, recorded: instant };
  switch (event.kind) {
    case 'login': {
      if (event.outcome === 'identified') return sessionEvent(source, context, { change: 'login', ...done });
      const refused = { outcome: '4' as const, outcomeDesc: event.reason, recorded: instant };
      return sessionEvent(source, context, { change: 'login', ...refused });
    }
    case 'logout':
      return sessionEvent(source, context, { change: 'logout', ...done });
    case 'consent': {
      const outcome = event.outcome === 'allowed' ? '0' : '4';
      const what = base64(`consent client_id=${event.clientId}`);
      return tokenEvent(source, context, {
        outcome,
        outcomeDesc: `consent ${event.outcome}`,
        request: what,
        recorded: instant,
      });
    }
    case 'launch':
      return tokenEvent(source, context, { ...done, request: base64(`launch client_id=${event.clientId}`) });
    case 'token':
      return tokenEvent(source, context, { ...done, request: base64(`grant_type=${event.grant}`) });
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
