import type { CodeSystem, ElementDefinition, StructureDefinition, ValueSet } from 'fhir/r4.d.ts';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Issue } from '../../src/fhir/error.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { localTerminology } from '../../src/terminology/local-terminology.ts';
import type { Terminology, TerminologyResources } from '../../src/terminology/terminology.ts';
import {
  type ConformanceValidator,
  createConformanceValidator,
  type ValidateOptions,
} from '../../src/validation/profiles/conformance-validator.ts';
import { createValidator } from '../../src/validation/validator.ts';

const definitions = loadDefinitions();
const conformance = loadConformance();
const structure = createValidator(definitions);

/** A validator that knows these definitions beside those of R4 and of this server. */
export function validatorWith(
  resources: readonly (StructureDefinition | ValueSet | CodeSystem)[],
  terminologyOf: (resources: TerminologyResources) => Terminology = localTerminology,
  withAdvice = false,
): ConformanceValidator {
  const scope = conformance.with(resources);
  return createConformanceValidator({
    definitions,
    conformance: scope,
    terminology: terminologyOf(scope),
    structure,
    withAdvice,
  });
}

export const canonical = (name: string) => `https://example.org/fhir/StructureDefinition/${name}`;

/** A profile as its author writes it: what differs from the base, elements by their path. */
export function profile(
  name: string,
  type: string,
  elements: readonly Element[],
  further: Partial<StructureDefinition> = {},
): StructureDefinition {
  return {
    resourceType: 'StructureDefinition',
    url: canonical(name),
    name: name.replaceAll('-', '_'),
    status: 'active',
    kind:
      /^[A-Z]/.test(type) && ['Extension', 'HumanName', 'Identifier'].includes(type)
        ? 'complex-type'
        : 'resource',
    abstract: false,
    type,
    baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
    derivation: 'constraint',
    ...further,
    differential: {
      element: elements.map((element) => ({ id: element.path, ...element })) as ElementDefinition[],
    },
  };
}

/** An extension of one value type. */
export function extension(
  name: string,
  type: string,
  context: StructureDefinition['context'],
  elements: readonly Element[] = [],
): StructureDefinition {
  const value = { path: 'Extension.value[x]', min: 1, type: [{ code: type }] };
  const url = { path: 'Extension.url', fixedUri: canonical(name) };
  return profile(name, 'Extension', [url, value, ...elements], {
    ...(context === undefined ? {} : { context }),
  });
}

/** Issues of a resource, each as `severity code expression`, with the key of an invariant. */
export function found(
  validator: ConformanceValidator,
  resource: object,
  options?: ValidateOptions,
): string[] {
  return validator.validate(resource as Resource, options).map(line);
}

function line({ severity, code, expression, details }: Issue): string {
  return `${severity} ${code} ${expression}${details === undefined ? '' : ` ${details.code}`}`;
}

/** An element of a profile of Patient. */
export type Element = Partial<ElementDefinition> & { path: string };

/** What a Patient breaks of a profile of these elements. */
export function ofPatient(
  elements: readonly Element[],
  patient: object,
  others: readonly StructureDefinition[] = [],
): string[] {
  const validator = validatorWith([profile('patient', 'Patient', elements), ...others]);
  return found(validator, { resourceType: 'Patient', ...patient }, { profiles: [canonical('patient')] });
}
