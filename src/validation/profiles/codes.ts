import type { ElementDefinition } from 'fhir/r4.d.ts';
import { withoutVersion } from '../../fhir/reference.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isObject } from '../objects.ts';
import type { Rule } from './rule.ts';
import type { Finding } from './rule-context.ts';

const maxValueSetExtension = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

/** Whether a code, Coding, CodeableConcept, Quantity or text is in a value set; undefined where nobody can tell. */
export function memberOf(terminology: Terminology, value: unknown, valueSet: string): boolean | undefined {
  if (typeof value === 'string') return terminology.isMember(valueSet, { code: value });
  if (!isObject(value)) return undefined;
  if (!Array.isArray(value['coding'])) return codingIn(terminology, value, valueSet);
  let answer: boolean | undefined = false;
  for (const coding of value['coding'] as unknown[]) {
    const member = isObject(coding) ? codingIn(terminology, coding, valueSet) : undefined;
    if (member) return true;
    if (member === undefined) answer = undefined;
  }
  return answer;
}

function codingIn(
  terminology: Terminology,
  { system, version, code, display }: Readonly<Record<string, unknown>>,
  valueSet: string,
): boolean | undefined {
  if (typeof code !== 'string') return undefined;
  // A coding without system names no code of any system.
  if (typeof system !== 'string') return false;
  return terminology.isMember(valueSet, {
    system,
    code,
    version: typeof version === 'string' ? version : undefined,
    display: typeof display === 'string' ? display : undefined,
  });
}

/** What rules on codes are made with. */
interface CodeParts {
  terminology: Terminology;
  /** Checks preferred bindings as well. */
  withAdvice: boolean;
}

/** The binding of an element as a rule can check it, and the largest value set allowed. */
export function bindingRules(
  definition: ElementDefinition,
  profile: string,
  { terminology, withAdvice }: CodeParts,
  isKnown: (strength: string, valueSet: string) => boolean,
): Rule[] {
  const { binding } = definition;
  if (binding?.valueSet === undefined) return [];
  const rules: Rule[] = [];
  const largest = binding.extension?.find(({ url }) => url === maxValueSetExtension)?.valueCanonical;
  if (largest !== undefined && !isKnown('required', largest)) {
    rules.push(bindingRule(definition, largest, 'error', profile, terminology));
  }
  const { strength } = binding;
  const valueSet = binding.valueSet.startsWith('#') ? profile + binding.valueSet : binding.valueSet;
  const severity = severities[strength];
  if (severity !== undefined && (severity !== 'information' || withAdvice) && !isKnown(strength, valueSet)) {
    const isLoosened = strength === 'required' && loosened.has(withoutVersion(valueSet));
    rules.push(bindingRule(definition, valueSet, isLoosened ? 'warning' : severity, profile, terminology));
  }
  return rules;
}

/** What a code outside a binding is (terminologies.html#strength); nothing for an example. */
const severities: Readonly<Partial<Record<string, Finding['severity']>>> = {
  required: 'error',
  extensible: 'warning',
  preferred: 'information',
};

/**
 * Value sets whose required bindings R4 validators treat as extensible: components of vital signs have units of their own,
 * such as the litres a minute of oxygen.
 */
const loosened = new Set(['http://hl7.org/fhir/ValueSet/ucum-vitals-common']);

/** Codes that elements of R4 may have beside those of their value sets (capabilitystatement.html#formats). */
const furtherCodes: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['CapabilityStatement.format', ['xml', 'json', 'ttl']],
]);

function bindingRule(
  { base, path }: ElementDefinition,
  valueSet: string,
  severity: Finding['severity'],
  profile: string,
  terminology: Terminology,
): Rule {
  const diagnostics = `No code of the value set ${withoutVersion(valueSet)}`;
  const further = furtherCodes.get(base?.path ?? path);
  const isWarning = severity !== 'error';
  return ({ value }, context) => {
    if (isWarning && !context.seeksWarnings) return;
    if (value === undefined || isTextAlone(value, severity) || further?.includes(value)) return;
    if (!isWithoutCode(value) && memberOf(terminology, value, valueSet) !== false) return;
    context.report({ severity, code: 'code-invalid', diagnostics, profile });
  };
}

/** Where no code applies, an extensible binding is content with a text (terminologies.html#extensible). */
function isTextAlone(value: unknown, severity: Finding['severity']): boolean {
  if (!isWithoutCode(value)) return false;
  // A quantity without code has no code that could be wrong.
  return severity !== 'error' || value['value'] !== undefined;
}

function isWithoutCode(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && value['coding'] === undefined && value['code'] === undefined;
}

/** The rule that a code with a required binding is there: extensions do not take its place. */
export function codePresentRule({ binding, type }: ElementDefinition, profile: string): Rule[] {
  if (binding?.strength !== 'required' || type?.[0]?.code !== 'code') return [];
  const diagnostics = 'A code is required: an extension does not take its place';
  return [
    ({ value }, context) => {
      if (value === undefined)
        context.report({ severity: 'error', code: 'code-invalid', diagnostics, profile });
    },
  ];
}
