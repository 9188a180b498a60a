import { gzipSync } from 'node:zlib';

/** The files of a package by their name, as texts or as what is written in JSON. */
export type PackageContent = Readonly<Record<string, unknown>>;

/** The manifest of an R4 package. */
export const manifest = { name: 'x.test.package', version: '1.0.0', fhirVersions: ['4.0.1'] };

/** A value set of a package. */
export const valueSet = (version: string, url = 'http://x.test/ValueSet/vs') => ({
  resourceType: 'ValueSet',
  status: 'active',
  url,
  version,
});

/** A profile of Patient, or of what its base is of. */
export const profile = (baseDefinition: string) => ({
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

/** A FHIR package as a .tgz file: every file in the folder `package`. */
export function packageFile(content: PackageContent): Buffer {
  return gzipSync(
    tar(Object.entries(content).map(([name, value]) => [`package/${name}`, Buffer.from(textOf(value))])),
  );
}

/** A file of a package. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A tar archive of regular files (POSIX ustar), or of entries of another kind. */
export function tar(files: readonly (readonly [name: string, content: Buffer, kind?: string])[]): Buffer {
  const blocks = files.flatMap(([name, content, kind = '0']) => [
    header(name, content.length, kind),
    content,
    Buffer.alloc((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(name: string, size: number, kind: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(kind, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
