import { readFileSync } from 'node:fs';
import { readSettings, SettingsError } from '../../src/operability/settings.ts';
import { settingsTable } from '../../src/operability/settings-table.ts';
import { environmentExample, settingsPage } from '../../src/operability/settings-text.ts';

const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://fhir.hospital.example',
  SEED: 'none',
  INSI_MODE: 'off',
  INS_OIDS: '1.2.250.1.213.1.4.8,1.2.250.1.213.1.4.9',
  INS_DUPLICATES: 'refuse',
};

function problemsOf(environment: Record<string, string>): string {
  try {
    readSettings(environment);
    return '';
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

describe('settings', () => {
  test('the defaults are those that the table says', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, DATA_DIR: './data', SEED: 'demo' });
    expect(Object.keys(settings)).toEqual(Object.keys(settingsTable));
  });

  test('an empty variable counts as absent', () => {
    expect(readSettings({ PORT: '' }).PORT).toBe(3000);
  });

  test.each(['https://host', 'https://host/', 'https://host/fhir', 'https://host/fhir/'])(
    'BASE_URL %s is read as its origin',
    (url) => {
      expect(readSettings({ BASE_URL: url }).BASE_URL).toBe('https://host');
    },
  );

  test('a list is split and trimmed', () => {
    expect(readSettings({ INS_QUALIFYING_EVIDENCE: 'PA, CN' }).INS_QUALIFYING_EVIDENCE).toEqual(['PA', 'CN']);
  });

  test('origins are split, trimmed and freed of the slash at their end', () => {
    expect(readSettings({}).CORS_ORIGINS).toEqual([]);
    const text = 'https://app.example, http://localhost:5173/';
    expect(readSettings({ CORS_ORIGINS: text }).CORS_ORIGINS).toEqual([
      'https://app.example',
      'http://localhost:5173',
    ]);
  });

  test.each([
    ['PORT', '70000'],
    ['PORT', '80a'],
    ['SEED', 'all'],
    ['LOG_LEVEL', 'loud'],
    ['INS_QUALIFYING_EVIDENCE', 'PA,XX'],
    ['BASE_URL', 'https://host/path'],
    ['CORS_ORIGINS', 'app.example'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.example, https://app.example/path'],
  ])('a wrong %s is named', (name, value) => {
    expect(problemsOf({ [name]: value })).toContain(name);
  });

  test('every wrong setting is named at once', () => {
    const text = problemsOf({ PORT: 'x', SEED: 'y' });
    expect(text).toContain('PORT');
    expect(text).toContain('SEED');
  });

  test('the simulator of INSi is not for a server on one address of a network', () => {
    expect(problemsOf({ HOST: '192.0.2.1' })).toContain('INSI_MODE');
    expect(problemsOf({ HOST: '192.0.2.1', INSI_MODE: 'off' })).toBe('');
    expect(problemsOf({ HOST: '0.0.0.0' })).toBe('');
  });

  test('INSi in mode real needs its address, authorisation and sender', () => {
    expect(problemsOf({ INSI_MODE: 'real' })).toMatch(/INSI_URL[\s\S]*INSI_IDAM[\s\S]*INSI_SENDER/);
  });
});

describe('production', () => {
  test('takes settings that are made for it', () => {
    expect(readSettings(production).NODE_ENV).toBe('production');
  });

  test.each([
    ['BASE_URL', 'http://fhir.hospital.example'],
    ['BASE_URL', 'https://localhost:3000'],
    ['SEED', 'demo'],
    ['INSI_MODE', 'simulator'],
    ['INS_OIDS', '1.2.250.1.213.1.4.10'],
    ['INS_DUPLICATES', 'accept'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ ...production, [name]: value })).toContain(name);
  });

  test('a real INSi needs a client certificate', () => {
    const insi = {
      INSI_MODE: 'real',
      INSI_URL: 'https://insi.example/lps',
      INSI_IDAM: '1',
      INSI_SENDER: '2',
    };
    expect(problemsOf({ ...production, ...insi })).toContain('INSI_CERTIFICATE');
  });
});

describe('the texts made from the table', () => {
  test('.env.example is the one that the table gives', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(environmentExample());
  });

  test('docs/settings.md is the one that the table gives', () => {
    expect(readFileSync('docs/settings.md', 'utf8')).toBe(settingsPage());
  });

  test('.env.example read back gives the defaults', () => {
    const lines = environmentExample()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split('=', 2) as [string, string]);
    expect(readSettings(Object.fromEntries(lines))).toEqual(readSettings({}));
  });
});
