import type { ConformanceResources } from '../../src/fhir/conformance/conformance-resources.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import type { Issue } from '../../src/fhir/error.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { localTerminology } from '../../src/terminology/local-terminology.ts';
import {
  type ConformanceValidator,
  createConformanceValidator,
} from '../../src/validation/profiles/conformance-validator.ts';
import { createValidator } from '../../src/validation/validator.ts';

/**
 * Validates by the profiles that a resource declares. Of warnings only those of FR Core are kept: R4 itself warns of
 * every French code that it has no code for.
 */
export function frenchValidation(conformance: ConformanceResources): (resource: Resource) => Issue[] {
  const validator = validatorBy(conformance);
  return (resource) =>
    validator
      .validate(resource)
      .filter(({ severity, profile }) => severity === 'error' || profile?.startsWith('https://hl7.fr/'));
}

/** What refuses a write of a resource: the first of it, sought alone, and all of it. */
export function refusalsBy(conformance: ConformanceResources): (resource: Resource) => [Issue[], Issue[]] {
  const validator = validatorBy(conformance);
  return (resource) => [
    validator.rules(resource, { onlyRefusals: true }),
    validator.rules(resource).filter((issue) => issue.severity === 'error' && !issue.refusesNoWrite),
  ];
}

function validatorBy(conformance: ConformanceResources): ConformanceValidator {
  const definitions = loadDefinitions();
  return createConformanceValidator({
    definitions,
    conformance,
    terminology: localTerminology(conformance),
    structure: createValidator(definitions),
  });
}

/** Severity, expression and, of an invariant, its key. */
export function findingOf({ severity, expression, details }: Issue): string {
  return `${severity} ${expression}${details === undefined ? '' : ` ${details.code}`}`;
}
