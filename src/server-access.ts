import type { IncomingMessage } from 'node:http';
import { AccessControl } from './access/access-control.ts';
import type { Actor } from './access/actor.ts';
import { openPolicyFile } from './access/policy-file.ts';
import { loginRequired } from './access/refusals.ts';
import { readTenantsFile, type Tenants } from './access/tenants.ts';
import type { FhirRouteOptions } from './http/fhir-route.ts';
import { type Access, fullAccess } from './interactions/access.ts';
import { parametersOfLimits } from './interactions/terminology/search-terminology.ts';
import { type AuditParts, auditedAccess, refusalsRecorded, unknownActor } from './server-audit.ts';
import { type Core, defaultTenant } from './server-core.ts';
import type { RequestLimits } from './server-limits.ts';

/**
 * Tells who asks.
 * @param address absolute URL of the request, without query
 * @throws FhirError 401 when the caller has to log in, or did so in vain
 */
export type Authenticate = (request: IncomingMessage, address: string) => Actor | Promise<Actor>;

/** What the callers of a server reach. */
export interface AccessParts extends Pick<FhirRouteOptions, 'accessOf' | 'publicAccess'> {
  /** What an actor reaches, outside of a request. */
  accessTo(actor: Actor): Access | Promise<Access>;
  close(): void;
}

/** Who has not logged in where everybody has to: the description of the server is all that there is for them. */
const nobody: Actor = { kind: 'system', tenant: defaultTenant, roles: [], scopes: [], context: {} };

export interface AccessOptions {
  audit: AuditParts | undefined;
  /** Absent: nobody logs in. */
  authenticate: Authenticate | undefined;
  /** Absent where there is one. */
  tenants: Tenants | undefined;
  limits: RequestLimits | undefined;
}

/**
 * Decides what callers reach: everything where nobody logs in, else what the policy, their scopes and the patients let
 * them.
 * @throws Error when the policy cannot be read, or callers have to log in and cannot
 */
export async function openAccess(core: Core, options: AccessOptions): Promise<AccessParts> {
  const { audit, authenticate, tenants, limits } = options;
  const { spine, settings, log } = core;
  if (authenticate === undefined) {
    if (settings.AUTH === 'on') throw new Error('AUTH is on, and nothing tells who callers are');
    return limitedAccess(accessForAll(core, audit), options);
  }
  const { definitions, extract, stores, resourceTypes } = spine;
  const policy = await openPolicyFile({
    ...(settings.POLICY_FILE === '' ? {} : { path: settings.POLICY_FILE }),
    resourceTypes,
    onProblem: (message) => log.error('policy file not taken', { problem: message }),
    onReload: () => log.info('policy file taken'),
  });
  const control = new AccessControl({
    definitions,
    parameters: parametersOfLimits(spine),
    extract,
    baseUrls: [spine.baseUrl],
    stores,
    policy: policy.current,
  });
  const origin = originOf(spine);
  return {
    async accessOf(request, requestId, at) {
      const letIn = async () => {
        const found = await authenticate(request, addressOf(request, at?.base ?? origin));
        checkTenant(found, at?.tenant, tenants);
        return found;
      };
      const unknown = { request, requestId, actor: unknownActor(at?.tenant ?? defaultTenant) };
      const actor = await refusalsRecorded(audit, unknown, () =>
        limits === undefined ? letIn() : limits.lettingIn(request, letIn),
      );
      const waiting = counted(options, { request, requestId, actor });
      if (waiting !== undefined) await waiting;
      const access = await control.open(actor);
      return auditedAccess(audit, { actor: access.actor, access }, request, requestId);
    },
    publicAccess: await control.open(nobody),
    accessTo: (actor) => control.open(actor),
    close: policy.close,
  };
}

/**
 * The tenants of the settings; `undefined` where there is one.
 * @throws Error when their file cannot be read
 */
export async function openTenants({ settings, spine }: Core): Promise<Tenants | undefined> {
  const { TENANTS_FILE } = settings;
  return TENANTS_FILE === '' ? undefined : readTenantsFile(TENANTS_FILE, originOf(spine));
}

function originOf({ baseUrl }: Core['spine']): string {
  return baseUrl.slice(0, -'/fhir'.length);
}

function accessForAll({ spine }: Core, audit: AuditParts | undefined): AccessParts {
  const open = (tenant = defaultTenant) => fullAccess(spine.stores, tenant);
  return {
    accessOf:
      audit === undefined
        ? (_request, _requestId, at) => open(at?.tenant)
        : (request, requestId, at) => {
            const access = open(at?.tenant);
            return auditedAccess(audit, { actor: unknownActor(access.tenant), access }, request, requestId);
          },
    publicAccess: open(),
    accessTo: ({ tenant }) => open(tenant),
    close: () => undefined,
  };
}

/** The access of everybody, for as many requests as the limits allow an address and a tenant. */
function limitedAccess(parts: AccessParts, options: AccessOptions): AccessParts {
  if (options.limits === undefined) return parts;
  return {
    ...parts,
    accessOf(request, requestId, at) {
      const actor = unknownActor(at?.tenant ?? defaultTenant);
      const waiting = counted(options, { request, requestId, actor });
      const open = () => parts.accessOf(request, requestId, at);
      return waiting === undefined ? open() : waiting.then(open);
    },
  };
}

/**
 * Counts a request of an actor; that it was one too many is recorded.
 * @returns a promise where the count takes a moment
 * @throws FhirError 429, also by the promise
 */
function counted(
  { audit, limits }: AccessOptions,
  asked: { request: IncomingMessage; requestId: string; actor: Actor },
): undefined | Promise<void> {
  const refuse = (error: unknown) => refusalsRecorded(audit, asked, () => Promise.reject(error));
  try {
    return limits?.take(asked.actor, asked.request)?.catch(refuse);
  } catch (error) {
    return refuse(error);
  }
}

/**
 * The token says of which tenant its caller is; nobody comes to the address of another.
 * @throws FhirError 401 when the tenant is another one, or none of this server
 */
function checkTenant({ tenant }: Actor, asked: string | undefined, tenants: Tenants | undefined): void {
  const isKnown = tenant === defaultTenant || tenants?.ids.has(tenant);
  if (!isKnown || (asked !== undefined && asked !== tenant)) {
    throw loginRequired('The access token is of another tenant');
  }
}

/** The routes of Express keep the whole URL; the FHIR API is given what follows its base. */
function addressOf(request: IncomingMessage & { originalUrl?: string }, origin: string): string {
  const url = request.originalUrl ?? `/fhir${request.url ?? ''}`;
  return origin + url.replace(/\?.*$/s, '');
}
