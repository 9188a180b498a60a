import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceResource } from '../../src/fhir/conformance/conformance-resources.ts';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { readXml } from '../../src/fhir/xml/read.ts';

/** One line of `index.json`: a resource, what it is validated with, and what another validator said. */
export interface ValidatorCase {
  id: string;
  /** File name of the resource below `files`. */
  resource: string;
  /** `invalid` has at least one error. */
  expected: 'valid' | 'invalid';
  /** Files of conformance resources that hold for this case alone. */
  supporting?: string[];
  /** File of a profile, or a canonical. */
  profile?: string;
  /** How often each kind of error was found. */
  errorKinds?: Record<string, number>;
  /** FHIRPath of the elements at which errors were found, where the folder records them. */
  elements?: string[];
}

/** The cases of a folder. */
export function readCases(folder: string): ValidatorCase[] {
  return JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as ValidatorCase[];
}

/** The text of a file of the cases. */
export function caseFile(folder: string, name: string): Buffer {
  return readFileSync(join(folder, 'files', name));
}

/** The resource of a file, JSON or XML by what it starts with. */
export function readResource(bytes: Buffer): Resource {
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  return (text.startsWith('<') ? readXml(Buffer.from(text)) : parseJson(text)) as Resource;
}

/** The conformance resources that a case is validated with, those within bundles included. */
export function scopeOf(folder: string, { supporting = [], profile }: ValidatorCase): ConformanceResource[] {
  const files = [...supporting, ...(profile === undefined || isCanonical(profile) ? [] : [profile])];
  return files.flatMap((name) => conformanceIn(plainJson(readResource(caseFile(folder, name)))));
}

/** The canonical of the profile of a case. */
export function profileOf(folder: string, { profile }: ValidatorCase): string | undefined {
  if (profile === undefined || isCanonical(profile)) return profile;
  return String(readResource(caseFile(folder, profile))['url']);
}

function isCanonical(profile: string): boolean {
  return /^https?:/.test(profile);
}

const conformanceTypes = ['StructureDefinition', 'ValueSet', 'CodeSystem', 'ConceptMap'];

function conformanceIn(resource: Resource): ConformanceResource[] {
  if (conformanceTypes.includes(resource.resourceType)) return [resource as unknown as ConformanceResource];
  const entries = Array.isArray(resource['entry']) ? (resource['entry'] as { resource?: Resource }[]) : [];
  return entries.flatMap((entry) => (entry.resource === undefined ? [] : conformanceIn(entry.resource)));
}

/** Conformance resources are read as plain JSON: the digits of decimals do not matter in them. */
function plainJson(resource: Resource): Resource {
  return JSON.parse(JSON.stringify(resource)) as Resource;
}
