import type { Setting } from './setting.ts';

/** Where resources are kept, and how. */
export const storeSettings = {
  ENCRYPTION_KEYS_FILE: {
    type: 'text',
    default: '',
    doc: 'JSON file of the keys that bodies are encrypted with in the database, which others than its owner must not be able to read: see docs/encryption.md. Empty: they are stored in clear.',
  },
  ENCRYPTED_IDENTIFIERS: {
    type: 'list',
    default:
      'urn:oid:1.2.250.1.213.1.4.8,urn:oid:1.2.250.1.213.1.4.9,urn:oid:1.2.250.1.213.1.4.10,urn:oid:1.2.250.1.213.1.4.11,urn:oid:1.2.250.1.213.1.4.2',
    doc: 'Systems of the identifiers whose values the search index holds as keyed hashes, with ENCRYPTION_KEYS_FILE. Run passerelle reindex after a change.',
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
  MONGODB_TENANT_DATABASES: {
    type: 'choice',
    default: 'off',
    choices: ['off', 'on'],
    doc: 'Keeps the resources of each tenant in a MongoDB database of its own, beside the one that they share. Decided when the database is made.',
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
    doc: 'How long one read or write of MongoDB by its key may take, in seconds, the wait for a server included. A silent server is waited for one second longer.',
  },
  MONGODB_COMMIT_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '30',
    range: [1, 600],
    doc: 'How long one change of MongoDB may take with all its attempts, in seconds, the wait for a server included. A silent server is waited for one second longer.',
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
  MONGODB_READ_PREFERENCE: {
    type: 'choice',
    default: 'primaryPreferred',
    choices: ['primary', 'primaryPreferred'],
    doc: 'Which MongoDB servers reads by id and histories read: primary refuses them with 503 while there is no primary, primaryPreferred then reads a secondary, which may miss the last writes.',
  },
  MONGODB_SEARCH_PREFERENCE: {
    type: 'choice',
    default: 'primaryPreferred',
    choices: ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'],
    doc: 'Which MongoDB servers searches read; primaryPreferred may miss the last writes while there is no primary, those that prefer others at any time.',
  },
} as const satisfies Record<string, Setting>;
