import type { Setting } from './setting.ts';

/** Identifiers of professionals, and Pro Santé Connect. */
export const professionalsSettings = {
  PROFESSIONAL_KEYS: {
    type: 'choice',
    default: 'refuse',
    choices: ['refuse', 'accept'],
    doc: 'Whether an RPPS, FINESS, SIREN or SIRET whose control key does not fit is refused with 422, or taken with a warning, as for the test data of the ANS. A wrong form is always refused.',
  },
  PSC_MODE: {
    type: 'choice',
    default: 'simulator',
    choices: ['off', 'simulator', 'real'],
    doc: 'Pro Santé Connect: none, the simulator on this server, or the environment of PSC_ENVIRONMENT. With none and AUTH on, back ends alone are let in.',
  },
  PSC_ENVIRONMENT: {
    type: 'choice',
    default: 'bas',
    choices: ['bas', 'production'],
    doc: 'Environment of Pro Santé Connect in mode real: the sandbox (bac à sable) or production.',
  },
  PSC_ISSUER: {
    type: 'text',
    default: '',
    doc: 'Issuer of Pro Santé Connect. Empty: that of PSC_ENVIRONMENT.',
  },
  PSC_DISCOVERY_URL: {
    type: 'text',
    default: '',
    doc: 'Where the metadata of Pro Santé Connect are read. Empty: below the issuer, at .well-known/wallet-openid-configuration.',
  },
  PSC_AUTHORIZATION_ENDPOINT: {
    type: 'text',
    default: '',
    doc: 'Takes the place of the authorization endpoint of the metadata. With PSC_TOKEN_ENDPOINT, PSC_USERINFO_ENDPOINT and PSC_JWKS_URI no metadata are read.',
  },
  PSC_TOKEN_ENDPOINT: {
    type: 'text',
    default: '',
    doc: 'Takes the place of the token endpoint of the metadata.',
  },
  PSC_USERINFO_ENDPOINT: {
    type: 'text',
    default: '',
    doc: 'Takes the place of the UserInfo endpoint of the metadata.',
  },
  PSC_JWKS_URI: {
    type: 'text',
    default: '',
    doc: 'Takes the place of the address of the keys in the metadata.',
  },
  PSC_END_SESSION_ENDPOINT: {
    type: 'text',
    default: '',
    doc: 'Takes the place of the logout endpoint of the metadata.',
  },
  PSC_CLIENT_ID: { type: 'text', default: '', doc: 'Identifier of this service at Pro Santé Connect.' },
  PSC_CLIENT_AUTHENTICATION: {
    type: 'choice',
    default: 'client_secret_post',
    choices: ['client_secret_post', 'client_secret_basic', 'tls_client_auth'],
    doc: 'How this service authenticates at Pro Santé Connect: by its secret, or by the certificate of PSC_CERTIFICATE.',
  },
  PSC_CLIENT_SECRET: {
    type: 'text',
    default: '',
    secret: true,
    doc: 'Secret of this service at Pro Santé Connect.',
  },
  PSC_CLIENT_SECRET_NEXT: {
    type: 'text',
    default: '',
    secret: true,
    doc: 'The secret that will take the place of PSC_CLIENT_SECRET: it is tried when that one is refused.',
  },
  PSC_CERTIFICATE: {
    type: 'text',
    default: '',
    doc: 'File of the PEM client certificate (ORG AUTH_CLI) for mutual TLS with Pro Santé Connect.',
  },
  PSC_KEY: { type: 'text', default: '', doc: 'File of the PEM private key of PSC_CERTIFICATE.' },
  PSC_CA: {
    type: 'text',
    default: '',
    doc: 'File of the PEM certificates that Pro Santé Connect must chain to. Empty: those that Node.js trusts.',
  },
  PSC_SCOPE: {
    type: 'text',
    default: 'openid scope_all',
    doc: 'Scopes that are asked of Pro Santé Connect, with spaces between.',
  },
  PSC_IDP_HINT: {
    type: 'text',
    default: '',
    doc: 'Value given by the ANS (kc_idp_hint) for the identity provider of the establishment, which Pro Santé Connect then delegates logins to. Empty: none.',
  },
  PSC_LEAST_ACR: {
    type: 'choice',
    default: 'eidas1',
    choices: ['eidas1', 'eidas2', 'eidas3'],
    doc: 'Least level of assurance of a login; a token that names none that is known counts as eidas1.',
  },
  PSC_REDIRECT_URIS: {
    type: 'list',
    default: '',
    doc: 'Where Pro Santé Connect may send the browser back to, exactly as registered; the first is that of this server. Empty: its own /login/callback.',
  },
  PSC_POST_LOGOUT_REDIRECT_URI: {
    type: 'text',
    default: '',
    doc: 'Where Pro Santé Connect sends the browser after a logout, exactly as registered. Empty: its own page.',
  },
  PSC_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '10',
    range: [1, 60],
    doc: 'How long one call to Pro Santé Connect may take, in seconds.',
  },
  PSC_API: {
    type: 'choice',
    default: 'off',
    choices: ['off', 'introspection', 'keys'],
    doc: 'Whether access tokens of Pro Santé Connect are taken on the API: judged by its introspection endpoint, or by its keys alone, which show no logout. AUTH must be on.',
  },
  PSC_API_CLIENTS: {
    type: 'list',
    default: '',
    doc: 'Clients of Pro Santé Connect (azp) whose access tokens are taken on the API.',
  },
  PSC_INTROSPECTION_ENDPOINT: {
    type: 'text',
    default: '',
    doc: 'Takes the place of the introspection endpoint of the metadata.',
  },
  PSC_ADMINISTRATORS: {
    type: 'list',
    default: '',
    doc: 'Professionals who may choose to act as an administrator after their login: an RPPS or a national identifier each, for the first tenant, or IDENTIFIER@TENANT for another one.',
  },
  PSC_ROLES: {
    type: 'text',
    default: '',
    doc: 'JSON file with the table from professions and activities to roles. Empty: the table of docs/pro-sante-connect.md.',
  },
} as const satisfies Record<string, Setting>;
