import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { canonical } from '../../profiles/generator/canonicals.ts';
import type { Resource } from '../../src/fhir/resource.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A change to a valid resource, and what is said of it. */
export interface RuleCase {
  /** The rule at stake, in words of the profile: slice, element, key of the invariant or pitfall. */
  rule: string;
  /** By path, as `identifier[0].use`; null takes the element away. */
  change: Readonly<Record<string, Json>>;
  /**
   * The issue that the change brings: severity, expression and, of an invariant, its key. Several where it breaks
   * several rules, absent where nothing is said.
   */
  found?: string | string[];
}

const systems: Readonly<Record<string, string>> = {
  loinc: 'http://loinc.org',
  sct: 'http://snomed.info/sct',
};

function read(file: string): unknown {
  return parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}

/** A valid resource of each profile of FR Core, by a name. */
export function frenchResources(): Record<string, Resource> {
  return written(read('resources.yaml') as Json) as unknown as Record<string, Resource>;
}

/** The cases of the rules of FR Core, by the name of the resource that they change. */
export function ruleCases(): [resource: string, RuleCase][] {
  return readdirSync(new URL('cases/', import.meta.url)).flatMap((file) =>
    Object.entries(read(`cases/${file}`) as Record<string, RuleCase[]>).flatMap(([resource, cases]) =>
      cases.map((one): [string, RuleCase] => [resource, one]),
    ),
  );
}

/** A copy of the resource with the changes of a case, one after the other. */
export function changed(resource: Resource, change: RuleCase['change']): Resource {
  const copy = structuredClone(resource);
  for (const [path, value] of Object.entries(change))
    setAt(copy, path, value === null ? null : written(value));
  return copy;
}

function setAt(resource: Resource, path: string, value: Json): void {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop() ?? '';
  let holder = resource as unknown as Record<string, Json>;
  for (const step of steps) {
    holder[step] ??= {};
    holder = holder[step] as Record<string, Json>;
  }
  if (value === null && Array.isArray(holder)) holder.splice(Number(last), 1);
  else if (value === null) delete holder[last];
  // JSON has no list with holes.
  else if (Array.isArray(holder) && Number(last) > holder.length) holder.push(value);
  else holder[last] = value;
}

/** JSON with its short forms written out: canonicals, `system#code` for a Coding, `ucum: 98 mm[Hg]` for a Quantity. */
function written(value: Json): Json {
  if (Array.isArray(value)) return value.map(written);
  if (typeof value === 'string') return writtenText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value['ucum'] === 'string') {
    const [amount, code = ''] = value['ucum'].split(' ');
    return { value: Number(amount), unit: code, system: 'http://unitsofmeasure.org', code };
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, written(member)]])),
  );
}

function writtenText(text: string): Json {
  const [system = '', code] = text.split('#');
  if (code === undefined) return canonical(text);
  return { system: systems[system] ?? canonical(system), code };
}
