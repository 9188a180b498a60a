import type { ConformanceResources } from '../../src/fhir/conformance/conformance-resources.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { FhirError, type Issue } from '../../src/fhir/error.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { readXml } from '../../src/fhir/xml/read.ts';
import { writeXml } from '../../src/fhir/xml/write.ts';
import { localTerminology } from '../../src/terminology/local-terminology.ts';
import { createConformanceValidator } from '../../src/validation/profiles/conformance-validator.ts';
import { createValidator } from '../../src/validation/validator.ts';
import { caseFile, profileOf, readResource, scopeOf, type ValidatorCase } from './cases.ts';

const definitions = loadDefinitions();
const structure = createValidator(definitions);

/** What this validator says of one case; undefined for a case that cannot be had in this format. */
export interface CaseResult {
  case: ValidatorCase;
  errors: readonly Issue[];
}

/** Validates a case as JSON, or through XML: written as XML, read again and validated. */
export function runCase(
  folder: string,
  one: ValidatorCase,
  format: 'json' | 'xml',
  conformance: ConformanceResources,
): CaseResult | undefined {
  const bytes = caseFile(folder, one.resource);
  try {
    const resource = format === 'json' ? readResource(bytes) : throughXml(bytes);
    if (resource === undefined) return undefined;
    const scope = conformance.with(scopeOf(folder, one));
    const validator = createConformanceValidator({
      definitions,
      conformance: scope,
      terminology: localTerminology(scope),
      structure,
    });
    const profile = profileOf(folder, one);
    const issues = validator.validate(resource, profile === undefined ? {} : { profiles: [profile] });
    return {
      case: one,
      errors: issues.filter(({ severity }) => severity === 'error' || severity === 'fatal'),
    };
  } catch (error) {
    if (error instanceof FhirError) return { case: one, errors: error.issues };
    throw error;
  }
}

/** Undefined for what XML has no form for, such as an unknown element or malformed JSON. */
function throughXml(bytes: Buffer): Resource | undefined {
  let xml: string;
  try {
    xml = writeXml(readResource(bytes));
  } catch {
    return undefined;
  }
  return readXml(Buffer.from(xml));
}

/** The codes of issues that a kind of error of the recorded verdicts may show as. */
const codesOfKind: Readonly<Record<string, readonly Issue['code'][]>> = {
  'cardinality-min': ['required'],
  'slice-cardinality': ['required', 'structure'],
  'cardinality-max': ['structure'],
  'json-shape': ['structure', 'value'],
  'json-syntax': ['structure', 'invalid'],
  'unknown-property': ['structure'],
  'type-choice': ['structure'],
  primitive: ['value', 'structure', 'invalid'],
  'absolute-uri': ['value'],
  'fixed-pattern': ['value'],
  'minmax-value': ['value'],
  'ref-target-type': ['value', 'structure'],
  'ref-unresolved': ['not-found', 'invariant'],
  invariant: ['invariant'],
  'contained-rule': ['invariant'],
  binding: ['code-invalid'],
  'unknown-code-local': ['code-invalid'],
  'wrong-display': ['code-invalid'],
  'extension-context': ['extension'],
  'extension-unknown': ['extension'],
  'profile-unknown': ['not-found'],
  'vitalsigns-auto-profile': ['required', 'structure', 'value'],
};

/**
 * Whether one of the errors is at an element that the other validator names; where the folder does not record elements,
 * whether one is of a kind that it found. What is missing may be named at its parent.
 */
export function isWellPlaced({ case: { elements, errorKinds = {} }, errors }: CaseResult): boolean {
  if (elements === undefined) {
    const codes = new Set(Object.keys(errorKinds).flatMap((kind) => codesOfKind[kind] ?? []));
    return codes.size === 0 || errors.some(({ code }) => codes.has(code));
  }
  const named = new Set(elements.map(plainPath));
  return errors.some(({ expression = '' }) => {
    const path = plainPath(expression);
    return named.has(path) || named.has(path.replace(/(?:\[\d+\])?(?:\.[^.]*|\[\d+\])$/, ''));
  });
}

/** Expressions as both validators write them: the type of a choice and of an entry left out. */
function plainPath(expression: string): string {
  return expression.replaceAll(/\.ofType\(\w+\)|\/\*.*?\*\//g, '').replaceAll('[x]', '');
}
