import type { Settings } from './settings-table.ts';

/** What the settings say against each other: one line for each, which names them. */
export function inconsistencies(settings: Settings): string[] {
  return [
    ...exposureInconsistencies(settings),
    ...tlsInconsistencies(settings),
    ...insiInconsistencies(settings),
    ...pscApiInconsistencies(settings),
    ...realPscInconsistencies(settings),
  ];
}

/** True for a host that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
}

function exposureInconsistencies({ AUTH, HOST, OPEN_ACCESS, INSI_MODE, PSC_MODE }: Settings): string[] {
  const problems: string[] = [];
  if (AUTH === 'off' && OPEN_ACCESS === 'loopback' && !isLoopback(HOST)) {
    problems.push(
      'HOST must be a loopback address when AUTH is off: nobody logs in (OPEN_ACCESS=network lets everybody in)',
    );
  }
  for (const [name, mode] of Object.entries({ INSI_MODE, PSC_MODE })) {
    if (mode === 'simulator' && !isLoopback(HOST) && !/^(::|0\.0\.0\.0)$/.test(HOST)) {
      problems.push(
        `${name} must not be simulator when HOST is one address of a network: it is reached by loopback`,
      );
    }
  }
  return problems;
}

function tlsInconsistencies(settings: Settings): string[] {
  const { TLS_CERTIFICATE, TLS_KEY, TLS_CLIENT_CA, BASE_URL } = settings;
  if (TLS_CERTIFICATE === '') {
    return Object.entries({ TLS_KEY, TLS_CLIENT_CA })
      .filter(([, file]) => file !== '')
      .map(([name]) => `${name} is of no use without TLS_CERTIFICATE`);
  }
  const problems: string[] = [];
  if (TLS_KEY === '') problems.push('TLS_KEY is needed with TLS_CERTIFICATE');
  if (BASE_URL.startsWith('http:')) problems.push('BASE_URL must be https when TLS_CERTIFICATE is given');
  for (const name of ['INSI_MODE', 'PSC_MODE'] as const) {
    if (settings[name] === 'simulator') {
      problems.push(`${name} must not be simulator when TLS_CERTIFICATE is given: it is reached without TLS`);
    }
  }
  return problems;
}

function insiInconsistencies(settings: Settings): string[] {
  const problems: string[] = [];
  if (settings.INSI_MODE === 'real') {
    for (const name of ['INSI_URL', 'INSI_IDAM', 'INSI_SENDER'] as const) {
      if (settings[name] === '') problems.push(`${name} is needed when INSI_MODE is real`);
    }
  }
  if (settings.INSI_VERIFICATION === 'unit' && settings.INSI_UNIT_CONTRACT === '') {
    problems.push('INSI_UNIT_CONTRACT is needed when INSI_VERIFICATION is unit');
  }
  return problems;
}

function pscApiInconsistencies(settings: Settings): string[] {
  if (settings.PSC_API === 'off') return [];
  const problems: string[] = [];
  if (settings.AUTH === 'off') problems.push('AUTH must be on when PSC_API is');
  if (settings.PSC_MODE === 'off') problems.push('PSC_MODE must not be off when PSC_API is on');
  if (settings.PSC_API_CLIENTS.every((client) => client === '')) {
    problems.push('PSC_API_CLIENTS is needed when PSC_API is on');
  }
  return problems;
}

function realPscInconsistencies(settings: Settings): string[] {
  if (settings.PSC_MODE !== 'real') return [];
  const byCertificate = settings.PSC_CLIENT_AUTHENTICATION === 'tls_client_auth';
  const needed = byCertificate ? (['PSC_CERTIFICATE', 'PSC_KEY'] as const) : (['PSC_CLIENT_SECRET'] as const);
  const problems = (['PSC_CLIENT_ID', ...needed] as const)
    .filter((name) => settings[name] === '')
    .map((name) => `${name} is needed when PSC_MODE is real`);
  if (!settings.PSC_SCOPE.split(' ').includes('openid')) problems.push('PSC_SCOPE must hold openid');
  return problems;
}
