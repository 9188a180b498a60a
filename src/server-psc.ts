import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Actor } from './access/actor.ts';
import { pscFacadeRoutes } from './auth/psc/facade/routes.ts';
import { facadeSessions } from './auth/psc/facade/sessions.ts';
import { pscLogoutRoutes } from './auth/psc/logout-routes.ts';
import { createRelyingParty } from './auth/psc/open-relying-party.ts';
import {
  type ProfessionalEntryParts,
  type ProfessionalLogins,
  professionalLogins,
} from './auth/psc/professional-login.ts';
import { readRoleTable } from './auth/psc/role-table.ts';
import { type Assurance, discoveryUrlOf, type PscSettings, pscIssuers } from './auth/psc/settings.ts';
import type { Report } from './auth/smart/events.ts';
import type { AppRoute } from './http/app.ts';
import type { Access } from './interactions/access.ts';
import type { Settings } from './operability/settings.ts';
import { createProfessionalRegister } from './professionals/psc/registration.ts';
import { perMinute } from './routes/limits.ts';
import { type Core, defaultTenant } from './server-core.ts';
import { certificateOf } from './server-proxy.ts';
import { readTlsFiles } from './server-tls-files.ts';
import { createPscSimulator, type PscSimulator } from './simulators/psc/simulator.ts';

/** Pro Santé Connect on a server, with the routes that it adds. */
export interface PscParts {
  logins: ProfessionalLogins;
  routes: AppRoute[];
  /** Judges the access tokens of Pro Santé Connect; absent where they are not taken. */
  signedTokens?: (token: string, request: IncomingMessage) => Promise<Actor>;
}

/** Where the simulator is mounted, and the routes that Pro Santé Connect itself calls. */
const simulatorPath = '/simulators/psc';
const pscPath = '/login/psc';

/** Seconds from the redirection of a browser to its callback. */
const loginSeconds = 300;

/** Milliseconds between two readings of the keys because of one that is not known. */
const keysCooldown = 10_000;

/** This server as a client of the simulator. */
interface SimulatedRegistration {
  simulator: PscSimulator;
  clientId: string;
  secret: string;
}

export interface PscOptions {
  /** Public URL of the server without path. */
  origin: string;
  /** Where this process listens, for the simulator. */
  address: string;
  /** Of the server itself. */
  accessTo(tenant: string): Access;
  report: Report;
}

/**
 * Adds Pro Santé Connect to a server in the mode of its settings.
 * @returns `undefined` in mode off
 * @throws Error when a file of the settings cannot be read
 */
export async function openPsc(core: Core, options: PscOptions): Promise<PscParts | undefined> {
  const { settings, stores, spine, log } = core;
  const { origin, address, accessTo, report } = options;
  if (settings.PSC_MODE === 'off') return undefined;
  const simulated = settings.PSC_MODE === 'simulator' ? simulatorFor(settings, origin, address) : undefined;
  const psc = await pscSettings(settings, origin, simulated);
  const { expiring } = stores;
  const relyingParty = createRelyingParty(psc, expiring, {
    onFailure: (error) => log.warn('login failed', { part: 'psc', stack: (error as Error).stack }),
    onUnknownAssurance: (acr) => log.warn('level of assurance is not known', { part: 'psc', acr }),
  });
  const entry = {
    register: createProfessionalRegister(spine),
    accessTo,
    roles: readRoleTable(settings.PSC_ROLES === '' ? undefined : await readFile(settings.PSC_ROLES, 'utf8')),
    isAdministrator: administrators(settings.PSC_ADMINISTRATORS),
  };
  const logins = professionalLogins({ ...entry, relyingParty });
  const facade = pscFacadeRoutes({
    logins,
    sessions: facadeSessions(expiring, relyingParty),
    isSecure: origin.startsWith('https:'),
    loginSeconds,
    defaultTenant,
    perMinute: (name, limit) =>
      perMinute(expiring, name, limit, (request) =>
        report({ kind: 'refused', where: name, error: 'throttled' }, request),
      ),
    report,
  });
  return {
    logins,
    routes: [
      { path: '/api/v1/french-healthcare/psc', handler: facade, isPublic: true },
      { path: pscPath, handler: pscLogoutRoutes(relyingParty), isPublic: true },
      ...(simulated === undefined
        ? []
        : [{ path: simulatorPath, handler: simulated.simulator.handler, isPublic: true as const }]),
    ],
    ...(settings.PSC_API === 'off'
      ? {}
      : { signedTokens: await apiTokens(settings, psc, entry, settings.PSC_API) }),
  };
}

/**
 * Tells who may act as an administrator.
 * @param listed an RPPS or a national identifier each, for the default tenant or, after `@`, for another one
 */
function administrators(listed: readonly string[]): ProfessionalEntryParts['isAdministrator'] {
  const entries = new Set(listed.map((each) => (each.includes('@') ? each : `${each}@${defaultTenant}`)));
  return ({ rpps = '', nationalId = '' }, tenant) =>
    [rpps, nationalId].some((each) => each !== '' && entries.has(`${each}@${tenant}`));
}

/** Loads the libraries of OpenID Connect, which a server that takes no such tokens waits for until its first login. */
async function apiTokens(
  settings: Settings,
  psc: PscSettings,
  entry: ProfessionalEntryParts,
  validation: 'introspection' | 'keys',
): Promise<NonNullable<PscParts['signedTokens']>> {
  const { pscApiTokens } = await import('./auth/psc/api-tokens.ts');
  return pscApiTokens({
    ...entry,
    psc,
    validation,
    clients: settings.PSC_API_CLIENTS,
    certificateOf: certificateOf(settings),
    tenant: defaultTenant,
  });
}

function simulatorFor(settings: Settings, origin: string, address: string): SimulatedRegistration {
  const { PSC_POST_LOGOUT_REDIRECT_URI: afterLogout } = settings;
  const clientId = settings.PSC_CLIENT_ID || 'passerelle';
  const secret = randomBytes(24).toString('hex');
  const simulator = createPscSimulator({
    url: `${address}${simulatorPath}`,
    publicUrl: `${origin}${simulatorPath}`,
    clients: [
      {
        id: clientId,
        secrets: [secret],
        redirectUris: redirectUris(settings, origin),
        postLogoutRedirectUris: afterLogout === '' ? [] : [afterLogout],
        backChannelLogoutUri: `${address}${pscPath}/backchannel-logout`,
      },
    ],
  });
  return { simulator, clientId, secret };
}

async function pscSettings(
  settings: Settings,
  origin: string,
  simulated: SimulatedRegistration | undefined,
): Promise<PscSettings> {
  const { PSC_POST_LOGOUT_REDIRECT_URI: afterLogout } = settings;
  return {
    ...(simulated === undefined ? await realSettings(settings) : simulatedSettings(simulated)),
    scope: settings.PSC_SCOPE,
    ...(settings.PSC_IDP_HINT === '' ? {} : { identityProvider: settings.PSC_IDP_HINT }),
    leastAssurance: Number(settings.PSC_LEAST_ACR.slice('eidas'.length)) as Assurance,
    redirectUris: redirectUris(settings, origin),
    ...(afterLogout === '' ? {} : { postLogoutRedirectUri: afterLogout }),
    limits: {
      timeoutMs: settings.PSC_TIMEOUT_SECONDS * 1000,
      keysCooldownMs: keysCooldown,
      loginMs: loginSeconds * 1000,
    },
  };
}

type Provider = Pick<
  PscSettings,
  'issuer' | 'discoveryUrl' | 'endpoints' | 'clientId' | 'authentication' | 'tls'
>;

function simulatedSettings({ simulator, clientId, secret }: SimulatedRegistration): Provider {
  const { issuer } = simulator;
  return {
    issuer,
    discoveryUrl: discoveryUrlOf(issuer),
    endpoints: {},
    clientId,
    authentication: { method: 'client_secret_post', secrets: [secret] },
  };
}

async function realSettings(settings: Settings): Promise<Provider> {
  const issuer = settings.PSC_ISSUER || pscIssuers[settings.PSC_ENVIRONMENT];
  const secrets = [settings.PSC_CLIENT_SECRET, settings.PSC_CLIENT_SECRET_NEXT].filter((each) => each !== '');
  const method = settings.PSC_CLIENT_AUTHENTICATION;
  const tls = await readTlsFiles({
    certificate: settings.PSC_CERTIFICATE,
    key: settings.PSC_KEY,
    authorities: settings.PSC_CA,
  });
  return {
    issuer,
    discoveryUrl: settings.PSC_DISCOVERY_URL || discoveryUrlOf(issuer),
    endpoints: {
      authorization: settings.PSC_AUTHORIZATION_ENDPOINT,
      token: settings.PSC_TOKEN_ENDPOINT,
      userInfo: settings.PSC_USERINFO_ENDPOINT,
      keys: settings.PSC_JWKS_URI,
      endSession: settings.PSC_END_SESSION_ENDPOINT,
      introspection: settings.PSC_INTROSPECTION_ENDPOINT,
    },
    clientId: settings.PSC_CLIENT_ID,
    authentication: method === 'tls_client_auth' ? { method } : { method, secrets },
    ...(tls === undefined ? {} : { tls }),
  };
}

function redirectUris({ PSC_REDIRECT_URIS: given }: Settings, origin: string): string[] {
  const registered = given.filter((each) => each !== '');
  return registered.length === 0 ? [`${origin}/login/callback`] : [...registered];
}
