import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openPackage, packageResources } from '../../../src/fhir/packages/read-package.ts';
import { readTar } from '../../../src/fhir/packages/tar.ts';
import { manifest, packageFile, tar, textOf } from '../../support/fhir-package.ts';

interface Named {
  resourceType: string;
  id: string;
}

const parameter = (id: string): Named => ({ resourceType: 'SearchParameter', id });
const content = {
  'package.json': manifest,
  'SearchParameter-b.json': parameter('b'),
  'SearchParameter-a.json': parameter('a'),
  'CapabilityStatement-c.json': { resourceType: 'CapabilityStatement', searchParam: 'SearchParameter' },
  'example/SearchParameter-e.json': parameter('e'),
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-package-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, bytes: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

async function idsOf(path: string): Promise<string[]> {
  return packageResources<Named>(await openPackage(path), 'SearchParameter').map(({ id }) => id);
}

test('the resources of a type of a .tgz file, examples left out', async () => {
  expect(await idsOf(await written('x.tgz', packageFile(content)))).toEqual(['a', 'b']);
});

test('the index of the package says which files are of the type', async () => {
  const files = [
    { filename: 'SearchParameter-b.json', resourceType: 'SearchParameter' },
    { filename: 'SearchParameter-b.json', resourceType: 'SearchParameter' },
    { filename: 'CapabilityStatement-c.json', resourceType: 'CapabilityStatement' },
  ];
  const path = await written(
    'x.tgz',
    packageFile({ ...content, '.index.json': { 'index-version': 1, files } }),
  );
  expect(await idsOf(path)).toEqual(['b']);
});

test.each(['', 'package/'])('a folder with the files in %j', async (inner) => {
  for (const [name, value] of Object.entries(content))
    await written(`unpacked/${inner}${name}`, textOf(value));
  expect(await idsOf(join(folder, 'unpacked'))).toEqual(['a', 'b']);
});

test('the index of a folder leads to no file outside of it', async () => {
  await written('outside.json', textOf(parameter('outside')));
  const files = [{ filename: '../outside.json', resourceType: 'SearchParameter' }];
  await written('unpacked/package.json', textOf(manifest));
  await written('unpacked/.index.json', textOf({ files }));
  await expect(idsOf(join(folder, 'unpacked'))).rejects.toThrow('no file package/../outside.json');
});

describe('a package that is refused, with its path and the reason', () => {
  test.each<[string, string, string | Buffer]>([
    ['no archive', 'header', 'plain text'],
    ['no tar', 'the archive ends within an entry', gzipSync('short')],
    ['no manifest', 'no package.json', packageFile({ 'a.json': parameter('a') })],
    ['a manifest without a name', 'gives no name', packageFile({ 'package.json': {} })],
    ['a manifest without a version', 'gives no version', packageFile({ 'package.json': { name: 'x' } })],
    ['a manifest that is no JSON', 'no JSON object', packageFile({ 'package.json': '{' })],
    [
      'another version of FHIR',
      'FHIR 5.0.0',
      packageFile({ 'package.json': { ...manifest, fhirVersions: ['5.0.0'] } }),
    ],
    [
      'a resource that is no JSON',
      'a.json holds no JSON',
      packageFile({ ...content, 'a.json': '{"SearchParameter"' }),
    ],
    [
      'a resource of another type than its index says',
      'a.json holds no SearchParameter',
      packageFile({
        'package.json': manifest,
        '.index.json': { files: [{ filename: 'a.json', resourceType: 'SearchParameter', url: 'x' }] },
        'a.json': { resourceType: 'Patient' },
      }),
    ],
    [
      'an index that names a file that is not there',
      'no file package/gone.json',
      packageFile({
        ...content,
        '.index.json': { files: [{ filename: 'gone.json', resourceType: 'SearchParameter' }] },
      }),
    ],
  ])('%s', async (_, reason, bytes) => {
    const path = await written('x.tgz', bytes);
    await expect(idsOf(path)).rejects.toThrow(path);
    await expect(idsOf(path)).rejects.toThrow(reason);
  });

  test('a path where there is nothing', async () => {
    await expect(idsOf(join(folder, 'gone.tgz'))).rejects.toThrow('gone.tgz');
  });
});

describe('tar', () => {
  const files = (archive: Buffer) =>
    [...readTar(archive)].map(({ name, content }) => [name, String(content)]);
  const long = `package/${'x'.repeat(150)}.json`;

  test('contents of any length, and folders', () => {
    const contents = [0, 1, 511, 512, 513].map((length) => 'é'.repeat(length));
    const entries = contents.map((text, index) => [`f${index}`, Buffer.from(text)] as const);
    expect(files(tar([['folder/', Buffer.alloc(0), '5'], ...entries]))).toEqual(
      contents.map((text, index) => [`f${index}`, text]),
    );
  });

  test('long names by a pax header and by GNU tar', () => {
    const record = ` path=${long}\n`;
    const length = record.length + 3;
    const entry = ['short', Buffer.from('x')] as const;
    expect(files(tar([['pax', Buffer.from(`${length}${record}`), 'x'], entry, entry]))).toEqual([
      [long, 'x'],
      ['short', 'x'],
    ]);
    expect(files(tar([['././@LongLink', Buffer.from(`${long}\0`), 'L'], entry]))).toEqual([[long, 'x']]);
  });

  test('a damaged header, a cut archive and a link are refused', () => {
    const archive = tar([['a', Buffer.from('x'.repeat(600))]]);
    const damaged = Buffer.from(archive);
    damaged[0]! ^= 1;
    expect(() => files(damaged)).toThrow('damaged');
    for (const length of [100, 512, 700]) {
      expect(() => files(archive.subarray(0, length))).toThrow('ends within an entry');
    }
    expect(() => files(tar([['link', Buffer.alloc(0), '2']]))).toThrow('kind "2"');
  });
});
