import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ElementDefinition, StructureDefinition } from 'fhir/r4.d.ts';
import type { Actor } from '../../../src/access/actor.ts';
import { loadConformance } from '../../../src/fhir/conformance/load.ts';
import { ownLayer } from '../../../src/fhir/conformance/own-layer.ts';
import { unusableResources } from '../../../src/fhir/packages/check-packages.ts';
import { installPackage } from '../../../src/fhir/packages/install-package.ts';
import { loadPackages, supersededCount } from '../../../src/fhir/packages/loaded-packages.ts';
import { openPackage } from '../../../src/fhir/packages/read-package.ts';
import { manifest, type PackageContent, packageFile } from '../../support/fhir-package.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-packages-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

interface Manifest {
  name: string;
  version?: string;
  dependencies?: Record<string, string>;
}

async function add(own: Manifest, content: PackageContent = {}): Promise<string> {
  const { name, version = '1.0.0' } = own;
  const path = join(folder, `${name}-${version}.tgz`);
  await writeFile(path, packageFile({ 'package.json': { ...manifest, version, ...own }, ...content }));
  return path;
}

const valueSet = (version: string, url = 'http://x.test/ValueSet/vs') => ({
  resourceType: 'ValueSet',
  status: 'active',
  url,
  version,
});

const profile = (baseDefinition: string) => ({
  resourceType: 'StructureDefinition',
  url: 'http://x.test/profile',
  version: '1',
  name: 'profile',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition,
  derivation: 'constraint',
});

describe('a folder of packages', () => {
  test('that is not there has none', async () => {
    expect(await loadPackages(join(folder, 'none'))).toMatchObject({ packages: [], broken: [], missing: [] });
  });

  test('is loaded but for what is broken, of which the reason is told', async () => {
    await add({ name: 'b' });
    await add({ name: 'a', version: '1.9.0' });
    await add({ name: 'a', version: '1.10.0' });
    const unreadable = { 'x.json': '{"resourceType":"SearchParameter"}', '.index.json': { files: [] } };
    const index = { files: [{ filename: 'p.json', resourceType: 'SearchParameter', url: 'u' }] };
    await add({ name: 'c' }, { ...unreadable, '.index.json': index, 'p.json': 'no JSON' });
    await writeFile(join(folder, 'damaged.tgz'), 'plain text');
    await writeFile(join(folder, 'notes.txt'), 'x');
    await mkdir(join(folder, '.hidden'));
    await mkdir(join(folder, 'empty'));
    const { packages, broken } = await loadPackages(folder);
    expect(packages.map(({ name, version }) => `${name}#${version}`)).toEqual([
      'a#1.10.0',
      'a#1.9.0',
      'b#1.0.0',
    ]);
    expect(broken.map(({ path, reason }) => [path.slice(folder.length + 1), reason])).toEqual([
      ['damaged.tgz', 'incorrect header check'],
      ['empty', 'there is no package.json'],
      ['c-1.0.0.tgz', 'p.json holds no JSON object'],
    ]);
  });

  test('tells each dependency that is missing once, and the versions that are there', async () => {
    await add({ name: 'a', dependencies: { 'hl7.fhir.r4.core': '4.0.1', b: '1.0.0', gone: '3.0.0' } });
    await add({ name: 'b', version: '2.0.1', dependencies: { gone: '3.0.0', c: '1.x', d: 'current' } });
    await add({ name: 'c', version: '1.4.2' });
    await add({ name: 'd', version: '0.1.0' });
    expect((await loadPackages(folder)).missing).toEqual([
      { name: 'b', version: '1.0.0', neededBy: ['a#1.0.0'], versionsThere: ['2.0.1'] },
      { name: 'gone', version: '3.0.0', neededBy: ['a#1.0.0', 'b#2.0.1'], versionsThere: [] },
    ]);
  });

  test('has its resources side by side in their versions, on top of ours, but not of the types of R4', async () => {
    const own = 'https://passerelle.fr/fhir/ValueSet/operation';
    const patient = { ...profile('x'), url: 'http://hl7.org/fhir/StructureDefinition/Patient' };
    await add({ name: 'a' }, { 'v.json': valueSet('1'), 'o.json': valueSet('9', own), 'p.json': patient });
    await add(
      { name: 'b' },
      { 'v.json': valueSet('2'), 'i.json': { resourceType: 'ImplementationGuide', url: 'ig' } },
    );
    const loaded = await loadPackages(folder);
    const conformance = loadConformance([loaded.layer]);
    for (const version of ['1', '2']) {
      expect(conformance.valueSet(`http://x.test/ValueSet/vs|${version}`)).toEqual(valueSet(version));
    }
    expect(conformance.valueSet('http://x.test/ValueSet/vs')!.version).toBe('2');
    expect(conformance.valueSet(own)!.version).toBe('9');
    expect(conformance.structureDefinition(patient.url)!.definition.version).toBe('4.0.1');
    expect(loaded.packages.map((each) => supersededCount(each, ownLayer))).toEqual([1, 0]);
    expect(loaded.implementationGuides).toEqual(['ig']);
  });

  test('a resource that can no longer be read is told of, and as if it were not there', async () => {
    const index = {
      files: [{ filename: 'p.json', resourceType: 'StructureDefinition', url: 'http://x.test/profile' }],
    };
    await add({ name: 'a' }, { '.index.json': index, 'p.json': '{' });
    const conformance = loadConformance([(await loadPackages(folder)).layer]);
    expect(conformance.structureDefinition('http://x.test/profile')).toBeUndefined();
    expect(conformance.problem('http://x.test/profile')).toContain('p.json holds no JSON object');
  });

  test.each<[string, object, string]>([
    ['an element that is no array', { context: {} }, 'StructureDefinition.context must be an array'],
    ['a number for a text', { type: 5 }, 'StructureDefinition.type must be a string'],
    [
      'an element of a snapshot that is none',
      { snapshot: { element: [{ id: 'Patient', path: 'Patient' }, null] } },
      'StructureDefinition.snapshot.element[1] must be an object',
    ],
    [
      'a part that lacks',
      { differential: { element: [{ path: 'Patient', type: [{ profile: [] }] }] } },
      'StructureDefinition.differential.element[0].type[0].code is missing',
    ],
    [
      'a contained resource of a wrong form',
      { contained: [{ resourceType: 'ValueSet', compose: { include: [{ concept: [{ code: true }] }] } }] },
      'ValueSet.compose.include[0].concept[0].code must be a string',
    ],
  ])('a definition that has %s cannot be used', async (_, wrong, problem) => {
    await add({ name: 'a' }, { 'p.json': { ...profile('x'), ...wrong } });
    const loaded = await loadPackages(folder);
    const conformance = loadConformance([loaded.layer]);
    expect(conformance.structureDefinition('http://x.test/profile')).toBeUndefined();
    expect(conformance.problem('http://x.test/profile')).toBe(`it cannot be read: ${problem}`);
    expect(unusableResources(loaded, conformance)).toEqual([
      { package: 'a#1.0.0', canonical: 'http://x.test/profile|1', problem },
    ]);
  });

  test('concepts of concepts are looked at, and what R4 does not know is passed over', async () => {
    const system = {
      resourceType: 'CodeSystem',
      url: 'http://x.test/cs',
      content: 'complete',
      versionAlgorithm: 5,
    };
    const child = (code: unknown) => ({ code: 'a', concept: [{ code: 'b', concept: [{ code }] }] });
    await add(
      { name: 'a' },
      {
        'good.json': { ...system, concept: [child('c')] },
        'bad.json': { ...system, url: 'http://x.test/bad', concept: [child(['c'])] },
      },
    );
    const loaded = await loadPackages(folder);
    const conformance = loadConformance([loaded.layer]);
    expect(conformance.codeSystem('http://x.test/cs')?.concept).toHaveLength(1);
    expect(conformance.codeSystem('http://x.test/bad')).toBeUndefined();
    expect(unusableResources(loaded, conformance).map(({ problem }) => problem)).toEqual([
      'CodeSystem.concept[0].concept[0].concept[0].code must be a string',
    ]);
  });

  test('is checked resource by resource', async () => {
    await add({ name: 'a' }, { 'p.json': profile('http://x.test/gone'), 'v.json': valueSet('1') });
    const url = 'http://x.test/ValueSet/other';
    const index = { files: [{ filename: 'v.json', resourceType: 'ValueSet', url }] };
    await add({ name: 'b' }, { 'v.json': valueSet('1'), '.index.json': index });
    const loaded = await loadPackages(folder);
    expect(unusableResources(loaded, loadConformance([loaded.layer]))).toEqual([
      {
        package: 'a#1.0.0',
        canonical: 'http://x.test/profile|1',
        problem: 'its base http://x.test/gone is not known',
      },
      {
        package: 'b#1.0.0',
        canonical: url,
        problem: `the index of the package names another url than ${valueSet('1').url}`,
      },
    ]);
  });
});

describe('adding a package', () => {
  test.each(['file', 'folder'])('of a %s copies it, once', async (kind) => {
    const source = join(folder, 'source');
    await mkdir(source);
    const [file] = [join(source, 'package.json')];
    await writeFile(file, JSON.stringify(manifest));
    const path = kind === 'folder' ? source : await add({ name: manifest.name });
    const target = join(folder, 'target', 'packages');
    const installed = await installPackage(path, target);
    expect(await readdir(target)).toEqual([`x.test.package-1.0.0${kind === 'folder' ? '' : '.tgz'}`]);
    expect(await openPackage(installed.path)).toMatchObject({ name: 'x.test.package', version: '1.0.0' });
    await expect(installPackage(path, target)).rejects.toThrow('x.test.package#1.0.0 is there already');
  });

  test.each([
    ['that is none', 'x', 'cannot be read'],
    [
      'whose name leads elsewhere',
      packageFile({ 'package.json': { ...manifest, name: '../../x' } }),
      'cannot be the name',
    ],
  ])('%s leaves nothing behind', async (_what, bytes, reason) => {
    const path = join(folder, 'x.tgz');
    await writeFile(path, bytes);
    await expect(installPackage(path, join(folder, 'target'))).rejects.toThrow(reason);
    expect(existsSync(join(folder, 'target'))).toBe(false);
  });
});

describe('the administration of packages', () => {
  const administrator: Actor = { kind: 'professional', tenant: 'default', roles: ['admin'], context: {} };
  let server: TestServer;
  let caller: Actor = administrator;

  beforeAll(async () => {
    server = await startTestServer({}, { authenticate: async () => caller });
  });
  afterAll(() => server.stop());

  async function call(method: string, path = '', body?: Buffer): Promise<{ status: number; body: string }> {
    const url = `${server.origin}/api/v1/admin/packages${path}`;
    const headers = { 'content-type': 'application/gzip' };
    const answer = await fetch(url, { method, headers, ...(body && { body: new Uint8Array(body) }) });
    return { status: answer.status, body: await answer.text() };
  }

  const expand = async () => {
    const url = `${server.fhir}/ValueSet/$expand?url=${valueSet('1').url}`;
    return (await fetch(url)).status;
  };
  const include = [{ system: 'http://x.test/cs', concept: [{ code: 'a' }] }];
  const content = packageFile({
    'package.json': manifest,
    'v.json': { ...valueSet('1'), compose: { include } },
  });

  test('adds a package whose terminology works at once, lists it and takes it away', async () => {
    expect(await expand()).toBe(404);
    const added = await call('POST', '', content);
    expect(added.status).toBe(201);
    expect(JSON.parse(added.body)).toEqual({
      name: manifest.name,
      version: '1.0.0',
      resources: 1,
      missing: [],
    });
    expect(await expand()).toBe(200);
    expect((await call('POST', '', content)).status).toBe(409);
    expect(await readdir(join(server.directory, 'packages'))).toEqual(['x.test.package-1.0.0.tgz']);
    expect(JSON.parse((await call('GET')).body)).toEqual({
      packages: [{ name: manifest.name, version: '1.0.0', resources: 1 }],
      broken: [],
      missing: [],
    });
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(404);
    expect(await expand()).toBe(404);
  });

  test.each<[string, object, string]>([
    ['base that is no array', { base: 'Patient' }, 'SearchParameter.base must be an array'],
    ['component that is none', { component: [null] }, 'SearchParameter.component[0] must be an object'],
    ['expression that is no text', { expression: 5 }, 'SearchParameter.expression must be a string'],
    ['code that lacks', { code: undefined }, 'SearchParameter.code is missing'],
  ])(
    'a search parameter with a %s is left out, and all else of its package works',
    async (_, wrong, problem) => {
      const parameter = {
        resourceType: 'SearchParameter',
        url: 'http://x.test/wrong',
        status: 'active',
        code: 'wrong',
        base: ['Patient'],
        type: 'string',
        expression: 'Patient.name.given',
      };
      const bytes = packageFile({
        'package.json': manifest,
        'v.json': { ...valueSet('1'), compose: { include } },
        's.json': { ...parameter, ...wrong },
      });
      expect((await call('POST', '', bytes)).status).toBe(201);
      const loaded = await loadPackages(join(server.directory, 'packages'));
      expect(unusableResources(loaded, loadConformance([loaded.layer])).map((one) => one.problem)).toEqual([
        problem,
      ]);
      expect(await expand()).toBe(200);
      expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    },
  );

  test('its search parameter and its guide are told once they can be used, until it is taken away', async () => {
    const parameter = {
      resourceType: 'SearchParameter',
      url: 'http://x.test/nickname',
      name: 'nickname',
      status: 'active',
      description: 'By nickname',
      code: 'nickname',
      base: ['Patient'],
      type: 'string',
      expression: "Patient.name.where(use = 'nickname').given",
    };
    const guide = { resourceType: 'ImplementationGuide', url: 'http://x.test/guide', version: '1' };
    const patient = { resourceType: 'Patient', name: [{ use: 'nickname', given: ['Jo'] }] };
    caller = { ...administrator, kind: 'service' };
    await fetch(`${server.fhir}/Patient`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(patient),
    });
    const told = async () => {
      const text = await (await fetch(`${server.fhir}/metadata`)).text();
      return ['http://x.test/nickname', 'http://x.test/guide|1'].map((url) => text.includes(url));
    };
    const found = async () => {
      const answer = await fetch(`${server.fhir}/Patient?nickname=jo`, {
        headers: { prefer: 'handling=strict' },
      });
      return answer.ok ? JSON.parse(await answer.text()).entry?.length : answer.status;
    };
    expect([await told(), await found()]).toEqual([[false, false], 400]);
    const bytes = packageFile({ 'package.json': manifest, 's.json': parameter, 'g.json': guide });
    // Beside the server, as its command does.
    await writeFile(join(server.directory, 'packages', 'beside.tgz'), bytes);
    expect(await server.running.core.packages.refresh()).toBe(true);
    expect((await told())[1]).toBe(true);
    let [isTold] = await told();
    for (; !isTold; [isTold] = await told()) await setTimeout(5);
    expect(await found()).toBe(1);
    expect(await server.running.core.packages.refresh()).toBe(false);
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    expect([await told(), await found()]).toEqual([[false, false], 400]);
    caller = administrator;
  });

  test('its code system, however large, decides what is written and is expanded', async () => {
    caller = { ...administrator, kind: 'service' };
    const system = 'http://x.test/large';
    const display = 'x'.repeat(100);
    const concept = Array.from({ length: 6000 }, (_, n) => ({ code: `c${n}`, display: `${display} ${n}` }));
    const bytes = packageFile({
      'package.json': manifest,
      'c.json': { resourceType: 'CodeSystem', url: system, status: 'active', content: 'complete', concept },
      'v.json': { ...valueSet('1'), compose: { include: [{ system }] } },
      'p.json': {
        ...profile('http://hl7.org/fhir/StructureDefinition/Basic'),
        type: 'Basic',
        differential: {
          element: [
            {
              id: 'Basic.code',
              path: 'Basic.code',
              binding: { strength: 'required', valueSet: valueSet('1').url },
            },
          ],
        },
      },
    });
    expect((await call('POST', '', bytes)).status).toBe(201);
    const write = async (code: string) => {
      const coding = [{ system, code }];
      const resource = {
        resourceType: 'Basic',
        meta: { profile: ['http://x.test/profile'] },
        code: { coding },
      };
      const headers = { 'content-type': 'application/fhir+json' };
      return fetch(`${server.fhir}/Basic`, { method: 'POST', headers, body: JSON.stringify(resource) });
    };
    expect((await Promise.all(['c5999', 'c6000'].map(write))).map(({ status }) => status)).toEqual([
      201, 422,
    ]);
    const page = await fetch(`${server.fhir}/ValueSet/$expand?url=${valueSet('1').url}&filter=x+59&count=1`);
    expect(JSON.parse(await page.text()).expansion).toMatchObject({
      total: 219,
      contains: [{ code: 'c59' }],
    });
    expect((await call('DELETE', `/${manifest.name}/1.0.0`)).status).toBe(204);
    caller = administrator;
  });

  test('refuses what is no package with the reason, and keeps nothing of it', async () => {
    const { status, body } = await call('POST', '', packageFile({ 'a.json': {} }));
    expect([status, JSON.parse(body).issue[0].diagnostics]).toEqual([
      422,
      'It is no FHIR package: there is no package.json',
    ]);
    expect((await call('POST', '', Buffer.from('x'))).body).not.toContain(server.directory);
    expect(await readdir(join(server.directory, 'packages'))).toEqual([]);
  });

  test('is not for users of other roles', async () => {
    caller = { ...administrator, roles: ['doctor'] };
    for (const answer of [call('GET'), call('POST', '', content), call('DELETE', '/x/1')]) {
      expect((await answer).status).toBe(403);
    }
    caller = administrator;
  });
});

// The published package is not part of this repository: the comparison is made where it is at hand.
const official = fileURLToPath(
  new URL('../../../../shared/data/packages/hl7.fhir.fr.core-2.2.0.tgz', import.meta.url),
);
if (existsSync(official)) {
  describe('the official FR Core package', () => {
    const frCore = async () => {
      const loaded = await loadPackages(join(official, '..'));
      return { loaded, conformance: loadConformance([loaded.layer]) };
    };

    test('loads as it is, and tells what it lacks', async () => {
      const { loaded, conformance } = await frCore();
      expect(loaded.broken).toEqual([]);
      expect(loaded.missing.map(({ name, version }) => `${name}#${version}`)).toEqual([
        'ans.fr.terminologies#1.7.0',
        'hl7.fhir.uv.extensions.r4#5.2.0',
        'hl7.terminology.r4#7.1.0',
      ]);
      expect(unusableResources(loaded, conformance)).toEqual([]);
      expect(supersededCount(loaded.packages[0]!, ownLayer)).toBeGreaterThanOrEqual(0);
    });

    test('has the snapshots that its differentials give', async () => {
      const { loaded, conformance } = await frCore();
      const published = loaded.packages[0]!.resources.flatMap((resource) =>
        resource.resourceType === 'StructureDefinition' ? [resource.read() as StructureDefinition] : [],
      );
      const scope = conformance.with(published.map(({ snapshot, ...definition }) => definition));
      const rulesOf = ({ min, max, type = [], constraint = [], ...others }: ElementDefinition) => ({
        min,
        max,
        type: type.map(({ code }) => code),
        constraint: constraint.map(({ key }) => key).sort(),
        values: Object.entries(others).filter(([key]) => /^(fixed|pattern)[A-Z]/.test(key)),
      });
      for (const { url, version, snapshot } of published) {
        const derived = scope.structureDefinition(`${url}|${version}`);
        if (derived === undefined) throw new Error(`${url}: ${scope.problem(url)}`);
        const own = new Map(derived.definition.snapshot!.element.map((element) => [element.id, element]));
        for (const element of snapshot!.element) {
          expect([url, element.id, rulesOf(own.get(element.id)!)]).toEqual([
            url,
            element.id,
            rulesOf(element),
          ]);
        }
      }
    });
  });
}
