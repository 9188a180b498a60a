import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Actor } from './access/actor.ts';
import type { AuditTrail } from './audit/audit-trail.ts';
import type { AuditContext, AuditSource } from './audit/balp/agents.ts';
import { refusalEvent, sessionEvent, tokenEvent } from './audit/balp/security-events.ts';
import type { Account } from './auth/sessions/accounts.ts';
import type { Report, SmartEvent } from './auth/smart/events.ts';
import { type Core, defaultTenant } from './server-core.ts';

/** Logs what the authorization server does, and records it where there is an audit trail. Neither holds identity data. */
export function smartReport({ log }: Core, trail: AuditTrail | undefined): Report {
  return (event, request) => {
    if (event.kind === 'failed') {
      log.error('failure', { part: 'smart', where: event.where, stack: (event.error as Error).stack });
      return;
    }
    log.info('smart', logged(event));
    if (trail === undefined) return;
    const context = contextOf(event, request);
    const recording = trail.record(context.actor.tenant, (source, recorded) =>
      auditEvent(source, context, { event, request, recorded }),
    );
    recording?.catch((error) => log.error('audit failure', { stack: (error as Error).stack }));
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

function contextOf(event: Known, { headers, socket }: IncomingMessage): AuditContext {
  const given = headers['x-request-id'];
  const isPlain = typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given);
  return {
    actor: actorOf(event),
    address: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    requestId: isPlain ? given : randomUUID(),
  };
}

function actorOf(event: Known): Actor {
  const { account, clientId } = event as { account?: Account; clientId?: string };
  const tenant = event.kind === 'launch' ? event.tenant : (account?.tenant ?? defaultTenant);
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

interface Recorded {
  event: Known;
  request: IncomingMessage;
  /** ISO 8601 */
  recorded: string;
}

function auditEvent(source: AuditSource, context: AuditContext, { event, request, recorded }: Recorded) {
  const done = { outcome: '0' as const, recorded };
  switch (event.kind) {
    case 'login': {
      if (event.outcome === 'identified') return sessionEvent(source, context, { change: 'login', ...done });
      const refused = { outcome: '4' as const, outcomeDesc: event.reason, recorded };
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
        recorded,
      });
    }
    case 'launch':
      return tokenEvent(source, context, { ...done, request: base64(`launch client_id=${event.clientId}`) });
    case 'token':
      return tokenEvent(source, context, { ...done, request: base64(`grant_type=${event.grant}`) });
    case 'refused': {
      const outcomeDesc = `${event.where} ${event.error}`;
      // Without what follows the path: it may hold codes and tokens.
      const query = base64(`${request.method} ${(request.url ?? '').replace(/\?.*$/s, '')}`);
      return refusalEvent(source, context, { query, outcome: '4', outcomeDesc, recorded });
    }
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
