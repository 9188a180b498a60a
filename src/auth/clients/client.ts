import type { ErrorObject } from 'ajv';
import { FhirError, type Issue } from '../../fhir/error.ts';
import { JsonCheck } from '../../json-schema/json-check.ts';

/** How a client proves who it is at the token endpoint (RFC 7591; SMART App Launch 2.2, client authentication). */
type AuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials';

/** What is registered of a client: the metadata of RFC 7591, and what SMART App Launch adds. */
export interface ClientMetadata {
  client_id?: string;
  client_name: string;
  client_uri?: string;
  contacts?: string[];
  redirect_uris?: string[];
  grant_types: GrantType[];
  token_endpoint_auth_method: AuthenticationMethod;
  jwks?: { keys: Record<string, unknown>[] };
  jwks_uri?: string;
  /** The scopes that the client may be granted, by spaces: it covers each that asks for no more than one of these. */
  scope: string;
  /** Where an EHR launch opens the app. */
  launch_uri?: string;
  /** The client is an EHR: it may open launches of other clients. */
  launch_host?: boolean;
  /** The client is a resource server: it may introspect the tokens of its tenant. */
  introspection?: boolean;
  dpop_bound_access_tokens?: boolean;
  tls_client_certificate_bound_access_tokens?: boolean;
  /** The tenant whose data the client is for; absent: the first. */
  tenant?: string;
}

/** A registered client. */
export interface Client extends ClientMetadata {
  client_id: string;
  tenant: string;
  /** Seconds since 1970 UTC. */
  client_id_issued_at: number;
  /** SHA-256 of the secret, base64url. */
  client_secret_hash?: string;
}

const text = { type: 'string', minLength: 1, maxLength: 200 };
const address = { type: 'string', minLength: 1, maxLength: 2000 };

/** The metadata that are understood here. */
const properties = {
  client_id: { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' },
  client_name: text,
  client_uri: address,
  contacts: { type: 'array', items: text, maxItems: 10 },
  redirect_uris: { type: 'array', items: address, minItems: 1, maxItems: 50, uniqueItems: true },
  grant_types: {
    type: 'array',
    items: { enum: ['authorization_code', 'refresh_token', 'client_credentials'] },
    minItems: 1,
    uniqueItems: true,
  },
  token_endpoint_auth_method: {
    enum: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  },
  jwks: {
    type: 'object',
    required: ['keys'],
    properties: {
      keys: {
        type: 'array',
        minItems: 1,
        maxItems: 20,
        items: {
          type: 'object',
          required: ['kty'],
          properties: { kty: { enum: ['RSA', 'EC'] } },
          // A private or symmetric key must never leave the client.
          not: { anyOf: ['d', 'k', 'p', 'q'].map((name) => ({ required: [name] })) },
        },
      },
    },
  },
  jwks_uri: address,
  scope: { type: 'string', minLength: 1, maxLength: 4000 },
  launch_uri: address,
  launch_host: { type: 'boolean' },
  introspection: { type: 'boolean' },
  dpop_bound_access_tokens: { type: 'boolean' },
  tls_client_certificate_bound_access_tokens: { type: 'boolean' },
  tenant: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
};

const check = new JsonCheck<ClientMetadata>({
  type: 'object',
  required: ['client_name', 'grant_types', 'token_endpoint_auth_method', 'scope'],
  properties,
});

/**
 * Metadata that are not understood are ignored (RFC 7591, 2), but for these: a client that asks for one of them would
 * take itself for better protected than it is.
 */
const protections: readonly string[] = [
  'client_secret',
  'backchannel_logout_uri',
  'frontchannel_logout_uri',
  'id_token_encrypted_response_alg',
  'introspection_encrypted_response_alg',
  'request_object_encryption_alg',
  'request_object_signing_alg',
  'require_pushed_authorization_requests',
  'require_signed_request_object',
];

export interface ClientRules {
  /** Origins of the key servers that a `jwks_uri` may name. */
  jwksOrigins: readonly string[];
  isScope(text: string): boolean;
}

/**
 * The metadata of a client that is to be registered, without those that are not understood.
 * @throws FhirError 400 with an issue for each property at fault
 */
export function readClient(given: unknown, rules: ClientRules): ClientMetadata {
  if (!check.accepts(given)) throw new FhirError(400, check.errors.map(issueOf));
  const issues = [...inconsistencies(given, rules)].map(
    ([expression, diagnostics]): Issue => ({ severity: 'error', code: 'value', diagnostics, expression }),
  );
  if (issues.length > 0) throw new FhirError(400, issues);
  const understood = Object.entries(given).filter(([name]) => Object.hasOwn(properties, name));
  return Object.fromEntries(understood) as unknown as ClientMetadata;
}

function issueOf({ instancePath, params, message = 'is not valid' }: ErrorObject): Issue {
  const { missingProperty: name } = params as Record<string, string | undefined>;
  const path = instancePath.slice(1).replaceAll('/', '.');
  const expression = name === undefined ? path : [path, name].filter((each) => each !== '').join('.');
  return {
    severity: 'error',
    code: name === undefined ? 'value' : 'required',
    diagnostics: `The client ${message}`,
    ...(expression === '' ? {} : { expression }),
  };
}

function* inconsistencies(
  client: ClientMetadata,
  { jwksOrigins, isScope }: ClientRules,
): Generator<[property: string, diagnostics: string]> {
  const { token_endpoint_auth_method: method, redirect_uris = [], jwks, jwks_uri } = client;
  const grants = new Set(client.grant_types);
  if (grants.has('authorization_code') !== redirect_uris.length > 0)
    yield ['redirect_uris', 'redirect_uris go with the grant type authorization_code'];
  if (grants.has('refresh_token') && !grants.has('authorization_code'))
    yield ['grant_types', 'refresh_token goes with the grant type authorization_code'];
  if (grants.has('client_credentials') && method !== 'private_key_jwt')
    yield ['token_endpoint_auth_method', 'client_credentials needs private_key_jwt (SMART Backend Services)'];
  if ((method === 'private_key_jwt') !== (jwks !== undefined || jwks_uri !== undefined))
    yield ['jwks', 'private_key_jwt goes with jwks or jwks_uri'];
  if (jwks !== undefined && jwks_uri !== undefined)
    yield ['jwks_uri', 'jwks and jwks_uri exclude each other'];
  if (jwks_uri !== undefined && !jwksOrigins.includes(originOf(jwks_uri)))
    yield ['jwks_uri', 'The origin of jwks_uri is not among those of SMART_JWKS_ORIGINS'];
  if (client.dpop_bound_access_tokens && client.tls_client_certificate_bound_access_tokens)
    yield ['dpop_bound_access_tokens', 'Tokens are bound to a key of DPoP or to a certificate, not to both'];
  for (const [index, uri] of redirect_uris.entries()) {
    if (!isRedirectUri(uri))
      yield [`redirect_uris[${index}]`, 'A redirect URI is https, or http on loopback'];
  }
  if (client.launch_uri !== undefined && !isRedirectUri(client.launch_uri))
    yield ['launch_uri', 'launch_uri is https, or http on loopback'];
  for (const name of protections) {
    if ((client as unknown as Record<string, unknown>)[name]) yield [name, `${name} is not offered here`];
  }
  const unknown = client.scope.split(' ').filter((each) => !isScope(each));
  if (unknown.length > 0) yield ['scope', `These are no SMART scopes: ${unknown.join(', ')}`];
}

function originOf(uri: string): string {
  return URL.parse(uri)?.origin ?? '';
}

/** Exact addresses without fragment: what follows is compared as a text (RFC 9700 4.1.3). */
function isRedirectUri(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.includes('#') || text.includes('*') || url.username !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
}
