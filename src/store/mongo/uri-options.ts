interface ForbiddenOption {
  /** What to do about it. */
  advice: string;
  /** Values that change nothing, in lower case. */
  harmless?: readonly string[];
}

const always = (what: string) => `remove it, ${what}`;
const setting = (name: string) => `remove it and set ${name} instead`;

const majority = always('writes always wait for a majority with its journal');
const reads = setting('MONGODB_READ_PREFERENCE and MONGODB_SEARCH_PREFERENCE');
const times = setting(
  'MONGODB_CALL_TIMEOUT_SECONDS, MONGODB_COMMIT_TIMEOUT_SECONDS and SEARCH_TIMEOUT_SECONDS',
);
const selection = setting('MONGODB_SELECTION_TIMEOUT_SECONDS');
const repeated = always('calls are always repeated once when the primary changes');

/**
 * Options that the driver would take from the connection string in place of what the store relies on, by their names in
 * lower case: the driver ignores the case.
 */
const forbidden: Readonly<Record<string, ForbiddenOption>> = {
  w: { advice: majority, harmless: ['majority'] },
  journal: { advice: majority, harmless: ['true'] },
  j: { advice: majority, harmless: ['true'] },
  fsync: { advice: majority },
  wtimeout: { advice: times },
  wtimeoutms: { advice: times },
  timeoutms: { advice: times },
  sockettimeoutms: { advice: times },
  readconcernlevel: {
    advice: always('reads always see what a majority has'),
    harmless: ['majority'],
  },
  readpreference: { advice: reads, harmless: ['primary'] },
  readpreferencetags: { advice: always('servers are not chosen by tags') },
  maxstalenessseconds: { advice: always('servers are not chosen by their staleness') },
  retrywrites: { advice: repeated, harmless: ['true'] },
  retryreads: { advice: repeated, harmless: ['true'] },
  serverselectiontimeoutms: { advice: selection },
  connecttimeoutms: { advice: selection },
  waitqueuetimeoutms: { advice: selection },
  maxpoolsize: { advice: setting('MONGODB_POOL_SIZE') },
  minpoolsize: { advice: setting('MONGODB_POOL_SIZE_LEAST') },
};

/**
 * Makes sure that a connection string leaves alone what the store sets itself. No text of it but the names of options
 * is told: it may hold a password.
 * @throws Error that names each option that has to go, and the setting to use instead
 */
export function checkUriOptions(uri: string): void {
  const start = uri.indexOf('?');
  const options = new URLSearchParams(start === -1 ? '' : uri.slice(start + 1));
  const faults = [...options].flatMap(([name, value]) => {
    const found = forbidden[name.toLowerCase()];
    if (found === undefined || found.harmless?.includes(value.toLowerCase())) return [];
    return `${name}: ${found.advice}`;
  });
  if (faults.length === 0) return;
  throw new Error(
    `The connection string of MongoDB sets what Passerelle sets itself. ${[...new Set(faults)].join('; ')}`,
  );
}

/**
 * Why a connection string cannot be read, without its user name and password, which messages of the driver may quote.
 * @param parse throws what the driver has against a connection string
 */
export function uriFault(uri: string, parse: (uri: string) => unknown): string {
  try {
    parse(uri.replace(/\/\/.*@/s, '//'));
    return 'its user name or password holds characters that have to be percent-encoded';
  } catch (error) {
    return (error as Error).message;
  }
}
