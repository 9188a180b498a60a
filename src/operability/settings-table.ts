import { accessSettings } from './settings/access.ts';
import { apiSettings } from './settings/api.ts';
import { insSettings } from './settings/ins.ts';
import { limitsSettings } from './settings/limits.ts';
import { networkSettings } from './settings/network.ts';
import { professionalsSettings } from './settings/professionals.ts';
import { runtimeSettings } from './settings/runtime.ts';
import type { Setting } from './settings/setting.ts';
import { storeSettings } from './settings/store.ts';
import { terminologySettings } from './settings/terminology.ts';
import { validationSettings } from './settings/validation.ts';

export type { Setting } from './settings/setting.ts';

/**
 * Every setting, by the name of its environment variable: the only source of parsing, help, .env.example and
 * docs/settings.md.
 */
export const settingsTable = {
  ...networkSettings,
  ...storeSettings,
  ...runtimeSettings,
  ...limitsSettings,
  ...apiSettings,
  ...insSettings,
  ...accessSettings,
  ...professionalsSettings,
  ...terminologySettings,
  ...validationSettings,
} as const satisfies Record<string, Setting>;

type Table = typeof settingsTable;
type Value<S extends Setting> = S['type'] extends 'integer'
  ? number
  : S['type'] extends 'list' | 'origins' | 'networks'
    ? readonly (S extends { choices: readonly (infer C)[] } ? C : string)[]
    : S extends { choices: readonly (infer C)[] }
      ? C
      : string;

/** Parsed settings, by name. */
export type Settings = { readonly [Name in keyof Table]: Value<Table[Name]> };
