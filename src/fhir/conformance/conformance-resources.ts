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

/** A resource that is not read yet. */
export interface LargeResource {
  version: string | undefined;
  /** @returns its JSON */
  load(): Promise<Buffer>;
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
  /** Whether the very version that a canonical names is there, usable or not; where it names none, any. */
  hasStructureDefinition(canonical: string): boolean;
  /** Why the StructureDefinition of a canonical, though there, has no snapshot; undefined when nothing is wrong. */
  problem(canonical: string): string | undefined;
  /** @param canonical of a value set that a profile contains: that of the profile, and its id as the fragment */
  valueSet(canonical: string): ValueSet | undefined;
  codeSystem(canonical: string): CodeSystem | undefined;
  /** The code system of a canonical where it is too large to be read at once, and is to be read in pieces. */
  largeCodeSystem(canonical: string): LargeResource | undefined;
  conceptMap(canonical: string): ConceptMap | undefined;
  /** The canonical URLs of all resources of a type. */
  urls(type: ConformanceResource['resourceType']): ReadonlySet<string>;
  /**
   * A fresh scope on top of this one, whose resources win: validator cases, resources of one tenant or one request.
   * A resource without url is not reachable and left out.
   */
  with(resources: readonly ConformanceResource[]): ConformanceResources;
  /** A scope that has, beyond this one, what is added to it. */
  extended(): ExtendedResources;
}

/** Conformance resources that grow by what was not asked for before. */
export interface ExtendedResources {
  resources: ConformanceResources;
  /** Adds a resource, which counts where the others have no such canonical, or not the version that is asked for. */
  add(resource: ConformanceResource): void;
}
