import type { ElementDefinition } from 'fhir/r4.d.ts';
import { isAbsoluteUri } from '../absolute-uri.ts';
import { equalsFixed, firstDifference, matchesPattern, patternTest } from './fixed-values.ts';
import type { Rule } from './rule.ts';

/** The value of `fixed[x]`, `pattern[x]`, `minValue[x]` or `maxValue[x]` of an element. */
export function choiceValue(
  definition: ElementDefinition,
  name: 'fixed' | 'pattern' | 'minValue' | 'maxValue',
): unknown {
  for (const key in definition) {
    if (key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))) {
      return (definition as unknown as Record<string, unknown>)[key];
    }
  }
  return undefined;
}

/** The rule that a value is the one that the definition fixes. */
export function fixedRule(fixed: unknown, profile: string): Rule {
  const diagnostics = `The value must be exactly ${JSON.stringify(fixed)}`;
  return ({ value }, context) => {
    if (!equalsFixed(fixed, value))
      context.report({ severity: 'error', code: 'value', diagnostics, profile });
  };
}

/** The rule that a value has all that the pattern has. */
export function patternRule(pattern: unknown, profile: string): Rule {
  const diagnostics = `The value must match ${JSON.stringify(pattern)}`;
  const matches = patternTest(pattern);
  return ({ value }, context) => {
    if (matches(value)) return;
    const finding = { severity: 'error' as const, code: 'value' as const, diagnostics, profile };
    context.report(finding, firstDifference(pattern, value, matchesPattern));
  };
}

/** The rule that a text has at most so many characters. */
export function maxLengthRule(maxLength: number, profile: string): Rule {
  const diagnostics = `The text has at most ${maxLength} characters`;
  return ({ value }, context) => {
    if (typeof value === 'string' && value.length > maxLength) {
      context.report({ severity: 'error', code: 'too-long', diagnostics, profile });
    }
  };
}

const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const oid = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/;

/** Whether a URI is a URN, or a UUID or OID that would be one. */
export function isUrn(uri: string): boolean {
  return uri.startsWith('urn:') || uri.startsWith('oid:') || uri.startsWith('uuid:');
}

/** The rule that a URI which says to be a UUID or an OID is one (datatypes.html#uuid, #oid). */
export const urnRule: Rule = ({ value }, context) => {
  if (typeof value !== 'string' || !isUrn(value)) return;
  const scheme = value.startsWith('urn:') ? 4 : 0;
  if (value.startsWith('uuid:', scheme) && !uuid.test(value)) {
    const diagnostics = 'A UUID has the form urn:uuid: followed by lower-case hexadecimal digits';
    context.report({ severity: 'error', code: 'value', diagnostics });
  } else if (value.startsWith('oid:', scheme) && !oid.test(value)) {
    context.report({ severity: 'error', code: 'value', diagnostics: 'An OID has the form urn:oid:1.2.3' });
  }
};

/** The rule that a canonical is absolute, or the fragment of a contained resource (references.html#canonical). */
export const canonicalRule: Rule = ({ value }, context) => {
  if (typeof value !== 'string' || isAbsoluteUri(value) || value.startsWith('#') || /\s|^$/.test(value))
    return;
  context.report({
    severity: 'error',
    code: 'value',
    diagnostics: 'A canonical URL is absolute, or a fragment',
  });
};
