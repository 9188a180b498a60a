import type { IncomingMessage } from 'node:http';
import { type RequestHandler, Router } from 'express';
import type { Actor } from '../../access/actor.ts';
import type { ResourceStores } from '../../store/contract.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { clientRoutes } from '../clients/routes.ts';
import { accounts as openAccounts } from '../sessions/accounts.ts';
import type { LoginService } from '../sessions/login-service.ts';
import { logins as openLogins } from '../sessions/logins.ts';
import { type Authenticator, createAuthenticator } from './authenticate.ts';
import type { CertificateOf } from './client-certificate.ts';
import { consentRoutes } from './consent-routes.ts';
import type { Report } from './events.ts';
import { grantContexts } from './grant-context.ts';
import { launchRoute } from './launch-route.ts';
import { launches as openLaunches } from './launches.ts';
import type { SmartLimits } from './limits.ts';
import { loginRoutes } from './login-routes.ts';
import { backEndRoute, oauthRoute } from './oauth-route.ts';
import type { PatientDirectory } from './patient-choice.ts';
import { offlineLifetime } from './profile.ts';
import { createProvider } from './provider.ts';
import { reportProvider } from './report-provider.ts';
import type { RoleCeiling } from './role-ceiling.ts';
import { signingKeys } from './signing-keys.ts';
import { smartConfigurationRoute } from './smart-configuration.ts';

export interface SmartOptions {
  /** Public URL without path. */
  origin: string;
  fhirBase: string;
  stores: ResourceStores;
  clients: ClientRegistry;
  /** Absent: nobody logs in, and there are back ends alone. */
  login: LoginService | undefined;
  patients: PatientDirectory;
  ceiling: RoleCeiling;
  /** Origins of the key servers of clients. */
  jwksOrigins: readonly string[];
  certificateOf: CertificateOf;
  /** Tells whether an address without trailing slash is a FHIR base of a tenant. */
  isFhirBase(address: string, tenant: string): boolean;
  /** False when the professional may not use this server any more. */
  isActive(fhirUser: string, tenant: string): Promise<boolean>;
  limits: SmartLimits;
  /** Judges a signed token, which is none of ours; absent where such tokens are not taken. */
  signedTokens?: (token: string, request: IncomingMessage) => Promise<Actor>;
  report: Report;
}

/** SMART App Launch of a server. */
export interface SmartServer {
  authenticator: Authenticator;
  /** Those that are not public are for who shows a token. */
  routes: { path: string; handler: RequestHandler | Router; isPublic?: true }[];
}

/** Opens the authorization server, its pages and the administration of its clients. */
export async function openSmart(options: SmartOptions): Promise<SmartServer> {
  const { origin, stores, clients, limits } = options;
  const { expiring } = stores;
  const accounts = openAccounts(expiring, (offlineLifetime + 86_400) * 1000);
  const logins = openLogins(expiring);
  const launches = openLaunches(expiring);
  const contexts = grantContexts(expiring);
  const shared = { ...options, expiring, accounts, logins, launches, contexts };
  const provider = createProvider({
    ...shared,
    keys: await signingKeys(stores),
    cookieKey: (await stores.secret('oauth-cookies')).toString('base64url'),
  });
  reportProvider(provider, shared);
  const authenticator = createAuthenticator({ ...shared, provider });
  const { login } = options;
  const isPublic = true as const;
  const limited = (handler: RequestHandler) => Router().use(limits.requests, limits.refusals, handler);
  const configuration = smartConfigurationRoute({ origin, hasLogins: login !== undefined });
  const routes: SmartServer['routes'] = [
    { path: '/fhir/.well-known/smart-configuration', handler: configuration, isPublic },
    { path: '/api/v1/admin/clients', handler: clientRoutes(clients) },
  ];
  if (login === undefined) {
    routes.push(
      { path: '/oauth', handler: limited(backEndRoute(provider, origin)), isPublic },
      { path: metadataPath, handler: configuration, isPublic },
    );
    return { authenticator, routes };
  }
  const parts = { ...shared, login, provider, formKey: await stores.secret('oauth-forms') };
  const oauth = oauthRoute(provider, origin);
  const pages = Router();
  pages.use(['/interaction', '/login'], limits.requests, limits.pages);
  pages.use(loginRoutes(parts));
  pages.use(consentRoutes(parts));
  routes.push(
    { path: '/oauth', handler: limited(oauth), isPublic },
    { path: metadataPath, handler: metadataRoute(oauth), isPublic },
    { path: '/', handler: pages, isPublic },
    { path: '/launch', handler: launchRoute(shared) },
  );
  return { authenticator, routes };
}

/** Where RFC 8414 has the metadata of the authorization server. */
const metadataPath = '/.well-known/oauth-authorization-server/oauth';

/** The metadata of the authorization server where RFC 8414 has them, beside those of OpenID Connect Discovery. */
function metadataRoute(oauth: RequestHandler): RequestHandler {
  return (request, response, next) => {
    request.url = '/.well-known/openid-configuration';
    request.baseUrl = '/oauth';
    return oauth(request, response, next);
  };
}
