import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { manifest, packageFile } from '../support/fhir-package.ts';
import { type CommandRun, runPasserelle } from '../support/passerelle.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('passerelle', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'passerelle-cli-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  function passerelle(...args: (string | Record<string, string>)[]): Promise<CommandRun> {
    const words = args.filter((arg) => typeof arg === 'string');
    const [environment = {}] = args.filter((arg) => typeof arg === 'object');
    return runPasserelle(words, { DATA_DIR: join(directory, 'data'), ...environment });
  }

  test('without a command tells them all', async () => {
    const { code, stdout } = await passerelle();
    expect(code).toBe(0);
    for (const name of [
      'serve',
      'seed',
      'import',
      'ins due',
      'migrate',
      'mongo shard',
      'copy',
      'packages add',
      'terminology load',
      'backup',
      'reindex',
      'audit export',
      'verify-audit',
      'settings',
    ]) {
      expect(stdout).toContain(`passerelle ${name}`);
    }
  });

  test('refuses a command that it does not know', async () => {
    expect((await passerelle('sedd')).code).toBe(2);
  });

  test.each([
    ['seed'],
    ['seed', '--patients', 'many'],
    ['backup'],
    ['import'],
    ['ins'],
    ['ins', 'due', '--before', 'soon'],
    ['terminology', 'load'],
  ])('%s %s %s tells its use', async (...args) => {
    const { code, stderr } = await passerelle(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(`passerelle ${args[0]}`);
  });

  test('loads a table of codes in parts, and takes away those that a smaller one leaves over', async () => {
    const file = join(directory, 'codes.csv');
    const tenants = join(directory, 'tenants.json');
    await writeFile(tenants, JSON.stringify({ tenants: [{ id: 'lyon' }] }));
    const load = async (codes: number, tenant = 'default') => {
      const rows = Array.from({ length: codes }, (_, n) => `C${n},Concept ${n},${n === 0 ? '' : 'C0'}`);
      await writeFile(file, `code,display,parent\n${rows.join('\n')}\n`);
      return passerelle(
        'terminology',
        'load',
        file,
        '--system',
        'http://example.org/codes',
        '--version',
        '1',
        '--tenant',
        tenant,
        { TENANTS_FILE: tenants },
      );
    };
    expect((await load(2500)).stdout).toContain('2500 concepts in 3 resources');
    expect((await load(1200)).stdout).toContain('1200 concepts in 2 resources');
    expect((await load(2, 'lyon')).stdout).toContain('2 concepts in one resource');
    expect((await load(2, 'paris')).stderr).toContain('there is no tenant paris');
    const withoutSystem = await passerelle('terminology', 'load', file);
    expect([withoutSystem.code, withoutSystem.stderr]).toEqual([1, expect.stringContaining('--system')]);

    const server = await startTestServer({ DATA_DIR: join(directory, 'data'), TENANTS_FILE: tenants });
    const valueSet = {
      resourceType: 'ValueSet',
      status: 'active',
      compose: {
        include: [
          { system: 'http://example.org/codes', filter: [{ property: 'concept', op: 'is-a', value: 'C0' }] },
        ],
      },
    };
    const answer = await fetch(`${server.fhir}/ValueSet/$expand?filter=concept&count=1&offset=1199`, {
      method: 'POST',
      body: JSON.stringify(valueSet),
      headers: { 'Content-Type': 'application/fhir+json' },
    });
    const { expansion } = (await answer.json()) as {
      expansion: { total: number; contains: { code: string }[] };
    };
    const lookUp = (code: string) =>
      fetch(`${server.origin}/t/lyon/fhir/CodeSystem/$lookup?system=http://example.org/codes&code=${code}`);
    const ofTenant = (await Promise.all(['C1', 'C2'].map(lookUp))).map(({ status }) => status);
    await server.stop();
    expect([expansion.total, expansion.contains[0]?.code]).toEqual([1200, 'C1199']);
    expect(ofTenant).toEqual([200, 404]);
  });

  test('seeds a population, lists who is due, backs up and reindexes', async () => {
    expect((await passerelle('seed', '--patients', '120')).stdout).toMatch(/^120 patients, 120 resources/);
    const due = await passerelle('ins', 'due');
    const everyoneVerified = await passerelle('ins', 'due', '--before', '2999-12-31');
    expect(due.code).toBe(0);
    const lines = everyoneVerified.stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThan(due.stdout.trim().split('\n').length);
    expect(new Set(lines).size).toBe(lines.length);

    const copy = join(directory, 'copy.db');
    expect((await passerelle('backup', copy)).code).toBe(0);
    expect(new Database(copy, { readonly: true }).pragma('integrity_check', { simple: true })).toBe('ok');
    const again = await passerelle('backup', copy);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('overwrites nothing');

    expect((await passerelle('reindex')).stdout).toContain('120 resources indexed anew');
    expect((await passerelle('ins', 'due')).stdout).toBe(due.stdout);
  });

  test('refuses a database that a newer version made', async () => {
    expect((await passerelle('migrate')).stdout).toMatch(/schema version \d+/);
    const database = new Database(join(directory, 'data', 'passerelle.db'));
    const version = database.pragma('user_version', { simple: true }) as number;
    database.pragma(`user_version = ${version + 1}`);
    database.close();
    const { code, stderr } = await passerelle('migrate');
    expect(code).toBe(1);
    expect(stderr).toMatch(/newer/);
  });

  test('adds packages, lists them and tells what is wrong with them', async () => {
    const file = join(directory, 'given.tgz');
    const broken = { resourceType: 'StructureDefinition', url: 'http://x.test/profile', type: 'Patient' };
    const dependencies = { 'x.test.gone': '2.0.0' };
    const content = { 'package.json': { ...manifest, dependencies }, 'p.json': broken };
    await writeFile(file, packageFile(content));
    const missing = 'missing: x.test.gone#2.0.0, for x.test.package#1.0.0\n';
    const added = await passerelle('packages', 'add', file);
    expect([added.code, added.stdout]).toEqual([
      0,
      `x.test.package#1.0.0 is in ${join(directory, 'data/packages/x.test.package-1.0.0.tgz')}\n${missing}`,
    ]);
    const list = await passerelle('packages', 'list');
    expect(list.stdout).toBe('x.test.package#1.0.0: 1 profiles and terminology, 0 search parameters\n');
    const check = await passerelle('packages', 'check');
    expect([check.code, check.stdout]).toEqual([
      1,
      `x.test.package#1.0.0: ${broken.url}: it names no base and has no snapshot\n${missing}1 packages, 1 problems\n`,
    ]);
    expect((await passerelle('packages', 'add')).code).toBe(2);
  });

  test('stops when a setting is wrong, and names it', async () => {
    const { code, stderr } = await passerelle('serve', { SEED: 'everything' });
    expect(code).toBe(1);
    expect(stderr).toContain('SEED must be one of demo, none');
  });

  test('reports a port that is taken', async () => {
    const server = await startTestServer();
    try {
      const { code, stderr } = await passerelle('serve', { PORT: new URL(server.origin).port });
      expect(code).toBe(1);
      expect(stderr).toContain('EADDRINUSE');
    } finally {
      await server.stop();
    }
  });
});

describe('passerelle import', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    server = await startTestServer();
    folder = await mkdtemp(join(tmpdir(), 'passerelle-import-'));
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const importFolder = () => runPasserelle(['import', folder, '--to', server.fhir, '--clients', '2'], {});
  const read = async (path: string) => (await fetch(`${server.fhir}/${path}`)).status;

  test('posts bundles, resources and lines, compressed or not, those that start with 0 first', async () => {
    const transaction = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Encounter', status: 'planned', class: { code: 'AMB' } },
          request: { method: 'POST', url: 'Encounter' },
        },
      ],
    };
    const reference = 'Organization?identifier=urn:test|org';
    Object.assign(transaction.entry[0]!.resource, { serviceProvider: { reference } });
    const organization = {
      resourceType: 'Organization',
      id: 'o1',
      identifier: [{ system: 'urn:test', value: 'org' }],
    };
    const patients = ['p1', 'p2'].map((id) => JSON.stringify({ resourceType: 'Patient', id }));
    await writeFile(join(folder, 'a.json'), JSON.stringify(transaction));
    await writeFile(join(folder, '0.json.gz'), gzipSync(JSON.stringify(organization)));
    await writeFile(join(folder, 'b.ndjson'), `${patients.join('\n')}\n`);
    await writeFile(join(folder, 'notes.txt'), 'not to be read');

    const { code, stdout } = await importFolder();
    expect(stdout).toMatch(/^3 files, 4 resources/);
    expect(code).toBe(0);
    expect(await read('Organization/o1')).toBe(200);
    expect(await read('Patient/p2')).toBe(200);
  });

  test('reports what was refused, with the entry, and ends with 1', async () => {
    await writeFile(join(folder, 'c.ndjson'), '{"resourceType":"Patient","id":"p3","gender":"x"}\n');
    await writeFile(join(folder, 'd.json'), '{"resourceType":"Bundle","type":"transaction","entry":[{}]}');
    const { code, stderr } = await importFolder();
    expect(code).toBe(1);
    expect(stderr).toMatch(/c\.ndjson entry 0: 422/);
    expect(stderr).toMatch(/d\.json: 400 .*Bundle\.entry\[0\]/);
  });
});
