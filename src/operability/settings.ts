import { isIP } from 'node:net';
import { inconsistencies } from './consistency.ts';
import { notForProduction } from './production.ts';
import { type Setting, type Settings, settingsTable } from './settings-table.ts';

export type { Settings };

/**
 * Public URL of the server without path.
 * @param port where it listens, when PORT left that open
 */
export function publicOrigin(settings: Settings, port: number = settings.PORT): string {
  const { BASE_URL, HOST, TLS_CERTIFICATE } = settings;
  return BASE_URL || `${TLS_CERTIFICATE === '' ? 'http' : 'https'}://${urlHost(HOST)}:${port}`;
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
  problems.push(...inconsistencies(settings));
  if (settings.NODE_ENV === 'production') problems.push(...notForProduction(settings, environment));
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
    case 'networks': {
      const given = text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      if (!given.every(isNetwork)) problems.push(`${name} must be a list of IP addresses or networks`);
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

/** True for an IP address, or a network in CIDR notation. */
function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}
