import type { CodeSystem, ConceptMap, StructureDefinition, ValueSet } from 'fhir/r4.d.ts';

/** The types of conformance resources by which data are validated and codes explained. */
export type ConformanceResource = StructureDefinition | ValueSet | CodeSystem | ConceptMap;

/** What a canonical leads to. */
export interface FoundStructureDefinition {
  /** Always with a snapshot, each of whose elements has an id. Shared: treat it as read-only. */
  definition: StructureDefinition;
  /** True when the version that was asked for is not there, and this is another one. */
  isFallback: boolean;
}

/**
 * Conformance resources by canonical URL: those of R4, those of this server, those of FHIR packages, and those of a
 * scope laid on top. Canonicals are taken with or without `|version`; one without leads to the latest version of the
 * source that wins, and one with a version that is not there to that as well (references.html#canonical). Resources
 * are shared: treat them as read-only.
 */
export interface ConformanceResources {
  /**
   * @returns undefined for a canonical that nothing is known of, and for one whose snapshot cannot be derived: why
   * not is told by `problem`
   */
  structureDefinition(canonical: string): FoundStructureDefinition | undefined;
  /** Why the StructureDefinition of a canonical, though there, has no snapshot; undefined when nothing is wrong. */
  problem(canonical: string): string | undefined;
  valueSet(canonical: string): ValueSet | undefined;
  codeSystem(canonical: string): CodeSystem | undefined;
  conceptMap(canonical: string): ConceptMap | undefined;
  /**
   * A fresh scope on top of this one, whose resources win: validator cases, resources of one tenant or one request.
   * A resource without url is not reachable and left out.
   */
  with(resources: readonly ConformanceResource[]): ConformanceResources;
}
