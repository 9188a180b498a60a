import type { ElementDefinition, Extension, StructureDefinition } from 'fhir/r4.d.ts';
import type { Resource } from '../../fhir/resource.ts';
import { isObject } from '../../validation/objects.ts';

/** What resources and definitions name that is to be validated by. */
export interface NamedCanonicals {
  /** Profiles and definitions of extensions. */
  definitions: Set<string>;
  valueSets: Set<string>;
  /** URLs of code systems. */
  codeSystems: Set<string>;
}

/** What one validation looks for in the store, at most. */
const mostNamed = 200;

/** What these resources name: declared profiles, extensions and the systems of codes, wherever they stand. */
export function namedByResources(
  resources: readonly Resource[],
  profiles: readonly string[],
): NamedCanonicals {
  const named = noneNamed();
  for (const profile of profiles) add(named.definitions, profile);
  for (const resource of resources) visit(resource, '', named);
  return named;
}

export function noneNamed(): NamedCanonicals {
  return { definitions: new Set(), valueSets: new Set(), codeSystems: new Set() };
}

function visit(value: unknown, property: string, named: NamedCanonicals): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, property, named);
    return;
  }
  if (!isObject(value)) return;
  const { profile, url, system, code } = value;
  if (property === 'meta' && Array.isArray(profile)) {
    for (const one of profile) add(named.definitions, one);
  }
  if (property === 'extension' || property === 'modifierExtension') add(named.definitions, url);
  if (code !== undefined) add(named.codeSystems, system);
  for (const name in value) visit(value[name], name, named);
}

/** Adds what a definition names: its base, the profiles of types and targets, the value sets that codes are checked by. */
export function nameByDefinition(definition: StructureDefinition, named: NamedCanonicals): void {
  add(named.definitions, definition.baseDefinition);
  const { snapshot, differential } = definition;
  for (const element of [...(differential?.element ?? []), ...(snapshot?.element ?? [])]) {
    nameByElement(element, named);
  }
}

function nameByElement({ type, binding }: ElementDefinition, { definitions, valueSets }: NamedCanonicals) {
  for (const { profile, targetProfile } of type ?? []) {
    for (const one of [...(profile ?? []), ...(targetProfile ?? [])]) add(definitions, one);
  }
  const isChecked = binding?.strength !== 'example' && !binding?.valueSet?.startsWith('#');
  if (isChecked) add(valueSets, binding?.valueSet);
  for (const { valueCanonical } of (binding?.extension ?? []) as Extension[]) add(valueSets, valueCanonical);
}

function add(names: Set<string>, name: unknown): void {
  if (typeof name === 'string' && names.size < mostNamed) names.add(name);
}
