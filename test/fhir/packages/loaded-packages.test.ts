import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ElementDefinition, StructureDefinition } from 'fhir/r4.d.ts';
import { loadConformance } from '../../../src/fhir/conformance/load.ts';
import { ownLayer } from '../../../src/fhir/conformance/own-layer.ts';
import { unusableResources } from '../../../src/fhir/packages/check-packages.ts';
import { installPackage } from '../../../src/fhir/packages/install-package.ts';
import { loadPackages, supersededCount } from '../../../src/fhir/packages/loaded-packages.ts';
import { openPackage } from '../../../src/fhir/packages/read-package.ts';
import { manifest, type PackageContent, packageFile, profile, valueSet } from '../../support/fhir-package.ts';

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
