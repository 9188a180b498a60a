import type { Setting } from './setting.ts';

/** Where the server listens and is reached, and its certificate. */
export const networkSettings = {
  HOST: { type: 'text', default: '127.0.0.1', doc: 'Address to listen on.' },
  PORT: {
    type: 'integer',
    default: '3000',
    range: [0, 65_535],
    doc: 'Port to listen on; 0 takes a free one.',
  },
  BASE_URL: {
    type: 'origin',
    default: '',
    doc: 'Public URL of the server; the FHIR base is this with /fhir. Empty: http://HOST:PORT, https where TLS ends in this process.',
  },
  TLS_CERTIFICATE: {
    type: 'text',
    default: '',
    doc: 'File of the PEM certificate of the server, followed by those of the authorities between it and the root. With it TLS ends in this process. Read again when it changes, and on SIGHUP.',
  },
  TLS_KEY: { type: 'text', default: '', doc: 'File of the PEM private key of TLS_CERTIFICATE.' },
  TLS_CLIENT_CA: {
    type: 'text',
    default: '',
    doc: 'File of the PEM certificates that client certificates must chain to. With it clients are asked for theirs (mutual TLS), to which tokens can be bound.',
  },
} as const satisfies Record<string, Setting>;
