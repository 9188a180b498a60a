import { createRemoteJWKSet, type JWTVerifyGetKey, customFetch as keysFetch } from 'jose';
import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  type CustomFetch,
  clockTolerance,
  customFetch,
  discovery,
  type ServerMetadata,
  TlsClientAuth,
} from 'openid-client';
import { createClientSecrets } from './client-secrets.ts';
import type { PscEndpoints, PscSettings } from './settings.ts';
import { createTransport } from './transport.ts';

/** Pro Santé Connect as its metadata and the settings describe it. */
export interface PscConnection {
  configuration: Configuration;
  /** Its signing keys, read anew when one is not known. */
  keys: JWTVerifyGetKey;
}

/** Seconds that the clocks of Pro Santé Connect and of this server may differ by. */
export const clockToleranceSeconds = 30;

/** The one algorithm that Pro Santé Connect signs with; those that its metadata name beside are not accepted. */
export const signingAlgorithm = 'RS256';

/** Milliseconds after which the metadata are read anew. */
const metadataAge = 60 * 60_000;

/**
 * Opens the connection at its first use and keeps it for an hour; one that failed is tried again at the next use.
 * @returns what rejects with PscUnavailable, or with an Error when the metadata are of another issuer
 */
export function pscConnections(settings: PscSettings): () => Promise<PscConnection> {
  const client = clientOf(settings);
  let current: { connection: Promise<PscConnection>; openedAt: number } | undefined;
  return () => {
    if (current === undefined || Date.now() - current.openedAt > metadataAge) {
      const opened = { connection: connect(settings, client), openedAt: Date.now() };
      current = opened;
      opened.connection.catch(() => {
        if (current === opened) current = undefined;
      });
    }
    return current.connection;
  };
}

interface Client {
  authentication: ClientAuth;
  call: CustomFetch;
}

/** Lives longer than a connection: it knows which secret works. */
function clientOf(settings: PscSettings): Client {
  const call = createTransport(settings);
  const { authentication, clientId } = settings;
  if (authentication.method === 'tls_client_auth') return { authentication: TlsClientAuth(), call };
  const secrets = createClientSecrets(clientId, authentication.method, authentication.secrets);
  return { authentication: secrets.authenticate, call: secrets.retrying(call) };
}

async function connect(settings: PscSettings, client: Client): Promise<PscConnection> {
  const { clientId, limits } = settings;
  const server: ServerMetadata = {
    ...(await discovered(settings, client)),
    ...given(settings.endpoints),
    issuer: settings.issuer,
    // `iss` is checked when the callback holds it, and not asked for: older versions of Keycloak do not send it.
    authorization_response_iss_parameter_supported: false,
  };
  const configuration = new Configuration(server, clientId, clientMetadata, client.authentication);
  configuration[customFetch] = client.call;
  configuration.timeout = limits.timeoutMs / 1000;
  if (settings.issuer.startsWith('http:')) allowInsecureRequests(configuration);
  if (server.jwks_uri === undefined) throw new Error('The metadata of Pro Santé Connect hold no jwks_uri');
  return {
    configuration,
    keys: createRemoteJWKSet(new URL(server.jwks_uri), {
      [keysFetch]: client.call as typeof fetch,
      cooldownDuration: limits.keysCooldownMs,
      timeoutDuration: limits.timeoutMs,
    }),
  };
}

const clientMetadata = {
  id_token_signed_response_alg: signingAlgorithm,
  [clockTolerance]: clockToleranceSeconds,
};

async function discovered(settings: PscSettings, { call, authentication }: Client): Promise<object> {
  const { authorization, token, userInfo, keys } = settings.endpoints;
  if (authorization && token && userInfo && keys) return {};
  const found = await discovery(
    new URL(settings.discoveryUrl),
    settings.clientId,
    clientMetadata,
    authentication,
    {
      [customFetch]: call,
      timeout: settings.limits.timeoutMs / 1000,
      execute: settings.discoveryUrl.startsWith('http:') ? [allowInsecureRequests] : [],
    },
  );
  const { supportsPKCE: _, ...metadata } = found.serverMetadata();
  // For a document that is not at the standard path the library leaves this comparison out.
  if (metadata.issuer !== settings.issuer) {
    throw new Error('The metadata of Pro Santé Connect are of another issuer than that of the settings');
  }
  return metadata;
}

function given(endpoints: PscEndpoints): Partial<ServerMetadata> {
  const named = {
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
    userinfo_endpoint: endpoints.userInfo,
    jwks_uri: endpoints.keys,
    end_session_endpoint: endpoints.endSession,
    introspection_endpoint: endpoints.introspection,
  };
  return Object.fromEntries(Object.entries(named).filter(([, url]) => url !== undefined && url !== ''));
}
