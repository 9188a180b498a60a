import type { ElementDefinition } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../../fhir/canonical.ts';
import { FhirPathError } from '../../fhir/fhirpath/error.ts';
import { type Pattern, readPattern } from '../../fhir/fhirpath/evaluation/regular-expression/pattern.ts';
import type { Work } from '../../fhir/fhirpath/expression.ts';
import { decimalText } from '../../fhir/json.ts';
import { isObject } from '../objects.ts';
import type { Rule } from './rule.ts';

/** A limit as an extension states it, from its value; undefined for a value of another type. */
type LimitOf = (limit: unknown, profile: string) => Rule | undefined;

/** Limits of a value that definitions state by extensions of R4, by the name of the extension. */
const limits: Readonly<Record<string, LimitOf>> = {
  regex: (source, profile) => (typeof source === 'string' ? formRule(source, profile) : undefined),
  minLength: (least, profile) =>
    countRule(least, profile, {
      breaks: (count, limit) => count < limit,
      countOf: (value) => (typeof value === 'string' ? value.length : undefined),
      diagnostics: `The text has at least ${String(least)} characters`,
    }),
  maxDecimalPlaces: (most, profile) =>
    countRule(most, profile, {
      breaks: (count, limit) => count > limit,
      countOf: (value) => decimalText(value)?.split(/[.eE]/)[1]?.length,
      diagnostics: `The number has at most ${String(most)} decimal places`,
    }),
  maxSize: (most, profile) =>
    countRule(most, profile, {
      breaks: (count, limit) => count > limit,
      countOf: sizeOf,
      diagnostics: `The attachment has at most ${String(most)} bytes`,
    }),
};

/** The limits that an element, or one of its types, states by extensions. */
export function extensionLimits({ extension = [], type = [] }: ElementDefinition, profile: string): Rule[] {
  const stated = [...extension, ...type.flatMap((one) => one.extension ?? [])];
  return stated.flatMap(({ url, valueString, valueInteger, valueDecimal }) => {
    const name = url.startsWith(structureDefinitionsOfR4) ? url.slice(structureDefinitionsOfR4.length) : '';
    if (!Object.hasOwn(limits, name)) return [];
    return limits[name]?.(valueString ?? valueInteger ?? valueDecimal, profile) ?? [];
  });
}

/** The rule that the whole of a value has the form of a regular expression. */
function formRule(source: string, profile: string): Rule | undefined {
  const finding = {
    severity: 'error' as const,
    code: 'value' as const,
    diagnostics: `The value must have the form ${source}`,
    profile,
  };
  const pattern = patternOf(source);
  if (pattern === undefined) return undefined;
  return ({ value }, context) => {
    const text = typeof value === 'string' || typeof value === 'boolean' ? String(value) : decimalText(value);
    const { work } = context.frame.environment;
    if (text !== undefined && !matches(pattern, text, work)) context.report(finding);
  };
}

/** True as well where the validation has no work left for the answer. */
function matches(pattern: Pattern, text: string, work: Work): boolean {
  try {
    return pattern.matches(text, (steps) => {
      work.steps -= steps;
      if (work.steps < 0) throw new FhirPathError('Too much work', '');
    });
  } catch (error) {
    if (error instanceof FhirPathError) return true;
    throw error;
  }
}

/** Undefined for an expression that cannot be read or matched within bounds. */
function patternOf(source: string): Pattern | undefined {
  try {
    return readPattern(`^(?:${source})$`, (problem) => new FhirPathError(problem, source));
  } catch (error) {
    if (error instanceof FhirPathError) return undefined;
    throw error;
  }
}

function countRule(
  limit: unknown,
  profile: string,
  rule: {
    breaks: (count: number, limit: number) => boolean;
    countOf: (value: unknown) => number | undefined;
    diagnostics: string;
  },
): Rule | undefined {
  if (typeof limit !== 'number') return undefined;
  const { diagnostics } = rule;
  return ({ value }, context) => {
    const count = rule.countOf(value);
    if (count !== undefined && rule.breaks(count, limit)) {
      context.report({ severity: 'error', code: 'value', diagnostics, profile });
    }
  };
}

/** Bytes of an attachment: of its data, or as stated. */
function sizeOf(attachment: unknown): number | undefined {
  if (!isObject(attachment)) return undefined;
  const { data, size } = attachment;
  if (typeof data === 'string') return Buffer.byteLength(data, 'base64');
  const stated = decimalText(size);
  return stated === undefined ? undefined : Number(stated);
}
