import type { Setting } from './setting.ts';

/** How the process runs, and what it starts with. */
export const runtimeSettings = {
  NODE_ENV: {
    type: 'choice',
    default: 'development',
    choices: ['development', 'test', 'production'],
    doc: 'In production the server refuses to start on settings made for demonstration.',
  },
  PACKAGES_DIR: {
    type: 'text',
    default: '',
    doc: 'Folder of FHIR packages (.tgz files, or folders of such), whose profiles, terminology and active SearchParameters the server works with. Empty: packages in DATA_DIR.',
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
} as const satisfies Record<string, Setting>;
