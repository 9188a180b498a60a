/** Cardinality as in FHIR: `0..1`, `1..*`. */
type Cardinality = string;

/** What a profile says of one element, in the names of ElementDefinition where they are short enough. */
export interface ElementSource {
  card?: Cardinality;
  short?: string;
  /** Code of the one type that is left. */
  type?: string;
  /** Profile of the type. */
  profile?: string;
  /** Target profiles of a Reference. */
  targets?: readonly string[];
  /** Definition of the extension of a slice. */
  extension?: string;
  /** Discriminators: `value:type, value:system`. */
  slicing?: string;
  rules?: 'open' | 'closed';
  /** `required vs:fr-core-vs-patient-gender` */
  binding?: string;
  mustSupport?: boolean;
  /** `tho:v2-0203#NH` for a CodeableConcept, a short canonical for a URI. */
  [fixedOrPattern: `fixed${string}` | `pattern${string}`]: string;
}

export interface InvariantSource {
  key: string;
  severity: 'error' | 'warning';
  human: string;
  expression: string;
}

interface DefinitionSource {
  name: string;
  title: string;
  description: string;
  invariants?: readonly InvariantSource[];
}

export interface ProfileSource extends DefinitionSource {
  base: string;
  type: string;
  /** Slice of meta.profile for the canonical of the profile itself. */
  canonicalSlice?: string;
  /** By the id of the element without the type, in the order of the type; a cardinality may stand alone. */
  elements: Readonly<Record<string, ElementSource | Cardinality>>;
}

/** A value of one type, or parts that are extensions of their own. */
export interface ExtensionContentSource {
  card?: Cardinality;
  short?: string;
  type?: string;
  /** The type that the rules are about, where the guide leaves other types open. */
  openType?: string;
  profile?: string;
  targets?: readonly string[];
  binding?: string;
  /** Cardinality of the value. */
  valueCard?: Cardinality;
  parts?: Readonly<Record<string, ExtensionContentSource>>;
}

export interface ExtensionSource extends DefinitionSource, ExtensionContentSource {
  /** Only where the canonical is not one of FR Core. */
  canonical?: string;
  context: readonly string[];
}

export interface CodeSystemSource {
  title: string;
  description?: string;
  /** `complete` unless said. */
  content?: 'complete' | 'fragment' | 'not-present';
  /** Displays by code. */
  concepts?: Readonly<Record<string, string>>;
  /** Definitions by code, where the display is not known. */
  meanings?: Readonly<Record<string, string>>;
  /** Codes of which no more is known. */
  codes?: readonly string[];
}

/** A whole code system, codes of one, those under a concept of one, or another value set. */
export type InclusionSource =
  | string
  | { system: string; codes: readonly string[] }
  | { system: string; isA: string }
  | { valueSet: string };

export interface ValueSetSource {
  title: string;
  /** Nothing for a value set whose content is not known. */
  include?: readonly InclusionSource[];
  exclude?: readonly InclusionSource[];
}

/** One file of the readable source. */
export interface SourceFile {
  profiles?: Readonly<Record<string, ProfileSource>>;
  extensions?: Readonly<Record<string, ExtensionSource>>;
  codeSystems?: Readonly<Record<string, CodeSystemSource>>;
  valueSets?: Readonly<Record<string, ValueSetSource>>;
}
