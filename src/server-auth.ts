import type { IncomingMessage } from 'node:http';
import type { Actor } from './access/actor.ts';
import type { Tenants } from './access/tenants.ts';
import type { LoginService } from './auth/sessions/login-service.ts';
import type { Report } from './auth/smart/events.ts';
import { fhirPatients } from './auth/smart/fhir-patients.ts';
import { refusalLimit, requestLimit } from './auth/smart/limits.ts';
import { roleCeiling } from './auth/smart/role-ceiling.ts';
import type { AppRoute } from './http/app.ts';
import type { Access } from './interactions/access.ts';
import { perMinute } from './routes/limits.ts';
import type { Authenticate } from './server-access.ts';
import { openClients } from './server-clients.ts';
import type { Core } from './server-core.ts';
import type { RequestLimits } from './server-limits.ts';
import { certificateOf } from './server-proxy.ts';

/** What a server with logins adds to one without. */
export interface AuthParts {
  authenticate: Authenticate;
  routes: AppRoute[];
}

export interface AuthOptions {
  /** Public URL without path. */
  origin: string;
  /** Absent: nobody logs in, and there are back ends alone. */
  login: LoginService | undefined;
  /** What an actor reaches. */
  accessTo(actor: Actor): Access | Promise<Access>;
  report: Report;
  /** Absent where there is one. */
  tenants: Tenants | undefined;
  /** Absent where the settings hold none. */
  limits?: RequestLimits | undefined;
  /** Judges signed tokens of another server; absent where they are not taken. */
  signedTokens?: ((token: string, request: IncomingMessage) => Promise<Actor>) | undefined;
}

/**
 * Opens the authorization server of SMART App Launch, where the settings want logins. Its libraries are loaded here, so
 * that a server without logins does without them.
 */
export async function openLogins(core: Core, options: AuthOptions): Promise<AuthParts | undefined> {
  if (core.settings.AUTH === 'off') return undefined;
  const { openSmart } = await import('./auth/smart/server.ts');
  const { stores, spine, interactions, settings } = core;
  const { origin, login, report, accessTo, tenants, signedTokens, limits } = options;
  const onThrottled = (request: IncomingMessage) =>
    report({ kind: 'refused', where: 'oauth', error: 'throttled' }, request);
  const { baseUrl } = spine;
  if (login === undefined) core.log.info('nobody logs in here: there are back ends alone');
  const { authenticator, routes } = await openSmart({
    origin,
    login,
    report,
    ...(signedTokens === undefined ? {} : { signedTokens }),
    fhirBase: baseUrl,
    stores,
    clients: openClients(core),
    patients: fhirPatients({ interactions, baseUrl, accessTo }),
    ceiling: roleCeiling(accessTo),
    jwksOrigins: settings.SMART_JWKS_ORIGINS,
    certificateOf: certificateOf(settings),
    isFhirBase: (address, tenant) => address === baseUrl || isBaseOf(tenants, address, tenant),
    limits: {
      requests: requestLimit((request) => limits?.takeOfAddress(request), onThrottled),
      pages: perMinute(stores.expiring, 'login-pages', 600, onThrottled),
      refusals: refusalLimit(300, onThrottled),
    },
    isActive: (fhirUser, tenant) => isActive(core, fhirUser, tenant),
  });
  return { authenticate: authenticator.authenticate, routes };
}

/** True for the FHIR base below an address of the tenant. */
function isBaseOf(tenants: Tenants | undefined, address: string, tenant: string): boolean {
  const url = URL.parse(address);
  const place = url === null ? undefined : tenants?.placeOf(url.host, url.pathname);
  return place?.tenant === tenant && `${place.base}/fhir` === address;
}

/** False for a person whose resource says so, or is gone. */
async function isActive({ stores }: Core, fhirUser: string, tenant: string): Promise<boolean> {
  const [type = '', id = ''] = fhirUser.split('/');
  const found = await stores.forTenant(tenant).read(type, id);
  if (found === undefined || found.deleted) return false;
  return (JSON.parse(found.body.toString('utf8')) as { active?: boolean }).active !== false;
}
