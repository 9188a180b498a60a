import {
  type Account as AccountClaims,
  type Client,
  type Configuration,
  errors,
  type JWK,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import { namedScopes } from '../../access/scopes.ts';
import type { ExpiringStore } from '../../store/contract.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { nameOf } from '../sealed.ts';
import type { Accounts } from '../sessions/accounts.ts';
import type { Logins } from '../sessions/logins.ts';
import { extraMetadata, oidcAdapter } from './adapter.ts';
import { type CertificateOf, clientCertificate } from './client-certificate.ts';
import { errorPage, loggedOutPage, logoutPage } from './error-page.ts';
import { type GrantContext, type GrantContexts, launchParameters } from './grant-context.ts';
import { grantableScopes } from './granted-scopes.ts';
import { jwksFetch } from './jwks-fetch.ts';
import type { Launches } from './launches.ts';
import { loginPolicy } from './login-policy.ts';
import { lifetimes } from './profile.ts';
import { hasEnded } from './report-provider.ts';

/** What the authorization server is made of. */
export interface ProviderParts {
  /** Public URL without path. */
  origin: string;
  /** Absolute URL of the FHIR base without trailing slash. */
  fhirBase: string;
  expiring: ExpiringStore;
  clients: ClientRegistry;
  accounts: Accounts;
  contexts: GrantContexts;
  launches: Launches;
  logins: Logins;
  keys: JWK[];
  cookieKey: string;
  /** Origins of the key servers of clients. */
  jwksOrigins: readonly string[];
  certificateOf: CertificateOf;
  /** Tells whether an address without trailing slash is a FHIR base of a tenant. */
  isFhirBase(address: string, tenant: string): boolean;
  /** False when the professional may not use this server any more. */
  isActive(fhirUser: string, tenant: string): Promise<boolean>;
}

/**
 * The authorization server of SMART App Launch 2.2 on oidc-provider. Access tokens are opaque, so that they can be
 * introspected and revoked.
 */
export function createProvider(parts: ProviderParts): Provider {
  const { origin, expiring, contexts, logins } = parts;
  const provider = new Provider(`${origin}/oauth`, configuration(parts));
  // What arrives here has the public origin in its headers, whatever proxies it came through.
  provider.proxy = true;
  // The library looks first and saves then: of two servers that do so at once both would go on.
  provider.ReplayDetection.unique = (issuer: string, id: string, end: number) =>
    expiring.putIfAbsent(
      `oauth used ${nameOf(`${issuer} ${id}`)}`,
      '1',
      Math.max(end * 1000 - Date.now(), 1000),
    );
  provider.use(async (ctx, next) => {
    asksForRefresh(ctx as unknown as KoaContextWithOIDC);
    await next();
    const done = ctx as unknown as KoaContextWithOIDC;
    if (done.oidc?.route === 'token') await addContext(contexts, done);
    if (done.oidc?.route === 'end_session_confirm') await endLogin(logins, done);
  });
  hashSecrets(provider);
  return provider;
}

/** The launch context goes with the tokens (SMART App Launch 2.2, launch context). */
async function addContext(contexts: GrantContexts, ctx: KoaContextWithOIDC): Promise<void> {
  ctx.set('Pragma', 'no-cache');
  const grantId = ctx.oidc.entities.AccessToken?.grantId;
  const context = ctx.status === 200 && grantId !== undefined ? await contexts.find(grantId) : undefined;
  if (context !== undefined) ctx.body = { ...launchParameters(context), ...(ctx.body as object) };
}

/** Before the answer: what rests on the login ends with it. */
async function endLogin(logins: Logins, { oidc }: KoaContextWithOIDC): Promise<void> {
  if (hasEnded(oidc.session)) await logins.end(oidc.session.uid);
}

/** SMART apps ask for offline access without `prompt=consent`, which OpenID Connect wants with it. */
function asksForRefresh(ctx: KoaContextWithOIDC): void {
  const { scope, prompt = '' } = ctx.query;
  if (!ctx.path.endsWith('/authorize') || typeof scope !== 'string' || typeof prompt !== 'string') return;
  if (!scope.split(' ').includes('offline_access') || /\b(none|consent)\b/.test(prompt)) return;
  ctx.query = { ...ctx.query, prompt: `${prompt} consent`.trim() };
}

/** Of a secret only its hash is kept. */
function hashSecrets(provider: Provider): void {
  const prototype = provider.Client.prototype as { compareClientSecret(actual: string): boolean };
  const compare = prototype.compareClientSecret;
  prototype.compareClientSecret = function (actual) {
    return compare.call(this, nameOf(actual));
  };
}

function configuration(parts: ProviderParts): Configuration {
  const { origin, expiring, clients, keys, cookieKey, launches, logins, contexts } = parts;
  const prefix = origin.startsWith('https:') ? '__Host-' : '';
  return {
    adapter: oidcAdapter(expiring, clients),
    jwks: { keys },
    scopes: [...namedScopes],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'], idTokenSigningAlgValues: ['RS256'] },
    pkce: { required: () => true },
    routes: { authorization: '/authorize', introspection: '/introspect', revocation: '/revoke' },
    cookies: {
      // Cookies that are bound to a path cannot have the prefix __Host-.
      names: {
        session: `${prefix}passerelle-session`,
        interaction: 'passerelle-interaction',
        resume: 'passerelle-resume',
      },
      keys: [cookieKey],
    },
    ttl: lifetimes,
    extraClientMetadata: { properties: [...extraMetadata] },
    extraParams: {
      aud: async (_ctx, value, client) => checkAudience(parts, value, client),
      launch: async (_ctx, value, client) => checkLaunch(launches, value, client),
    },
    interactions: {
      policy: loginPolicy(logins),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    // The grant that the session has would be the one of the last launch, of another patient maybe.
    async loadExistingGrant(ctx) {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    findAccount: (_ctx, id, token) => findAccount(parts, id, token as GrantedToken | undefined),
    async issueRefreshToken(_ctx, client, code) {
      const mayRefresh = client.grantTypeAllowed('refresh_token');
      return mayRefresh && (code.scopes.has('offline_access') || code.scopes.has('online_access'));
    },
    // A second launch of the same app would end the tokens of the first.
    expiresWithSession: async () => false,
    rotateRefreshToken: () => true,
    revokeGrantPolicy: () => true,
    async extraTokenClaims(_ctx, token) {
      const { grantId, clientId } = token as { grantId?: string; clientId?: string };
      if (grantId === undefined) return { tenant: (await clients.find(clientId ?? ''))?.tenant };
      const context = await contexts.find(grantId);
      return context && { ...context, fhirUser: fhirUserUrl(parts, context, context.fhirUser) };
    },
    async assertJwtClientAuthClaimsAndHeader(_ctx, claims, header, client) {
      checkAssertion(claims, header, client);
    },
    clientBasedCORS: (_ctx, from, client) =>
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === from),
    fetch: jwksFetch(parts.jwksOrigins),
    renderError: errorPage,
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => isOwn(client, token) },
      rpInitiatedLogout: { enabled: true, logoutSource: logoutPage, postLogoutSuccessSource: loggedOutPage },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: (ctx) => clientCertificate(parts.certificateOf, ctx.req),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => parts.fhirBase,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (ctx, indicator, client) =>
          resourceServer(parts, ctx, indicator, client),
      },
    },
  };
}

/** A token that a user granted, as far as its account needs it; absent while the user is at the pages. */
interface GrantedToken {
  grantId?: string;
  sessionUid?: string;
  scopes?: Set<string>;
}

/** An online token needs its login, and all need a user who may still enter. */
async function findAccount(
  parts: ProviderParts,
  id: string,
  { grantId, sessionUid = '', scopes }: GrantedToken = {},
): Promise<AccountClaims | undefined> {
  const account = await parts.accounts.find(id);
  if (account === undefined) return undefined;
  const needsLogin = scopes !== undefined && !scopes.has('offline_access');
  if (needsLogin && !(await parts.logins.isLive(sessionUid))) return undefined;
  if (!(await parts.isActive(account.fhirUser, account.tenant))) return undefined;
  const context = grantId === undefined ? undefined : await parts.contexts.find(grantId);
  const fhirUser = fhirUserUrl(parts, context, account.fhirUser);
  const { tenant } = account;
  return { accountId: account.id, tenant, claims: async () => ({ sub: account.id, fhirUser }) };
}

/** At the FHIR base that the app knows. */
function fhirUserUrl(
  { fhirBase }: Pick<ProviderParts, 'fhirBase'>,
  context: GrantContext | undefined,
  fhirUser: string,
): string {
  return `${context?.fhirBase ?? fhirBase}/${fhirUser}`;
}

/** The FHIR API, with the scopes of this request that the client may be granted. */
function resourceServer(
  { fhirBase }: ProviderParts,
  ctx: KoaContextWithOIDC,
  indicator: string,
  client: Client,
) {
  if (indicator !== fhirBase) throw new errors.InvalidTarget();
  const { params, entities, route } = ctx.oidc;
  const isBackend = params?.['grant_type'] === 'client_credentials';
  const requested = [params?.['scope'], entities.AuthorizationCode?.scope, entities.RefreshToken?.scope]
    .filter((each) => typeof each === 'string')
    .flatMap((each) => each.split(' '));
  const allowed = String(client['smart_scope'] ?? '');
  const scopes = grantableScopes(requested, allowed, isBackend ? 'backend' : 'user');
  // The library would answer with a token that grants nothing.
  if (scopes.length === 0 && (isBackend || route === 'authorization'))
    throw new errors.InvalidScope('this client may have none of the requested scopes', requested.join(' '));
  return {
    scope: scopes.join(' '),
    audience: fhirBase,
    accessTokenFormat: 'opaque' as const,
    accessTokenTTL: lifetimes.AccessToken,
  };
}

/** Apps echo the base that they were given, with or without a slash at its end. */
function checkAudience(
  { isFhirBase }: Pick<ProviderParts, 'isFhirBase'>,
  value: string | undefined,
  client: Client,
): void {
  if (value === undefined) throw new errors.InvalidRequest('aud is missing: it is the FHIR base URL');
  if (!isFhirBase(value.replace(/\/$/, ''), String(client['tenant'])))
    throw new errors.InvalidRequest('aud is not the FHIR base URL of this server');
}

async function checkLaunch(found: Launches, value: string | undefined, client: Client): Promise<void> {
  if (value === undefined) return;
  const launch = await found.find(value);
  if (launch === undefined || launch.clientId !== client.clientId)
    throw new errors.InvalidRequest('launch is unknown, used, expired or of another client');
}

/** SMART App Launch 2.2, client-confidential-asymmetric: short assertions, and no keys from anywhere else. */
function checkAssertion(
  claims: Record<string, unknown>,
  header: Record<string, unknown>,
  client: Client,
): void {
  const { exp, sub } = claims;
  if (sub !== client.clientId) throw new errors.InvalidClientAuth('sub is not the client_id');
  if (typeof exp !== 'number' || exp > Date.now() / 1000 + 300 + 15)
    throw new errors.InvalidClientAuth('exp is more than five minutes away');
  const { jku } = header;
  if (jku !== undefined && jku !== client.jwksUri)
    throw new errors.InvalidClientAuth('jku is not the jwks_uri that is registered');
}

/** A client sees its own tokens; a resource server those of its tenant. */
async function mayIntrospect(_ctx: KoaContextWithOIDC, client: Client, token: unknown): Promise<boolean> {
  const { extra } = token as { extra?: { tenant?: string } };
  if (isOwn(client, token)) return true;
  return client['introspection'] === true && extra?.tenant === client['tenant'];
}

function isOwn(client: Client, token: unknown): boolean {
  return (token as { clientId?: string }).clientId === client.clientId;
}
