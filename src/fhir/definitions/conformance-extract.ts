import type {
  CodeSystem,
  CodeSystemConcept,
  ConceptMap,
  Element,
  ElementDefinition,
  ElementDefinitionConstraint,
  Extension,
  StructureDefinition,
  ValueSet,
} from 'fhir/r4.d.ts';
import { splitCanonical } from '../canonical.ts';
import {
  correctedElements,
  type DataElements,
  isPrimitiveValue,
  parentPath,
  publishedMinimum,
} from './published-elements.ts';

/** Extensions of elements, types, bindings and constraints that decide about data; all others are prose. */
const decidingExtensions = new Set(
  [
    'regex',
    'structuredefinition-fhir-type',
    'elementdefinition-maxValueSet',
    'elementdefinition-minValueSet',
    'elementdefinition-bestpractice',
  ].map((name) => `http://hl7.org/fhir/StructureDefinition/${name}`),
);

/** Invariants that the vendor of the source added, by their key. */
const vendorConstraints = new Set(['evv-1']);

/** The invariant that all elements inherit, which the data elements of the specification leave out. */
const everyElement: ElementDefinitionConstraint = {
  key: 'ele-1',
  severity: 'error',
  human: 'All FHIR elements must have a @value or children',
  expression: 'hasValue() or (children().count() > id.count())',
  source: 'http://hl7.org/fhir/StructureDefinition/Element',
};

/**
 * The parts of a StructureDefinition by which data are validated: its snapshot without prose and mappings, and as the
 * specification has it. What is left is valid R4.
 */
export function leanStructureDefinition(
  definition: StructureDefinition,
  published: DataElements,
): StructureDefinition {
  const { resourceType, id, url, version, name, title, status, fhirVersion } = definition;
  const { kind, abstract, context, contextInvariant, type, baseDefinition, derivation } = definition;
  const elements =
    derivation === 'constraint'
      ? (definition.snapshot?.element ?? [])
      : elementsOfType(definition, published);
  return {
    resourceType,
    url,
    ...(version !== undefined && { version }),
    ...(id !== undefined && { id }),
    name,
    ...(title !== undefined && { title }),
    status,
    ...(fhirVersion !== undefined && { fhirVersion }),
    kind,
    abstract,
    ...(context !== undefined && { context }),
    ...(contextInvariant !== undefined && { contextInvariant }),
    type,
    ...(baseDefinition !== undefined && { baseDefinition }),
    ...(derivation !== undefined && { derivation }),
    snapshot: { element: elements.map(leanElement) },
  };
}

/** The elements of a type as R4 has them, each before its children. */
function elementsOfType(definition: StructureDefinition, published: DataElements): ElementDefinition[] {
  const own = definition.snapshot?.element ?? [];
  const constraints = new Map(own.map(({ path, constraint }) => [path, constraint]));
  const bases = new Map(own.map(({ path, base }) => [path, base]));
  const children = Map.groupBy(correctedElements(definition, published), ({ path }) => parentPath(path));
  const withChildren = (element: ElementDefinition): ElementDefinition[] => {
    const { path } = element;
    const min = publishedMinimum[path] ?? element.min ?? 0;
    const constraint = constraints.has(path)
      ? constraints.get(path)
      : [...(element.constraint ?? []), everyElement];
    const base = bases.get(path) ?? { path, min, max: element.max ?? '*' };
    return [
      { ...element, id: path, min, base: { ...base, min }, ...(constraint && { constraint }) },
      ...(children.get(path) ?? []).flatMap(withChildren),
    ];
  };
  const [root, ...others] = own;
  if (root === undefined) return [];
  return [
    root,
    ...(children.get(root.path) ?? []).flatMap(withChildren),
    ...others.filter(({ path }) => isPrimitiveValue(definition, path)),
  ];
}

function leanElement(element: ElementDefinition): ElementDefinition {
  const { id, path, representation, sliceName, slicing, min, max, base, contentReference } = element;
  const { isModifier, mustSupport, isSummary, maxLength } = element;
  const bounds = Object.entries(element).filter(([key]) =>
    /^(fixed|pattern|minValue|maxValue)[A-Z]/.test(key),
  );
  const constraint = (element.constraint ?? []).filter(({ key }) => !vendorConstraints.has(key));
  return {
    ...(id !== undefined && { id }),
    path,
    ...(representation !== undefined && { representation }),
    ...(sliceName !== undefined && { sliceName }),
    ...(slicing !== undefined && { slicing }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(base !== undefined && { base }),
    ...(contentReference !== undefined && { contentReference }),
    ...(element.type !== undefined && { type: element.type.map(withDecidingExtensions) }),
    ...Object.fromEntries(bounds),
    ...(maxLength !== undefined && { maxLength }),
    ...(constraint.length > 0 && { constraint: constraint.map(leanConstraint) }),
    ...(mustSupport && { mustSupport }),
    ...(isModifier && { isModifier }),
    ...(isSummary && { isSummary }),
    ...(element.binding && { binding: leanBinding(element.binding) }),
  };
}

function leanConstraint(constraint: ElementDefinitionConstraint): ElementDefinitionConstraint {
  const { key, severity, human, expression, source } = constraint;
  return {
    ...decidingExtensionsOf(constraint),
    key,
    severity,
    human,
    ...(expression !== undefined && { expression }),
    ...(source !== undefined && { source }),
  };
}

function leanBinding(binding: NonNullable<ElementDefinition['binding']>): ElementDefinition['binding'] {
  const { strength, valueSet } = binding;
  return { ...decidingExtensionsOf(binding), strength, ...(valueSet !== undefined && { valueSet }) };
}

function withDecidingExtensions<T extends Element>(element: T): T {
  const { extension: _all, ...others } = element;
  return { ...decidingExtensionsOf(element), ...others } as T;
}

function decidingExtensionsOf({ extension = [] }: Element): { extension?: Extension[] } {
  const deciding = extension.filter(({ url }) => decidingExtensions.has(url));
  return deciding.length === 0 ? {} : { extension: deciding };
}

/** What is said of a resource as a publication, which decides nothing. */
const prose = new Set([
  'text',
  'meta',
  'extension',
  'contact',
  'publisher',
  'useContext',
  'jurisdiction',
  'purpose',
  'description',
  '_description',
]);

/** A value set, code system or concept map without narrative, extensions and what is said of its publishing. */
export function leanTerminology<T extends ValueSet | CodeSystem | ConceptMap>(resource: T): T {
  const kept = Object.entries(resource).filter(([key]) => !prose.has(key));
  const concepts = resource.resourceType === 'CodeSystem' ? resource.concept : undefined;
  return {
    ...Object.fromEntries(kept),
    ...versionInUrl(resource.url),
    ...(concepts && { concept: concepts.map(leanConcept) }),
  } as T;
}

/** Some tables of HL7 v2 were published with a canonical, `…/v2-0391|2.6`, for their URL. */
function versionInUrl(url = ''): { url?: string; version?: string } {
  const { url: own, version } = splitCanonical(url);
  return version === undefined ? {} : { url: own, version };
}

function leanConcept({ extension: _prose, ...concept }: CodeSystemConcept): CodeSystemConcept {
  return concept.concept === undefined ? concept : { ...concept, concept: concept.concept.map(leanConcept) };
}
