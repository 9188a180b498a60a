import { isLoopback } from './consistency.ts';
import { type Setting, type Settings, settingsTable } from './settings-table.ts';

/** Characters of a secret at the least: 96 bits in base64. */
const shortestSecret = 16;

/** A text of words that stand in examples in place of a secret, and of nothing else. */
const placeholder =
  /^(?:change|replace|me|this|my|your|example|password|client|secret|demo|test|azerty|qwerty|[\d\W_])+$/i;

/** Every reason why a server of these settings is no server for production, one line each, which names the setting. */
export function notForProduction(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return [
    ...openness(settings),
    ...demonstration(settings),
    ...weakSecrets(settings),
    ...identityProblems(settings, environment),
  ];
}

function openness({ AUTH, BASE_URL, TLS_CERTIFICATE, TRUSTED_PROXIES }: Settings): string[] {
  const problems: string[] = [];
  if (AUTH === 'off') problems.push('AUTH must be on in production');
  const url = URL.parse(BASE_URL);
  if (url?.protocol !== 'https:' || isLoopback(url.hostname)) {
    problems.push('BASE_URL must be the public https URL in production');
  }
  if (TLS_CERTIFICATE === '' && TRUSTED_PROXIES.length === 0) {
    problems.push(
      'TLS_CERTIFICATE or TRUSTED_PROXIES is needed in production: TLS ends in this process or at a proxy in front of it',
    );
  }
  return problems;
}

function demonstration({ SEED, INSI_MODE, PSC_MODE, PSC_ISSUER, PSC_ENVIRONMENT }: Settings): string[] {
  const problems: string[] = [];
  if (SEED === 'demo') problems.push('SEED must be none in production');
  if (INSI_MODE === 'simulator') problems.push('INSI_MODE must not be simulator in production');
  if (PSC_MODE === 'simulator') problems.push('PSC_MODE must not be simulator in production');
  if (PSC_MODE === 'real' && PSC_ISSUER === '' && PSC_ENVIRONMENT === 'bas') {
    problems.push('PSC_ENVIRONMENT must be production in production: test cards log in to the sandbox');
  }
  return problems;
}

/** Secrets that can be guessed; one inside a connection string is between the database and its users. */
function weakSecrets(settings: Settings): string[] {
  return Object.entries<Setting>(settingsTable)
    .filter(([name, { secret }]) => secret && !name.endsWith('_URI'))
    .filter(([name]) => {
      const value = settings[name as keyof Settings] as string;
      return value !== '' && (value.length < shortestSecret || placeholder.test(value));
    })
    .map(([name]) => `${name} must be a secret of ${shortestSecret} characters or more, not a placeholder`);
}

function identityProblems(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const problems: string[] = [];
  if (settings.INSI_MODE === 'real' && (settings.INSI_CERTIFICATE === '' || settings.INSI_KEY === '')) {
    problems.push('INSI_CERTIFICATE and INSI_KEY are needed in production');
  }
  if (settings.INS_OIDS.some((oid) => !/\.4\.[89]$/.test(oid))) {
    problems.push('INS_OIDS must hold no test or demonstration authority in production');
  }
  if (environment['INS_DUPLICATES'] !== 'refuse') {
    problems.push('INS_DUPLICATES must be refuse in production');
  }
  return problems;
}
