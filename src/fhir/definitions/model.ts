/** Shapes of the compiled R4 definitions that `compile.ts` writes and `load.ts` reads. */

export interface R4Definitions {
  /** FHIR version of the source, `4.0.1`. */
  fhirVersion: string;
  /** Every resource, complex and primitive type, by name. */
  types: Record<string, TypeDefinition>;
  /** Expanded value sets of the required bindings, by canonical URL without version. */
  valueSets: Record<string, ExpandedValueSet>;
  /** By URL of a code system with a hierarchy: the codes directly below each code that has any. */
  hierarchies: Record<string, Record<string, string[]>>;
  searchParameters: SearchParameterDefinition[];
  /**
   * By the type that a compartment is of (`Patient`): the search parameters by which resources of a type belong to
   * it, `{def}` standing for the resource itself (compartmentdefinition.html).
   */
  compartments: Record<string, Record<string, string[]>>;
}

export interface TypeDefinition {
  kind: 'resource' | 'complex-type' | 'primitive-type';
  abstract: boolean;
  /** Name of the base type (`DomainResource`, `Element`…), absent on the roots. */
  base?: string;
  /** Regular expression of the lexical form, primitive types only (datatypes.html), unanchored. */
  pattern?: string;
  /** Child elements, those of the base types included, in the order of the specification. */
  elements: ElementDefinition[];
}

export interface ElementDefinition {
  /** Name without `[x]`: `birthDate`, `value`. */
  name: string;
  min: number;
  /** Largest number of repetitions; `null` stands for `*`. */
  max: number | null;
  /** True where the JSON value is an array (the base maximum is above 1). */
  array: boolean;
  /** True for a choice of types: `value[x]`. */
  choice: boolean;
  types: ElementType[];
  binding?: { strength: 'required' | 'extensible' | 'preferred' | 'example'; valueSet: string };
  /** Children of a BackboneElement or Element defined in place. */
  elements?: ElementDefinition[];
  /** Path of the element whose children this one borrows, such as `Questionnaire.item`. */
  contentReference?: string;
  isSummary: boolean;
  isModifier: boolean;
}

export interface ElementType {
  /** Type name: `string`, `Reference`, `BackboneElement`, `Resource`. */
  code: string;
  /** Resource types that a Reference or canonical may point to; absent when any may. */
  targets?: string[];
}

/** Codes by code system URL; a system with `null` is accepted whole (not enumerable here). */
export interface ExpandedValueSet {
  systems: Record<string, string[] | null>;
}

export type SearchParameterType =
  | 'number'
  | 'date'
  | 'string'
  | 'token'
  | 'reference'
  | 'composite'
  | 'quantity'
  | 'uri'
  | 'special';

export interface SearchParameterDefinition {
  url: string;
  code: string;
  type: SearchParameterType;
  base: string[];
  /** FHIRPath; absent for `_text`, `_content`, `_query`. */
  expression?: string;
  /** Resource types that a reference parameter may point to. */
  target?: string[];
  components?: { definition: string; expression: string }[];
  description?: string;
}

/** The conformance resources of R4: where each one lies in the file that has one a line, in bytes. */
export type ConformanceIndex = [
  type: 'StructureDefinition' | 'ValueSet' | 'CodeSystem' | 'ConceptMap',
  url: string,
  version: string | null,
  start: number,
  length: number,
][];
