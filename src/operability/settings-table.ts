/** One setting of the server. */
export interface Setting {
  type: 'text' | 'integer' | 'choice' | 'list' | 'origin' | 'origins';
  default: string;
  choices?: readonly string[];
  /** Bounds of an integer, both included. */
  range?: readonly [least: number, most: number];
  secret?: true;
  doc: string;
}

const evidenceCodes = ['AN', 'CC', 'CE', 'CM', 'CN', 'CS', 'LE', 'PA', 'PC', 'TC', 'DC', 'AC', 'IE'] as const;

/**
 * Every setting, by the name of its environment variable: the only source of parsing, help, .env.example and
 * docs/settings.md.
 */
export const settingsTable = {
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
    doc: 'Public URL of the server; the FHIR base is this with /fhir. Empty: http://HOST:PORT.',
  },
  DATA_DIR: { type: 'text', default: './data', doc: 'Folder of the embedded store.' },
  MONGODB_URI: {
    type: 'text',
    default: '',
    secret: true,
    doc: 'Connection string of a MongoDB replica set or sharded cluster (mongodb:// or mongodb+srv://), with its credentials, TLS and authentication mechanism. Empty: the embedded store.',
  },
  MONGODB_DATABASE: {
    type: 'text',
    default: '',
    doc: 'Name of the database. Empty: that of MONGODB_URI, or passerelle.',
  },
  MONGODB_CA_FILE: {
    type: 'text',
    default: '',
    doc: 'File of the PEM certificates that the MongoDB servers must chain to.',
  },
  MONGODB_CERTIFICATE_FILE: {
    type: 'text',
    default: '',
    doc: 'File of the PEM certificate of this client and its key, for MongoDB servers that ask for one (X.509).',
  },
  MONGODB_POOL_SIZE: {
    type: 'integer',
    default: '100',
    range: [1, 10_000],
    doc: 'Most connections to each MongoDB server.',
  },
  MONGODB_POOL_SIZE_LEAST: {
    type: 'integer',
    default: '0',
    range: [0, 10_000],
    doc: 'Connections to each MongoDB server that are kept open.',
  },
  MONGODB_CALL_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '10',
    range: [1, 600],
    doc: 'How long one read or write of MongoDB by its key may take, in seconds.',
  },
  MONGODB_COMMIT_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '30',
    range: [1, 600],
    doc: 'How long one transaction of MongoDB may take with all its attempts, in seconds.',
  },
  MONGODB_SELECTION_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '10',
    range: [1, 600],
    doc: 'How long a call waits for a MongoDB server that can take it, such as a new primary, in seconds.',
  },
  MONGODB_MIGRATION_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '600',
    range: [1, 86_400],
    doc: 'How long a start waits for another process that migrates the database, in seconds.',
  },
  MONGODB_SEARCH_PREFERENCE: {
    type: 'choice',
    default: 'primary',
    choices: ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'],
    doc: 'Which MongoDB servers searches read; any but primary may miss the last writes.',
  },
  NODE_ENV: {
    type: 'choice',
    default: 'development',
    choices: ['development', 'test', 'production'],
    doc: 'In production the server refuses to start on settings made for demonstration.',
  },
  FHIR_PACKAGES: {
    type: 'text',
    default: '',
    doc: 'FHIR packages (.tgz files or the folders of such), by comma, whose active SearchParameters the server offers.',
  },
  LOG_LEVEL: {
    type: 'choice',
    default: 'info',
    choices: ['error', 'warn', 'info', 'debug'],
    doc: 'Least severe level that is logged.',
  },
  SEED: {
    type: 'choice',
    default: 'demo',
    choices: ['demo', 'none'],
    doc: 'Data loaded once into an empty store: a small French hospital, or nothing.',
  },
  MAX_BODY_BYTES: {
    type: 'integer',
    default: '52428800',
    range: [1024, 1_073_741_824],
    doc: 'Largest request body in bytes; a longer one is refused with 413.',
  },
  MAX_URL_BYTES: {
    type: 'integer',
    default: '16384',
    range: [1024, 1_048_576],
    doc: 'Longest URL in bytes; a longer one is refused with 414: a long search is sent by POST to _search.',
  },
  MAX_HEADER_BYTES: {
    type: 'integer',
    default: '32768',
    range: [2048, 2_097_152],
    doc: 'Largest head of a request, its URL and headers, in bytes; a larger one is refused with 431.',
  },
  MAX_NESTING_LEVELS: {
    type: 'integer',
    default: '64',
    range: [16, 64],
    doc: 'Deepest nesting of a JSON or XML body, in levels; a deeper one is refused with 400.',
  },
  MAX_BUNDLE_ENTRIES: {
    type: 'integer',
    default: '10000',
    range: [1, 100_000],
    doc: 'Most entries of a batch or transaction; one of more is refused with 413.',
  },
  MAX_PAGE_RESOURCES: {
    type: 'integer',
    default: '1000',
    range: [1, 10_000],
    doc: 'Most matches on a page of a search and versions on a page of a history; a larger _count is lowered to it, and the self link tells.',
  },
  MAX_INCLUDED_RESOURCES: {
    type: 'integer',
    default: '1000',
    range: [1, 10_000],
    doc: 'Most resources that the includes of a page may add; a page of more is refused with 400.',
  },
  MAX_INCLUDE_STEPS: {
    type: 'integer',
    default: '5',
    range: [1, 20],
    doc: 'Most references that an include with :iterate follows from a match; the page says in an outcome when there are more.',
  },
  MAX_SEARCH_PARAMETERS: {
    type: 'integer',
    default: '100',
    range: [10, 10_000],
    doc: 'Most parameters of one search; one of more is refused with 400.',
  },
  MAX_SEARCH_VALUES: {
    type: 'integer',
    default: '1000',
    range: [10, 20_000],
    doc: 'Most values, the alternatives between commas, of all parameters of one search; one of more is refused with 400.',
  },
  MAX_CHAIN_WAYS: {
    type: 'integer',
    default: '64',
    range: [1, 1000],
    doc: 'Most ways through the resource types that one chain or _has may fan out to; one of more is refused with 400.',
  },
  MAX_CHAIN_RESOURCES: {
    type: 'integer',
    default: '2000000',
    range: [1, 1_000_000_000],
    doc: 'Most resources that one search on the embedded store may look at beyond references, by all chains and _has together; a search that needs more is stopped and refused with 403.',
  },
  SEARCH_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '30',
    range: [1, 600],
    doc: 'How long one search may take, in seconds; then it is stopped and refused with 503.',
  },
  TOTAL_TIMEOUT_MILLISECONDS: {
    type: 'integer',
    default: '2000',
    range: [10, 60_000],
    doc: 'How long counting the matches of a search may take, in milliseconds; then the page comes without total, and _summary=count is refused with 503.',
  },
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
