import type { ElementDefinition } from 'fhir/r4.d.ts';
import { withoutVersion } from '../../fhir/reference.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import { isObject } from '../objects.ts';
import type { Rule } from './rule.ts';

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

/** The binding of an element as a rule can check it: required, extensible, and the largest value set allowed. */
export function bindingRules(
  { binding }: ElementDefinition,
  profile: string,
  terminology: Terminology,
  isKnown: (strength: string, valueSet: string) => boolean,
): Rule[] {
  if (binding?.valueSet === undefined) return [];
  const rules: Rule[] = [];
  const largest = binding.extension?.find(({ url }) => url === maxValueSetExtension)?.valueCanonical;
  if (largest !== undefined && !isKnown('required', largest)) {
    rules.push(bindingRule(largest, 'error', profile, terminology));
  }
  const { strength, valueSet } = binding;
  if ((strength === 'required' || strength === 'extensible') && !isKnown(strength, valueSet)) {
    const refuses = strength === 'required' && !loosened.has(withoutVersion(valueSet));
    rules.push(bindingRule(valueSet, refuses ? 'error' : 'warning', profile, terminology));
  }
  return rules;
}

/**
 * Value sets whose required bindings R4 validators treat as extensible: components of vital signs have units of their own,
 * such as the litres a minute of oxygen.
 */
const loosened = new Set(['http://hl7.org/fhir/ValueSet/ucum-vitals-common']);

function bindingRule(
  valueSet: string,
  severity: 'error' | 'warning',
  profile: string,
  terminology: Terminology,
): Rule {
  const diagnostics = `No code of the value set ${withoutVersion(valueSet)}`;
  return ({ value }, context) => {
    if (value === undefined || isTextAlone(value, severity)) return;
    if (!isWithoutCode(value) && memberOf(terminology, value, valueSet) !== false) return;
    context.report({ severity, code: 'code-invalid', diagnostics, profile });
  };
}

/** Where no code applies, an extensible binding is content with a text (terminologies.html#extensible). */
function isTextAlone(value: unknown, severity: 'error' | 'warning'): boolean {
  if (!isWithoutCode(value)) return false;
  // A quantity without code has no code that could be wrong.
  return severity === 'warning' || value['value'] !== undefined;
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
