import { typeDefinition } from '../fhir/definitions/load.ts';
import type { R4Definitions } from '../fhir/definitions/model.ts';
import type { Visit } from '../fhir/fhirpath/branch.ts';
import { compileFhirPath } from '../fhir/fhirpath/compile.ts';
import type { Resource } from '../fhir/resource.ts';
import { ownCanonicalsParameter } from './derived-parameters.ts';
import type { ExtractionFrame } from './extraction/writer.ts';
import type { SearchParameter } from './search-parameter.ts';

/**
 * True for the types whose resources are named by their `url`, with or without their `version`
 * (references.html#canonical).
 */
export function isCanonicalType(definitions: R4Definitions, type: string): boolean {
  const elements = typeDefinition(definitions, type)?.elements ?? [];
  const has = (name: string, code: string) =>
    elements.some((element) => element.name === name && element.types[0]?.code === code);
  return has('url', 'uri') && has('version', 'string');
}

/** The target types that a parameter of `type` names by canonical URLs; none when it has no such element. */
export function canonicalTargetsOf(
  definitions: R4Definitions,
  type: string,
  { family, expression, targets }: SearchParameter,
): readonly string[] {
  if (family !== 'reference' || expression === undefined) return [];
  const named = targets.filter((target) => isCanonicalType(definitions, target));
  if (named.length === 0) return [];
  const branches = compileFhirPath(expression, type, definitions);
  return branches.some((branch) => branch.type === 'canonical' || branch.type === 'uri') ? named : [];
}

/** What names a resource in canonical references: its URL, and its URL with its version. */
export function ownCanonicals(resource: Resource): string[] {
  const { url, version } = resource as Resource & { url?: unknown; version?: unknown };
  if (typeof url !== 'string') return [];
  return typeof version === 'string' ? [url, `${url}|${version}`] : [url];
}

/** Writes what names the resource in canonical references. */
export const ownCanonicalsVisitor: Visit<ExtractionFrame> = (_, { resource, values }) => {
  for (const value of ownCanonicals(resource)) {
    values.uri.push({ parameter: ownCanonicalsParameter, value });
  }
};
