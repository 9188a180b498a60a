import type { RequestHandler } from 'express';
import type { CapabilityStatementRestSecurity } from 'fhir/r4.d.ts';
import { namedScopes } from '../../access/scopes.ts';

/** The authorization server of a server. */
export interface AuthorizationServer {
  /** Public URL without path. */
  origin: string;
  /** False where it is for back ends alone: there are no apps and no pages then. */
  hasLogins: boolean;
}

/** What SMART apps need to know before they ask for anything (SMART App Launch 2.2, conformance.html). */
function smartConfiguration({ origin, hasLogins }: AuthorizationServer) {
  const issuer = `${origin}/oauth`;
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    ...(hasLogins ? { authorization_endpoint: `${issuer}/authorize` } : {}),
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    grant_types_supported: [
      ...(hasLogins ? ['authorization_code', 'refresh_token'] : []),
      'client_credentials',
    ],
    response_types_supported: hasLogins ? ['code'] : [],
    token_endpoint_auth_methods_supported: hasLogins
      ? ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
      : ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: hasLogins
      ? [...namedScopes, 'patient/*.cruds', 'user/*.cruds', 'system/*.cruds']
      : ['system/*.cruds'],
    capabilities: [
      ...(hasLogins ? ofApps : []),
      'client-confidential-asymmetric',
      'permission-v1',
      'permission-v2',
    ],
  };
}

/** Capabilities that need a user. */
const ofApps = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'sso-openid-connect',
  'context-banner',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
];

/** `GET /fhir/.well-known/smart-configuration`, for the pages of any origin. */
export function smartConfigurationRoute(server: AuthorizationServer): RequestHandler {
  const body = JSON.stringify(smartConfiguration(server));
  return (request, response) => {
    response.set({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
      'Access-Control-Allow-Headers': request.headers['access-control-request-headers'] ?? 'Accept',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    if (request.method === 'OPTIONS') response.status(204).end();
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      response.status(405).set('Allow', 'GET').end();
    else response.type('application/json').send(body);
  };
}

const uris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** The security of a CapabilityStatement, for apps of SMART App Launch 1. */
export function smartSecurity({ origin, hasLogins }: AuthorizationServer): CapabilityStatementRestSecurity {
  const issuer = `${origin}/oauth`;
  return {
    extension: [
      {
        url: uris,
        extension: [
          ...(hasLogins ? [{ url: 'authorize', valueUri: `${issuer}/authorize` }] : []),
          { url: 'token', valueUri: `${issuer}/token` },
          { url: 'introspect', valueUri: `${issuer}/introspect` },
          { url: 'revoke', valueUri: `${issuer}/revoke` },
        ],
      },
    ],
    cors: true,
    service: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
            code: 'SMART-on-FHIR',
          },
        ],
      },
    ],
  };
}
