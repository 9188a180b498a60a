import { isObject } from '../objects.ts';
import { type DefinitionLibrary, typeCodes } from './definition-library.ts';
import type { ElementNode } from './element-tree.ts';
import type { Rule } from './rule.ts';

/**
 * The rule that a choice, or a resource, is of one of the types that the definition leaves. A value of another type is at
 * fault for that alone: `others` hold for the rest.
 */
export function typeRule(
  { definition, isChoice, profile }: ElementNode,
  baselines: readonly ElementNode[],
  library: DefinitionLibrary,
  others: readonly Rule[],
): Rule | undefined {
  const codes = typeCodes(definition);
  const isResource = codes.length > 0 && codes.every((code) => library.isResource(code));
  if (codes.length === 0 || (!isChoice && !isResource)) return undefined;
  if (baselines.some((other) => inOrder(typeCodes(other.definition)) === inOrder(codes))) return undefined;
  const diagnostics = `The type must be ${codes.join(' | ')}`;
  return (occurrence, context) => {
    const { value, type } = occurrence;
    const actual = isResource && isObject(value) ? value['resourceType'] : type;
    // The name of a choice has its very type: valueCode is no string.
    const fits = (code: string) => (isResource ? library.isKindOf(String(actual), code) : actual === code);
    if (typeof actual !== 'string' || codes.some(fits)) for (const rule of others) rule(occurrence, context);
    else context.report({ severity: 'error', code: 'structure', diagnostics, profile });
  };
}

function inOrder(codes: readonly string[]): string {
  return [...codes].sort().join();
}
