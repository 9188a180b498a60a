import { readdirSync, readFileSync } from 'node:fs';
import type { CodeSystem, StructureDefinition, ValueSet } from 'fhir/r4.d.ts';
import { parse } from 'yaml';
import { jsonText } from './json-text.ts';
import type { SourceFile } from './source.ts';
import { extensionDefinition, profileDefinition } from './structure-definitions.ts';
import { codeSystemDefinition, valueSetDefinition } from './terminology.ts';

/** A file that the source gives. */
export interface GeneratedFile {
  /** From the folder of profiles: `StructureDefinition/fr-core-patient.json`. */
  path: string;
  text: string;
}

const sources = new URL('../fr-core/', import.meta.url);

/**
 * The FHIR JSON of the definitions of FR Core, from their readable source.
 * @throws Error when two definitions have one file
 */
export function generatedFiles(): GeneratedFile[] {
  const files = new Map<string, string>();
  for (const name of readdirSync(sources).sort()) {
    const source = parse(readFileSync(new URL(name, sources), 'utf8'), { merge: true }) as SourceFile;
    for (const definition of definitionsOf(source)) {
      const path = `${definition.resourceType}/${definition.id}.json`;
      if (files.has(path)) throw new Error(`the source gives ${path} twice`);
      files.set(path, jsonText(definition));
    }
  }
  return [...files].map(([path, text]) => ({ path, text }));
}

function definitionsOf(file: SourceFile): (StructureDefinition | CodeSystem | ValueSet)[] {
  const { profiles = {}, extensions = {}, codeSystems = {}, valueSets = {} } = file;
  return [
    ...Object.entries(profiles).map(([id, source]) => profileDefinition(id, source)),
    ...Object.entries(extensions).map(([id, source]) => extensionDefinition(id, source)),
    ...Object.entries(codeSystems).map(([id, source]) => codeSystemDefinition(id, source)),
    ...Object.entries(valueSets).map(([id, source]) => valueSetDefinition(id, source)),
  ];
}
