import type { Setting } from './setting.ts';

/** Another terminology server beside the terminology that is held here. */
export const terminologySettings = {
  TERMINOLOGY_SERVER: {
    type: 'text',
    default: '',
    doc: 'FHIR base of another terminology server, which is asked about codes and value sets that cannot be decided here. Empty: none. It gets codes, canonical URLs and text filters, never a resource of a patient.',
  },
  TERMINOLOGY_TIMEOUT_MILLISECONDS: {
    type: 'integer',
    default: '3000',
    range: [100, 60_000],
    doc: 'How long an answer of TERMINOLOGY_SERVER is waited for; without one the request is answered as if there were no such server.',
  },
  TERMINOLOGY_CACHE_MINUTES: {
    type: 'integer',
    default: '60',
    range: [0, 10_080],
    doc: 'How long an answer of TERMINOLOGY_SERVER is kept.',
  },
} as const satisfies Record<string, Setting>;
