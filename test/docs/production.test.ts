import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { MongoClient } from 'mongodb';
import { parse } from 'yaml';
import { createMetrics } from '../../src/operability/metrics.ts';
import { readSettings } from '../../src/operability/settings.ts';
import { settingsTable } from '../../src/operability/settings-table.ts';
import { shardKeys } from '../../src/store/mongo/sharding.ts';

interface Service {
  image: string;
  entrypoint?: string[];
  environment?: Record<string, string>;
  networks: string[];
  volumes?: string[];
  secrets: (string | { source: string; target: string })[];
  depends_on?: string[];
}

interface Compose {
  services: Record<string, Service>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

const page = readFileSync('docs/production.md', 'utf8');
const proxy = readFileSync('docs/production/haproxy.cfg', 'utf8');
const replicaSet = readFileSync('docs/production/replica-set.js', 'utf8');
const compose = parse(readFileSync('docs/production/compose.yaml', 'utf8'), { merge: true }) as Compose;

const services = Object.entries(compose.services);
const nodes = services.filter(([, { image }]) => image.startsWith('passerelle:'));
const databases = services.filter(([, { image }]) => image.startsWith('mongo:'));

/** The files of secrets that a service has, as it sees them. */
function secretFiles({ secrets }: Service): string[] {
  return secrets.map((secret) => `/run/secrets/${typeof secret === 'string' ? secret : secret.target}`);
}

interface CreatedUser {
  database: string;
  user: string;
  pwd?: string;
  roles: unknown[];
}

/** Runs the script of the replica set with stand-ins for what mongosh gives it. */
function runReplicaSetScript() {
  let initiated: { _id: string; members: { _id: number; host: string }[] } = { _id: '', members: [] };
  const users: CreatedUser[] = [];
  const readFileSync = (file: string) => {
    const name = file.replace('/run/secrets/', '');
    return `${name === 'backup-password' ? 'password: ' : ''}secret of ${name}\n`;
  };
  runInNewContext(replicaSet, {
    require: (name: string) => (name === 'node:fs' ? { readFileSync } : undefined),
    sleep: () => undefined,
    rs: { initiate: (configuration: typeof initiated) => (initiated = configuration) },
    db: {
      hello: () => ({ isWritablePrimary: initiated.members.length > 0 }),
      getSiblingDB: (database: string) => ({
        createUser: (user: Omit<CreatedUser, 'database'>) => users.push({ ...user, database }),
        auth: () => ({ ok: 1 }),
      }),
    },
  });
  return { initiated, users };
}

/** What the image sets where the compose file does not. */
function imageEnvironment(): Record<string, string> {
  const [, pairs = ''] = /^ENV (.*)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  return Object.fromEntries(pairs.split(' ').map((pair) => pair.split('=') as [string, string]));
}

describe('the compose file', () => {
  test('has three MongoDB nodes, two of Passerelle and a proxy', () => {
    expect(databases.map(([name]) => name)).toEqual(['mongo-1', 'mongo-2', 'mongo-3']);
    expect(nodes.map(([name]) => name)).toEqual(['passerelle-1', 'passerelle-2']);
    expect(services).toHaveLength(6);
  });

  test.each(services)('declares all that %s uses', (_name, service) => {
    const secrets = service.secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));
    const volumes = (service.volumes ?? []).map((volume) => volume.split(':')[0]!);
    const named = volumes.filter((volume) => !volume.startsWith('./'));
    expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(secrets));
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
    expect(Object.keys(compose.networks)).toEqual(expect.arrayContaining(service.networks));
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(service.depends_on ?? []));
  });

  test.each(nodes)('sets %s as production allows it', (_name, service) => {
    const { environment = {} } = service;
    expect(Object.keys(settingsTable)).toEqual(expect.arrayContaining(Object.keys(environment)));
    const settings = readSettings({ ...imageEnvironment(), ...environment });
    expect(settings.NODE_ENV).toBe('production');
    const files = [settings.MONGODB_CA_FILE, settings.MONGODB_CERTIFICATE_FILE];
    expect(secretFiles(service)).toEqual(files);
  });

  test.each(nodes)('leads %s to all members of the replica set', (_name, { environment = {} }) => {
    const { options } = new MongoClient(environment['MONGODB_URI'] ?? '');
    expect(options.hosts.map(String)).toEqual(databases.map(([host]) => `${host}:27017`));
    expect(options.credentials).toMatchObject({ mechanism: 'MONGODB-X509', source: '$external' });
    for (const [, { entrypoint = [] }] of databases) {
      expect(entrypoint.at(-1)).toContain(`--replSet ${options.replicaSet} `);
    }
    const { initiated, users } = runReplicaSetScript();
    expect(initiated).toMatchObject({ _id: options.replicaSet });
    expect(initiated.members.map(({ host }) => host)).toEqual(options.hosts.map(String));
    expect(new Set(initiated.members.map(({ _id }) => _id)).size).toBe(databases.length);
    expect(users.map(({ database, user, pwd }) => [database, user, pwd])).toEqual([
      ['admin', 'operator', 'secret of operator-password'],
      ['$external', expect.stringMatching(/^CN=passerelle,/), undefined],
      ['admin', 'backup', 'secret of backup-password'],
    ]);
    expect(users[1]?.roles).toEqual([{ role: 'readWrite', db: options.dbName }]);
    expect(page).toContain(users[1]?.user);
  });

  test('gives MongoDB nodes and the script of the replica set the files that they read', () => {
    const read = (text: string) => text.match(/\/run\/secrets\/[\w-]+/g) ?? [];
    for (const [, service] of databases) {
      expect(secretFiles(service)).toEqual(
        expect.arrayContaining(read(service.entrypoint?.join('\n') ?? '')),
      );
    }
    expect(read(replicaSet)).toHaveLength(2);
    expect(secretFiles(compose.services['mongo-1']!)).toEqual(expect.arrayContaining(read(replicaSet)));
    expect(secretFiles(compose.services['proxy']!)).toEqual([...new Set(read(proxy))]);
  });

  test('each of its secrets is told of on the page', () => {
    for (const { file } of Object.values(compose.secrets)) {
      const name = file.replace('./secrets/', '').replace('mongo-2.pem', 'mongo-3.pem');
      expect(page).toContain(`\`${name}\``);
    }
  });
});

describe('the proxy', () => {
  test.each(['ready', 'alive'])('knows both nodes where they are %s', (backend) => {
    const [, section = ''] = new RegExp(`^backend ${backend}\n((?: .*\n)+)`, 'm').exec(proxy) ?? [];
    const servers = [...section.matchAll(/server (\S+) (\S+)/g)].map(([, name, address]) => [name, address]);
    expect(servers).toEqual(nodes.map(([name]) => [name, `${name}:${settingsTable.PORT.default}`]));
    expect(section).toContain(`httpchk GET /health/${backend === 'ready' ? 'ready' : 'live'}`);
  });

  test('takes heads as long as the server does', () => {
    const size = Number(/tune\.bufsize (\d+)/.exec(proxy)?.[1]);
    expect(size).toBeGreaterThan(Number(settingsTable.MAX_HEADER_BYTES.default));
  });
});

describe('the production page', () => {
  test('names commands that there are', async () => {
    const { stdout: help } = await promisify(execFile)(process.execPath, ['src/cli/main.ts', '--help']);
    const commands = [
      ...page.matchAll(/(?:[`\n]passerelle|main\.js) ([a-z]+(?: [a-z]+)?)((?: --[a-z-]+)*)/g),
    ];
    expect(commands.map(([, name]) => name)).toEqual(
      expect.arrayContaining(['seed', 'backup', 'migrate', 'mongo shard']),
    );
    for (const [, name, options = ''] of commands) {
      expect(help).toContain(`passerelle ${name}`);
      for (const option of options.trim().split(' ')) expect(help).toContain(option);
    }
  });

  test('has the shard keys', () => {
    const [, section = ''] = page.split('## Sharded cluster');
    const rows = [...section.matchAll(/^\| `([\w.]+)\*?` \| `([^`]+)` \| (.*) \|$/gm)];
    expect(rows.map(([, collections, key]) => [collections, key])).toEqual(
      shardKeys.map(({ collections, key }) => [collections, Object.keys(key).join(', ')]),
    );
    expect(rows.map(([, , , calls]) => calls !== 'none')).toEqual(
      shardKeys.map(({ fanOuts }) => fanOuts.length > 0),
    );
  });

  test('names settings that there are', () => {
    const named = page.match(/\b(?:MONGODB|MAX|INSI|FHIR|BASE|DATA)_[A-Z_]+\b/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(Object.keys(settingsTable)).toEqual(expect.arrayContaining(named));
  });

  test('names metrics that there are, with their labels', async () => {
    const metrics = createMetrics();
    metrics.request('read', 'Patient', 200, 0.1);
    metrics.store('read', 0.1);
    metrics.searchIndex(0, 1);
    metrics.indexBuilds({ building: [], failed: [] });
    const text = await metrics.text();
    const [, table = ''] = page.split('## Monitoring');
    const rows = [...table.matchAll(/^\| `(\w+)`(?: by (.*?))? \|/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, name, labels = ''] of rows) {
      expect(text).toContain(`# HELP ${name} `);
      const line = text.split('\n').find((candidate) => candidate.startsWith(name!)) ?? '';
      for (const [, label] of labels.matchAll(/`(\w+)`/g)) expect(line).toContain(`${label}="`);
    }
  });
});
