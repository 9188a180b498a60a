import type { IncomingMessage } from 'node:http';
import type { AccessToken, ClientCredentials, Provider } from 'oidc-provider';
import type { Actor } from '../../access/actor.ts';
import { parseScopes } from '../../access/scopes.ts';
import { type FhirError, fhirError } from '../../fhir/error.ts';
import type { ExpiringStore } from '../../store/contract.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import type { Accounts } from '../sessions/accounts.ts';
import type { Logins } from '../sessions/logins.ts';
import { type CertificateOf, certificateThumbprint, clientCertificate } from './client-certificate.ts';
import { dpopAlgorithms, verifyProof } from './dpop.ts';
import type { GrantContext } from './grant-context.ts';

/**
 * Milliseconds that a token is taken for what it was when it was last looked up: a revocation on another server shows
 * after that time, one on this server at once.
 */
const cacheTime = 2_000;

/** Tokens that are remembered at most. */
const cacheSize = 10_000;

export interface AuthenticationParts {
  provider: Provider;
  fhirBase: string;
  expiring: ExpiringStore;
  clients: ClientRegistry;
  accounts: Accounts;
  logins: Logins;
  certificateOf: CertificateOf;
  /** Judges a signed token, which is none of ours; absent where such tokens are not taken. */
  signedTokens?: (token: string, request: IncomingMessage) => Promise<Actor>;
}

/** A token that was looked up. */
interface Known {
  actor: Actor;
  /** Milliseconds since 1970 UTC. */
  endsAt: number;
  checkedAt: number;
  /** Thumbprints of the key or the certificate that the token is bound to. */
  jkt?: string;
  x5t?: string;
}

/** Tells who asks, by the token of a request. */
export interface Authenticator {
  /**
   * @param address absolute URL of the request, without query
   * @throws FhirError 401 without a token, or with one that does not hold
   */
  authenticate(request: IncomingMessage, address: string): Promise<Actor>;
}

/** Authenticates by the opaque tokens of the authorization server, which runs in this process. */
export function createAuthenticator(parts: AuthenticationParts): Authenticator {
  const { provider, expiring, certificateOf } = parts;
  const known = new Map<string, Known>();
  const forget = () => known.clear();
  provider.on('access_token.destroyed', forget);
  provider.on('client_credentials.destroyed', forget);
  provider.on('grant.revoked', forget);
  provider.on('end_session.success', forget);
  return {
    async authenticate(request, address) {
      const { scheme, token } = readAuthorization(request);
      if (parts.signedTokens !== undefined && token.includes('.')) return parts.signedTokens(token, request);
      const found = recall(known, token) ?? (await lookUp(parts, token));
      if (found === undefined) throw unauthorized(scheme, 'The access token is unknown, expired or revoked');
      remember(known, token, found);
      if ((found.jkt !== undefined) !== (scheme === 'DPoP'))
        throw unauthorized(scheme, 'The access token is of the other scheme of DPoP and Bearer');
      if (found.jkt !== undefined) {
        const { headers, method = '' } = request;
        const proof = { proof: headers['dpop'], method, address, token, thumbprint: found.jkt };
        const problem = await verifyProof(expiring, proof);
        if (problem !== undefined) throw unauthorized('DPoP', problem, 'invalid_dpop_proof');
      }
      if (found.x5t !== undefined) {
        const certificate = clientCertificate(certificateOf, request);
        if (certificate === undefined || certificateThumbprint(certificate) !== found.x5t)
          throw unauthorized(scheme, 'The access token is bound to another client certificate');
      }
      return found.actor;
    },
  };
}

type Scheme = 'Bearer' | 'DPoP';

/** @throws FhirError 401 without a token */
function readAuthorization({ headers }: IncomingMessage): { scheme: Scheme; token: string } {
  const match = /^(Bearer|DPoP) +([A-Za-z0-9\-._~+/]+=*)$/i.exec(headers.authorization ?? '');
  if (match === null) {
    if (headers.authorization !== undefined)
      throw unauthorized('Bearer', 'The header Authorization holds no token');
    throw fhirError(401, 'login', 'An access token is needed', undefined, {
      'WWW-Authenticate': 'Bearer realm="fhir"',
    });
  }
  const scheme = match[1]?.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
  return { scheme, token: match[2] ?? '' };
}

function unauthorized(scheme: Scheme, diagnostics: string, error = 'invalid_token'): FhirError {
  const algorithms = scheme === 'DPoP' ? `, algs="${dpopAlgorithms.join(' ')}"` : '';
  const challenge = `${scheme} realm="fhir", error="${error}", error_description="${diagnostics}"${algorithms}`;
  return fhirError(401, 'login', diagnostics, undefined, { 'WWW-Authenticate': challenge });
}

function recall(known: Map<string, Known>, token: string): Known | undefined {
  const found = known.get(token);
  const now = Date.now();
  return found !== undefined && found.endsAt > now && found.checkedAt + cacheTime > now ? found : undefined;
}

function remember(known: Map<string, Known>, token: string, found: Known): void {
  if (known.has(token) && known.get(token) === found) return;
  if (known.size >= cacheSize) known.delete(known.keys().next().value ?? '');
  known.set(token, found);
}

async function lookUp(parts: AuthenticationParts, token: string): Promise<Known | undefined> {
  const { provider, clients, fhirBase } = parts;
  const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
  if (found === undefined || !found.isValid || ![found.aud].flat().includes(fhirBase)) return undefined;
  const client = await clients.find(found.clientId ?? '');
  if (client === undefined) return undefined;
  const actor =
    'accountId' in found
      ? await userOf(parts, found as AccessToken, client.tenant)
      : backendOf(found as ClientCredentials, client.tenant, provider.issuer);
  if (actor === undefined) return undefined;
  const jkt = found['jkt'];
  const x5t = found['x5t#S256'];
  return {
    actor: {
      ...actor,
      clientId: client.client_id,
      scopes: parseScopes(found.scope ?? ''),
      tokenReference: token.slice(-32),
    },
    endsAt: (found.exp ?? 0) * 1000,
    checkedAt: Date.now(),
    ...(typeof jkt === 'string' ? { jkt } : {}),
    ...(typeof x5t === 'string' ? { x5t } : {}),
  };
}

async function userOf(
  { accounts, logins }: AuthenticationParts,
  { accountId, extra, scopes, ...token }: AccessToken,
  tenant: string,
): Promise<Actor | undefined> {
  const account = await accounts.find(accountId);
  const context = extra as unknown as GrantContext | undefined;
  if (account?.tenant !== tenant || context?.tenant !== tenant) return undefined;
  const { sessionUid } = token as { sessionUid?: string };
  if (!scopes.has('offline_access') && !(await logins.isLive(sessionUid ?? ''))) return undefined;
  const { patient, encounter, role, organization } = context;
  return {
    kind: account.fhirUser.startsWith('Patient/') ? 'patient' : 'professional',
    tenant,
    subject: { issuer: account.issuer, value: account.subject },
    fhirUser: account.fhirUser,
    ...(organization === undefined ? {} : { organization }),
    roles: role === undefined ? [] : [role],
    context: {
      ...(patient === undefined ? {} : { patient }),
      ...(encounter === undefined ? {} : { encounter }),
    },
  };
}

function backendOf({ clientId }: ClientCredentials, tenant: string, issuer: string): Actor {
  return {
    kind: 'system',
    tenant,
    subject: { issuer, value: clientId ?? '' },
    roles: ['system'],
    context: {},
  };
}
