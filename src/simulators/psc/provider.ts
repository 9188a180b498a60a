import type { SimulatedClient } from './clients.ts';
import type { SimulatedProfessional } from './people.ts';
import type { SimulatedSessions } from './sessions.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { PscSwitches } from './switches.ts';

/** What the endpoints of the simulator work with. */
export interface Provider {
  issuer: string;
  authorizationEndpoint: string;
  people: readonly SimulatedProfessional[];
  clients: () => readonly SimulatedClient[];
  sessions: SimulatedSessions;
  keys: SigningKeys;
  switches: () => PscSwitches;
  /** Seconds since 1970 of the clock of the tokens. */
  now: () => number;
}

/** The metadata that Pro Santé Connect publishes, with what Keycloak adds to them and nobody uses. */
export function metadata({ issuer, authorizationEndpoint }: Provider): Record<string, unknown> {
  const protocol = `${issuer}/protocol/openid-connect`;
  return {
    issuer,
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: `${protocol}/token`,
    introspection_endpoint: `${protocol}/token/introspect`,
    userinfo_endpoint: `${protocol}/userinfo`,
    end_session_endpoint: `${protocol}/logout`,
    jwks_uri: `${protocol}/certs`,
    revocation_endpoint: `${protocol}/revoke`,
    grant_types_supported: [
      'authorization_code',
      'implicit',
      'refresh_token',
      'password',
      'client_credentials',
    ],
    response_types_supported: ['code', 'none', 'id_token', 'token', 'id_token token', 'code id_token'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['public', 'pairwise'],
    acr_values_supported: ['0', '0'],
    id_token_signing_alg_values_supported: ['PS256', 'RS256', 'ES256', 'HS256', 'none'],
    userinfo_signing_alg_values_supported: ['PS256', 'RS256', 'ES256', 'HS256', 'none'],
    token_endpoint_auth_methods_supported: [
      'private_key_jwt',
      'client_secret_basic',
      'client_secret_post',
      'tls_client_auth',
      'client_secret_jwt',
    ],
    scopes_supported: [
      'openid',
      'profile',
      'email',
      'offline_access',
      'acr',
      'basic',
      'identity',
      'interop',
      'referentiel',
      'rpps',
      'scope_1',
      'scope_2',
      'scope_all',
      'eidas1',
      'eidas2',
    ],
    claims_supported: ['aud', 'sub', 'iss', 'auth_time', 'name', 'given_name', 'family_name', 'acr'],
    code_challenge_methods_supported: ['plain', 'S256'],
    tls_client_certificate_bound_access_tokens: true,
    authorization_response_iss_parameter_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  };
}
