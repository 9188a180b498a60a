import { readFileSync } from 'node:fs';
import { publicOrigin, readSettings, SettingsError } from '../../src/operability/settings.ts';
import { settingsTable } from '../../src/operability/settings-table.ts';
import { environmentExample, settingsPage } from '../../src/operability/settings-text.ts';

const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://fhir.hospital.example',
  SEED: 'none',
  TRUSTED_PROXIES: '192.0.2.7',
  AUTH: 'on',
  INSI_MODE: 'off',
  PSC_MODE: 'real',
  PSC_ENVIRONMENT: 'production',
  PSC_CLIENT_ID: 'hospital',
  PSC_CLIENT_SECRET: 'MGjAnPLYmbEr7kIm2T9C3w',
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

  test('every wrong setting is named at once, and what settings say against each other', () => {
    const text = problemsOf({ PORT: 'x', SEED: 'y', INSI_MODE: 'real' });
    expect(text).toMatch(/PORT[\s\S]*SEED[\s\S]*INSI_URL/);
  });

  test('the simulators are not for a server on one address of a network', () => {
    const open = { OPEN_ACCESS: 'network' };
    expect(problemsOf({ ...open, HOST: '192.0.2.1' })).toMatch(/INSI_MODE[\s\S]*PSC_MODE/);
    expect(problemsOf({ ...open, HOST: '192.0.2.1', INSI_MODE: 'off', PSC_MODE: 'off' })).toBe('');
    expect(problemsOf({ ...open, HOST: '0.0.0.0' })).toBe('');
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'host.hospital.example', '127.0.0.1.example'])(
    'without logins the server listens on HOST=%s only when the settings say so',
    (HOST) => {
      const plain = { HOST, INSI_MODE: 'off', PSC_MODE: 'off' };
      expect(problemsOf(plain)).toMatch(/^ {2}HOST .*OPEN_ACCESS=network/m);
      expect(problemsOf({ ...plain, OPEN_ACCESS: 'network' })).toBe('');
      expect(problemsOf({ ...plain, AUTH: 'on', PSC_MODE: 'real' })).not.toContain('  HOST');
    },
  );

  test('TLS in this process needs certificate and key, https in BASE_URL and no simulator', () => {
    const tls = { TLS_CERTIFICATE: 'c.pem', TLS_KEY: 'k.pem', INSI_MODE: 'off', PSC_MODE: 'off' };
    expect(problemsOf(tls)).toBe('');
    expect(publicOrigin(readSettings(tls))).toBe('https://127.0.0.1:3000');
    expect(problemsOf({ ...tls, TLS_KEY: '' })).toContain('TLS_KEY');
    expect(problemsOf({ TLS_KEY: 'k.pem' })).toContain('TLS_KEY');
    expect(problemsOf({ TLS_CLIENT_CA: 'ca.pem' })).toContain('TLS_CLIENT_CA');
    expect(problemsOf({ ...tls, BASE_URL: 'http://fhir.hospital.example' })).toContain('BASE_URL');
    expect(problemsOf({ ...tls, INSI_MODE: 'simulator' })).toContain('INSI_MODE');
    expect(problemsOf({ ...tls, PSC_MODE: 'simulator' })).toContain('PSC_MODE');
  });

  test('trusted proxies are addresses and networks', () => {
    const given = '10.0.0.1, 10.1.0.0/16,2001:db8::/32, ::1';
    expect(readSettings({ TRUSTED_PROXIES: given }).TRUSTED_PROXIES).toEqual([
      '10.0.0.1',
      '10.1.0.0/16',
      '2001:db8::/32',
      '::1',
    ]);
    expect(readSettings({}).TRUSTED_PROXIES).toEqual([]);
    for (const wrong of ['proxy', '10.0.0.1/33', '10.0.0.1/8/8', '10.0.0.0/-1', '::1/129', '10.0.0', '*']) {
      expect(problemsOf({ TRUSTED_PROXIES: wrong })).toContain('TRUSTED_PROXIES');
    }
  });

  test.each(['localhost', '127.0.0.1', '127.3.2.1', '::1'])('HOST=%s is of this machine', (HOST) => {
    expect(problemsOf({ HOST })).toBe('');
  });

  test('INSi in mode real needs its address, authorisation and sender', () => {
    expect(problemsOf({ INSI_MODE: 'real' })).toMatch(/INSI_URL[\s\S]*INSI_IDAM[\s\S]*INSI_SENDER/);
  });

  test('Pro Santé Connect in mode real needs its client and what that authenticates by', () => {
    const real = { PSC_MODE: 'real' };
    expect(problemsOf(real)).toMatch(/PSC_CLIENT_ID[\s\S]*PSC_CLIENT_SECRET/);
    expect(problemsOf({ ...real, PSC_CLIENT_ID: 'c', PSC_CLIENT_SECRET: 's' })).toBe('');
    const byCertificate = { ...real, PSC_CLIENT_ID: 'c', PSC_CLIENT_AUTHENTICATION: 'tls_client_auth' };
    expect(problemsOf(byCertificate)).toMatch(/PSC_CERTIFICATE[\s\S]*PSC_KEY/);
    expect(problemsOf({ ...byCertificate, PSC_CERTIFICATE: 'c.pem', PSC_KEY: 'k.pem' })).toBe('');
    const narrow = { ...real, PSC_CLIENT_ID: 'c', PSC_CLIENT_SECRET: 's', PSC_SCOPE: 'scope_all' };
    expect(problemsOf(narrow)).toContain('PSC_SCOPE');
  });

  test('access tokens of Pro Santé Connect on the API need logins and the clients that they are from', () => {
    expect(problemsOf({ PSC_API: 'keys' })).toMatch(/AUTH[\s\S]*PSC_API_CLIENTS/);
    const taken = { PSC_API: 'keys', AUTH: 'on', PSC_API_CLIENTS: 'proxy' };
    expect(problemsOf(taken)).toBe('');
    expect(problemsOf({ ...taken, PSC_MODE: 'off' })).toContain('PSC_MODE');
  });
});

describe('production', () => {
  test('takes settings that are made for it', () => {
    expect(readSettings(production).NODE_ENV).toBe('production');
  });

  test.each([
    ['BASE_URL', 'http://fhir.hospital.example'],
    ['BASE_URL', 'https://localhost:3000'],
    ['BASE_URL', 'https://127.0.0.1'],
    ['BASE_URL', 'https://[::1]:8443'],
    ['BASE_URL', ''],
    ['TRUSTED_PROXIES', ''],
    ['AUTH', 'off'],
    ['SEED', 'demo'],
    ['INSI_MODE', 'simulator'],
    ['PSC_MODE', 'simulator'],
    ['PSC_ENVIRONMENT', 'bas'],
    ['PSC_CLIENT_SECRET', 'change-me-change-me'],
    ['PSC_CLIENT_SECRET', 'my_client_secret_1234'],
    ['PSC_CLIENT_SECRET', 'k3Zt0q'],
    ['PSC_CLIENT_SECRET_NEXT', 'change-me-change-me'],
    ['INS_OIDS', '1.2.250.1.213.1.4.10'],
    ['INS_DUPLICATES', 'accept'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ ...production, [name]: value })).toContain(name);
  });

  test('a server for back ends alone needs no Pro Santé Connect', () => {
    const { PSC_CLIENT_ID: _, PSC_CLIENT_SECRET: __, ...others } = production;
    expect(problemsOf({ ...others, PSC_MODE: 'off' })).toBe('');
  });

  test('TLS in this process needs no proxy', () => {
    const own = { TRUSTED_PROXIES: '', TLS_CERTIFICATE: 'c.pem', TLS_KEY: 'k.pem' };
    expect(problemsOf({ ...production, ...own })).toBe('');
  });

  test('the settings of a demonstration are refused with every reason at once, and no secret', () => {
    const text = problemsOf({
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PSC_CLIENT_SECRET: 'demo-secret',
      PORT: 'x',
    });
    for (const name of [
      'PORT',
      'HOST',
      'AUTH',
      'BASE_URL',
      'TLS_CERTIFICATE or TRUSTED_PROXIES',
      'SEED',
      'INSI_MODE',
      'PSC_MODE',
      'PSC_CLIENT_SECRET',
      'INS_OIDS',
      'INS_DUPLICATES',
    ]) {
      expect(text.split('\n')).toContainEqual(expect.stringMatching(new RegExp(`^  ${name} `)));
    }
    expect(text).not.toContain('demo-secret');
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
