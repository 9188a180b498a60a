import type { Setting } from './setting.ts';

/** Who is let in, and the trace of what they do. */
export const accessSettings = {
  AUTH: {
    type: 'choice',
    default: 'off',
    choices: ['off', 'on'],
    doc: 'Whether callers of /fhir and /api log in. off is for a demonstration on this machine.',
  },
  OPEN_ACCESS: {
    type: 'choice',
    default: 'loopback',
    choices: ['loopback', 'network'],
    doc: 'Where a server without logins may listen: on the loopback address alone, or on a network, where whoever reaches it reads and changes everything.',
  },
  TENANTS_FILE: {
    type: 'text',
    default: '',
    doc: 'JSON file of the tenants, with their host names. Empty: one tenant.',
  },
  POLICY_FILE: {
    type: 'text',
    default: '',
    doc: 'JSON file of the access policy, which is read again whenever it changes. Empty: the policy of this project.',
  },
  AUDIT: {
    type: 'choice',
    default: 'auto',
    choices: ['auto', 'off', 'on'],
    doc: 'Whether every access leaves AuditEvents: reads, searches, writes, operations, logins and refusals; auto: where AUTH is on. Calls to INSi and erasures leave theirs in any case.',
  },
  AUDIT_SEAL_SECONDS: {
    type: 'integer',
    default: '120',
    range: [1, 86_400],
    doc: 'How old an AuditEvent is at least when it is sealed, and how often that is done, in seconds: longer than any write takes, and than the clocks of the servers of one database are apart.',
  },
  AUDIT_ACCESS_DAYS: {
    type: 'integer',
    default: '0',
    range: [0, 36_500],
    doc: 'How long sealed AuditEvents of reads, searches, writes and operations are kept, in days; 0: for ever.',
  },
  AUDIT_SECURITY_DAYS: {
    type: 'integer',
    default: '0',
    range: [0, 36_500],
    doc: 'The same for logins, tokens and refusals.',
  },
  AUDIT_IDENTITY_DAYS: {
    type: 'integer',
    default: '0',
    range: [0, 36_500],
    doc: 'The same for calls to INSi.',
  },
  AUDIT_DISCLOSURE_DAYS: {
    type: 'integer',
    default: '0',
    range: [0, 36_500],
    doc: 'The same for what was given to other organisations or taken from them.',
  },
  AUDIT_EVENTS_FROM_CLIENTS: {
    type: 'choice',
    default: 'refuse',
    choices: ['refuse', 'accept'],
    doc: 'Whether clients may create AuditEvents of their own. Nobody changes or deletes those that are there.',
  },
} as const satisfies Record<string, Setting>;
