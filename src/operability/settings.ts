import { type Setting, settingsTable } from './settings-table.ts';

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
