import type { Setting } from './setting.ts';

const evidenceCodes = ['AN', 'CC', 'CE', 'CM', 'CN', 'CS', 'LE', 'PA', 'PC', 'TC', 'DC', 'AC', 'IE'] as const;

/** The matricule INS, the statuses of identities, and INSi. */
export const insSettings = {
  INSI_MODE: {
    type: 'choice',
    default: 'simulator',
    choices: ['off', 'simulator', 'real'],
    doc: 'INSi teleservice: none, the simulator on this server, or the endpoint of INSI_URL.',
  },
  INSI_URL: {
    type: 'text',
    default: '',
    doc: 'Endpoint of INSi in mode real: that of the qualification or of the production platform.',
  },
  INSI_IDAM: { type: 'text', default: '', doc: 'CNDA authorisation number of the software, sent to INSi.' },
  INSI_SENDER: {
    type: 'text',
    default: '',
    doc: 'Identifier of the structure (Emetteur): the OU of its certificate.',
  },
  INSI_CERTIFICATE: { type: 'text', default: '', doc: 'File of the PEM client certificate for mutual TLS.' },
  INSI_KEY: { type: 'text', default: '', doc: 'File of the PEM private key of INSI_CERTIFICATE.' },
  INSI_CA: {
    type: 'text',
    default: '',
    doc: 'File of the PEM certificates that the server of INSi must chain to (IGC-Santé is in no public store).',
  },
  INSI_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '60',
    range: [1, 300],
    doc: 'How long one call to INSi may take, in seconds.',
  },
  INSI_RETRY_SECONDS: {
    type: 'integer',
    default: '60',
    range: [1, 86_400],
    doc: 'Seconds between two attempts at a verification that waits for INSi as a Task.',
  },
  INSI_VERIFICATION: {
    type: 'choice',
    default: 'search',
    choices: ['search', 'unit', 'off'],
    doc: 'How an INS on record is verified: by a search compared here, where this server is the identity repository; by the unit verification of INSI_UNIT_CONTRACT; or not at all.',
  },
  INSI_UNIT_CONTRACT: {
    type: 'text',
    default: '',
    doc: 'JSON file with the names of the unit verification, whose contract is not public.',
  },
  INS_OIDS: {
    type: 'list',
    default: '1.2.250.1.213.1.4.8,1.2.250.1.213.1.4.9,1.2.250.1.213.1.4.10,1.2.250.1.213.1.4.11',
    doc: 'Assigning authorities accepted for a matricule INS; in production .8 and .9 alone.',
  },
  INS_KEYS: {
    type: 'choice',
    default: 'refuse',
    choices: ['refuse', 'accept'],
    doc: 'Whether a matricule whose key does not fit is refused with 422, or taken with a warning, as for data of partners. A wrong form is always refused, and what INSi gave always taken.',
  },
  INS_INCOHERENCE: {
    type: 'choice',
    default: 'accept',
    choices: ['accept', 'refuse'],
    doc: 'Whether a matricule in force that says otherwise than the record on sex or on year or month of birth is taken with a warning, or refused with 422, as for what users enter. What INSi gave is always taken.',
  },
  INS_STATUS_TRIGGER: {
    type: 'choice',
    default: 'VALI',
    choices: ['VALI', 'QUAL'],
    doc: 'FR Core identity status code of a qualified identity: VALI in 2.2.0, QUAL in its draft.',
  },
  INS_VALIDATING_EVIDENCE: {
    type: 'list',
    default: 'PA,CN,CS,AN,LE,DC,AC,IE,TC',
    choices: evidenceCodes,
    doc: 'Kinds of documents (validation modes of FR Core) that validate an identity.',
  },
  INS_QUALIFYING_EVIDENCE: {
    type: 'list',
    default: 'PA,CN,AN,LE',
    choices: evidenceCodes,
    doc: 'Kinds of documents that allow a validated identity to be qualified.',
  },
  INS_REVERIFY_AFTER_MONTHS: {
    type: 'integer',
    default: '36',
    range: [1, 120],
    doc: 'Months after which a verified identity is due for a new check.',
  },
  INS_DUPLICATES: {
    type: 'choice',
    default: 'accept',
    choices: ['accept', 'refuse'],
    doc: 'Whether two active patients may hold the same qualified matricule; in production: refuse.',
  },
} as const satisfies Record<string, Setting>;
