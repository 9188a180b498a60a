import type { Setting } from './setting.ts';

/** What the API lets callers do, and whom it believes. */
export const apiSettings = {
  CONDITIONAL_DELETE: {
    type: 'choice',
    default: 'single',
    choices: ['single', 'multiple'],
    doc: 'Whether a conditional delete that several resources match deletes them all, or is refused with 412.',
  },
  REFERENCE_CHECK: {
    type: 'choice',
    default: 'off',
    choices: ['off', 'exists'],
    doc: 'Whether a reference to this server must lead to a resource when it is written; else the write is refused with 422.',
  },
  DELETE_PROTECTION: {
    type: 'choice',
    default: 'off',
    choices: ['off', 'referenced'],
    doc: 'Whether the deletion of a resource that others refer to is refused with 409.',
  },
  ERASURE: {
    type: 'choice',
    default: 'on',
    choices: ['on', 'off'],
    doc: 'Whether the operation $erase is offered, which erases personal data with their history (RGPD, article 17).',
  },
  EXPLAIN: {
    type: 'choice',
    default: 'off',
    choices: ['off', 'on'],
    doc: 'Whether the operation $explain is offered, which tells operators how a search runs, without its values.',
  },
  CORS_ORIGINS: {
    type: 'origins',
    default: '',
    doc: 'Origins of the browser applications that may call the API, such as https://app.hospital.example. Empty: none but the pages of this machine while the server listens on loopback alone, outside of production.',
  },
  SMART_JWKS_ORIGINS: {
    type: 'origins',
    default: '',
    doc: 'Origins of the key servers that the jwks_uri of a client may name, such as https://keys.hospital.example; no other is called.',
  },
  TRUSTED_PROXIES: {
    type: 'networks',
    default: '',
    doc: 'IP addresses of the reverse proxies whose headers are believed, or their networks such as 10.1.2.0/24, by comma.',
  },
  CALLER_REQUESTS_PER_MINUTE: {
    type: 'integer',
    default: '0',
    range: [0, 10_000_000],
    doc: 'Most requests a minute to /fhir, /api, /launch and /oauth of one caller: the user or back end that logged in, else the address. One beyond it is refused with 429; 0: no limit.',
  },
  TENANT_REQUESTS_PER_MINUTE: {
    type: 'integer',
    default: '0',
    range: [0, 100_000_000],
    doc: 'The same for all callers of a tenant together.',
  },
  CLIENT_CERTIFICATE_HEADER: {
    type: 'text',
    default: '',
    doc: 'Header in which a trusted proxy passes the client certificate of mutual TLS on, PEM (percent encoded or not) or base64. Empty: none is taken.',
  },
} as const satisfies Record<string, Setting>;
