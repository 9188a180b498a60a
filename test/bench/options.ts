import { parseArgs } from 'node:util';

/** Everything that a run can measure, in the order in which it is measured. */
const measureNames = [
  'read',
  'identifier',
  'prefix',
  'birthdate',
  'reference',
  'update',
  'create',
  'import',
  'transaction',
  'start',
  'access',
  'encryption',
  'search',
  'validation',
] as const;

export type MeasureName = (typeof measureNames)[number];

/** The stores that a run can measure the server with. */
const storeNames = ['embedded', 'mongo'] as const;

export type StoreName = (typeof storeNames)[number];

export interface BenchOptions {
  /** Numbers of patients at which the interactions are measured, ascending. */
  sizes: readonly number[];
  /** How long each measurement lasts. */
  seconds: number;
  /** Folder that keeps the data of the search table between runs. */
  data?: string;
  /** Folder of transaction bundles for the import; generated ones without it. */
  bundles?: string;
  only: ReadonlySet<MeasureName>;
  store: StoreName;
  /** File that takes the figures as JSON. */
  json?: string;
  /** Fail when a figure misses its target. */
  check: boolean;
}

export const help = `npm run bench -- [MEASURE …] [options]
  --store NAME     embedded, or mongo: the server of MONGODB_URI, in databases that are dropped (embedded)
  --patients N,N   numbers of patients to measure with (10000,100000)
  --seconds N      length of each measurement (5)
  --only NAME,…    measures to take, of ${measureNames.join(', ')} (all)
  --bundles DIR    transaction bundles to import (.json, .gz, .bz2), in the order of their names (generated ones)
  --data DIR       keeps the data of the search table there, for further runs (a temporary folder)
  --json FILE      also write the figures to a file
  --check          exit with 1 when a figure misses its target`;

/** @throws Error that says which option is wrong */
export function readOptions(args: string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      patients: { type: 'string', default: '10000,100000' },
      seconds: { type: 'string', default: '5' },
      only: { type: 'string', default: measureNames.join(',') },
      data: { type: 'string' },
      bundles: { type: 'string' },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
      store: { type: 'string', default: 'embedded' },
    },
  });
  const { data, bundles, json, check } = values;
  const store = storeName(values.store);
  if (store === 'mongo' && (check || data !== undefined)) {
    throw new Error('--check and --data are for the embedded store');
  }
  return {
    sizes: values.patients
      .split(',')
      .map((text) => naturalNumber('--patients', text))
      .sort((a, b) => a - b),
    seconds: naturalNumber('--seconds', values.seconds),
    only: new Set((positionals.length > 0 ? positionals : values.only.split(',')).map(measureName)),
    store,
    check,
    ...(data === undefined ? {} : { data }),
    ...(bundles === undefined ? {} : { bundles }),
    ...(json === undefined ? {} : { json }),
  };
}

function naturalNumber(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${option} takes numbers above zero`);
  return Number(text);
}

function storeName(text: string): StoreName {
  const name = storeNames.find((known) => known === text);
  if (name === undefined) throw new Error(`--store takes ${storeNames.join(', ')}`);
  return name;
}

function measureName(text: string): MeasureName {
  const name = measureNames.find((known) => known === text);
  if (name === undefined) throw new Error(`--only takes ${measureNames.join(', ')}`);
  return name;
}
