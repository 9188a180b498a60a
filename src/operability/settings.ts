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
  NODE_ENV: {
    type: 'choice',
    default: 'development',
    choices: ['development', 'test', 'production'],
    doc: 'In production the server refuses to start on settings made for demonstration.',
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

type Table = typeof settingsTable;
type Value<S extends Setting> = S['type'] extends 'integer'
  ? number
  : S['type'] extends 'list' | 'origins'
    ? readonly (S extends { choices: readonly (infer C)[] } ? C : string)[]
    : S extends { choices: readonly (infer C)[] }
      ? C
      : string;

/** Parsed settings, by name. */
export type Settings = { readonly [Name in keyof Table]: Value<Table[Name]> };

/**
 * Public URL of the server without path.
 * @param port where it listens, when PORT left that open
 */
export function publicOrigin({ BASE_URL, HOST, PORT }: Settings, port: number = PORT): string {
  return BASE_URL || `http://${urlHost(HOST)}:${port}`;
}

/** A host as it stands in a URL. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Thrown with one line for each setting that is wrong. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`The settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/**
 * Reads the settings from an environment; an empty variable counts as absent.
 * @throws SettingsError that names every wrong setting, never the value of a secret one
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(settingsTable)) {
    const text = environment[name] || setting.default;
    values[name] = parse(name, setting, text, problems);
  }
  const settings = values as unknown as Settings;
  if (problems.length === 0) problems.push(...inconsistencies(settings, environment));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function parse(name: string, setting: Setting, text: string, problems: string[]): unknown {
  switch (setting.type) {
    case 'text':
      return text;
    case 'origin': {
      // Whoever gives the FHIR base means its origin.
      const origin = text.replace(/(\/fhir)?\/?$/, '');
      if (origin !== '' && !/^https?:\/\/[^/?#]+$/.test(origin)) {
        problems.push(`${name} must be http(s)://host[:port]`);
      }
      return origin;
    }
    case 'origins': {
      const origins = text.split(',').map((item) => item.trim().replace(/\/$/, ''));
      const given = origins.filter((item) => item !== '');
      if (!given.every((item) => /^https?:\/\/[^/?#\s*]+$/.test(item))) {
        problems.push(`${name} must be a list of http(s)://host[:port]`);
      }
      return given;
    }
    case 'list': {
      const items = text.split(',').map((item) => item.trim());
      const { choices } = setting;
      if (choices && !items.every((item) => choices.includes(item))) {
        problems.push(`${name} must be a list of ${choices.join(', ')}`);
      }
      return items;
    }
    case 'choice':
      if (!setting.choices!.includes(text))
        problems.push(`${name} must be one of ${setting.choices!.join(', ')}`);
      return text;
    case 'integer': {
      const [least, most] = setting.range!;
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < least || value > most) {
        problems.push(`${name} must be a whole number from ${least} to ${most}`);
      }
      return value;
    }
  }
}

/** What the settings say against each other, above all what production does not allow. */
function inconsistencies(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const problems: string[] = [];
  if (settings.INSI_MODE === 'real') {
    for (const name of ['INSI_URL', 'INSI_IDAM', 'INSI_SENDER'] as const) {
      if (settings[name] === '') problems.push(`${name} is needed when INSI_MODE is real`);
    }
  }
  if (settings.INSI_VERIFICATION === 'unit' && settings.INSI_UNIT_CONTRACT === '') {
    problems.push('INSI_UNIT_CONTRACT is needed when INSI_VERIFICATION is unit');
  }
  if (
    settings.INSI_MODE === 'simulator' &&
    !/^(localhost|127\.\d+\.\d+\.\d+|::1?|0\.0\.0\.0)$/.test(settings.HOST)
  ) {
    problems.push(
      'INSI_MODE must not be simulator when HOST is one address of a network: it is reached by loopback',
    );
  }
  if (settings.NODE_ENV !== 'production') return problems;
  const { hostname, protocol } = new URL(settings.BASE_URL || 'http://localhost');
  if (protocol !== 'https:' || /^(localhost|127\.|\[::1\])/.test(hostname)) {
    problems.push('BASE_URL must be the public https URL in production');
  }
  if (settings.SEED === 'demo') problems.push('SEED must be none in production');
  if (settings.INSI_MODE === 'simulator') problems.push('INSI_MODE must not be simulator in production');
  if (settings.INSI_MODE === 'real' && (settings.INSI_CERTIFICATE === '' || settings.INSI_KEY === '')) {
    problems.push('INSI_CERTIFICATE and INSI_KEY are needed in production');
  }
  if (settings.INS_OIDS.some((oid) => !/\.4\.[89]$/.test(oid))) {
    problems.push('INS_OIDS must hold no test or demonstration authority in production');
  }
  if (environment['INS_DUPLICATES'] !== 'refuse')
    problems.push('INS_DUPLICATES must be refuse in production');
  return problems;
}
