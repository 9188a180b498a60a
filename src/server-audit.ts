import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Actor } from './access/actor.ts';
import { AuditTrail } from './audit/audit-trail.ts';
import { AuditKeeper } from './audit/keeper.ts';
import { expireEvents, type RetentionOptions } from './audit/retention/retention.ts';
import { Sealer } from './audit/seals/sealer.ts';
import { FhirError } from './fhir/error.ts';
import { type Access, fullAccess } from './interactions/access.ts';
import { newId } from './interactions/identifiers.ts';
import type { Settings } from './operability/settings.ts';
import { type Core, defaultTenant } from './server-core.ts';
import { proxiesOf } from './server-proxy.ts';

/** The audit of a server. */
export interface AuditParts {
  trail: AuditTrail;
  /** IP address that a request came from. */
  callerOf(request: IncomingMessage): string;
  /** Seals the trail behind the requests from now on, and removes what has expired. */
  start(): void;
  /** Resolves when all events are in the store; after the last request. */
  close(): Promise<void>;
}

/**
 * The audit of a server, where its settings want one.
 * @param tenants those beside the default one
 */
export function openAudit(core: Core, tenants: Iterable<string> = []): AuditParts | undefined {
  const { settings, stores, spine, log } = core;
  if (!isAudited(settings)) return undefined;
  const trail = trailOf(core);
  const keeper = new AuditKeeper({
    expiring: stores.expiring,
    sealer: new Sealer({ stores, extract: spine.extract }),
    tenants: [...new Set([defaultTenant, ...tenants])],
    period: settings.AUDIT_SEAL_SECONDS * 1000,
    expire: (tenant, now) => expireEvents(retention(core), tenant, now),
    onSealed: (tenant, { number, hash }) => log.info('audit sealed', { tenant, seal: number, hash }),
    onExpired: (tenant, events) => log.info('audit events expired', { tenant, events }),
    onFailure: failuresOf(core),
  });
  return {
    trail,
    callerOf: proxiesOf(settings).callerOf,
    start() {
      trail.start();
      keeper.start();
    },
    async close() {
      await keeper.stop();
      await trail.close();
    },
  };
}

function trailOf(core: Core): AuditTrail {
  const { stores, spine } = core;
  return new AuditTrail({
    stores,
    source: { url: spine.baseUrl, site: new URL(spine.baseUrl).hostname },
    extract: spine.extract,
    revision: () => spine.parameters.revision,
    newId,
    onFailure: failuresOf(core),
  });
}

function failuresOf({ log }: Core): (error: unknown) => void {
  return (error) => log.error('audit failure', { stack: (error as Error).stack });
}

/** Makes the events of what servers of this database have left in its journal. */
export async function settleAudit(core: Core): Promise<void> {
  await trailOf(core).settled();
}

/** For how long the settings keep audit events. */
export function retention({ settings, stores, spine }: Core): RetentionOptions {
  return {
    stores,
    extract: spine.extract,
    newId,
    days: {
      access: settings.AUDIT_ACCESS_DAYS,
      security: settings.AUDIT_SECURITY_DAYS,
      identity: settings.AUDIT_IDENTITY_DAYS,
      disclosure: settings.AUDIT_DISCLOSURE_DAYS,
    },
  };
}

function isAudited({ AUDIT, AUTH }: Settings): boolean {
  return AUDIT === 'auto' ? AUTH === 'on' : AUDIT === 'on';
}

/** Who a request is from, whose interactions are recorded. */
interface Caller {
  actor: Actor;
  access: Access;
}

/** The access of a caller with the trail as its witness; as it is where nothing is recorded. */
export function auditedAccess(
  audit: AuditParts | undefined,
  { actor, access }: Caller,
  request: IncomingMessage,
  requestId: string,
): Access {
  if (audit === undefined) return access;
  const { tenant, store, writeStore } = access;
  const context = { actor, address: audit.callerOf(request), requestId };
  return { ...access, witness: { begin: () => audit.trail.begin(tenant, context, store, writeStore) } };
}

/** The access of the server itself to a tenant, its work recorded as its own. */
export function serviceAccess({ stores }: Core, trail: AuditTrail | undefined, tenant: string): Access {
  const access = fullAccess(stores, tenant);
  if (trail === undefined) return access;
  const actor: Actor = { kind: 'service', tenant, roles: [], context: {} };
  const context = { actor, address: '', requestId: randomUUID() };
  return { ...access, witness: { begin: () => trail.begin(tenant, context, access.store) } };
}

/** A request that may be refused before anything is done. */
interface Asked {
  request: IncomingMessage & { originalUrl?: string };
  requestId: string;
  /** Who asks; where nobody knows yet, the tenant of the address or the default one. */
  actor: Actor;
}

/** Who asks in a tenant, as long as nobody knows who that is. */
export function unknownActor(tenant: string): Actor {
  return { kind: 'open', tenant, roles: [], context: {} };
}

/**
 * Lets a request in by these means; that it was refused is recorded before the caller is told.
 * @throws FhirError what they throw, 503 when that cannot be recorded
 */
export async function refusalsRecorded<T>(
  audit: AuditParts | undefined,
  { request, requestId, actor }: Asked,
  letIn: () => T | Promise<T>,
): Promise<T> {
  try {
    return await letIn();
  } catch (error) {
    if (audit !== undefined && error instanceof FhirError) {
      await audit.trail.refused({
        tenant: actor.tenant,
        context: { actor, address: audit.callerOf(request), requestId },
        query: Buffer.from(`${request.method} ${request.originalUrl ?? request.url}`).toString('base64'),
        outcomeDesc: `${error.status} ${error.issues[0]?.code}`,
      });
    }
    throw error;
  }
}
