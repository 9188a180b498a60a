import type { ExpandedValueSet } from '../fhir/definitions/model.ts';
import type { Check } from './context.ts';

/** Codes by system; `null` for a system of which every code is accepted. */
type CodesBySystem = ReadonlyMap<string, ReadonlySet<string> | null>;

interface Coding {
  system?: unknown;
  code?: unknown;
}

/**
 * The check that a value of type code, Coding or CodeableConcept is in a value set bound as required
 * (terminologies.html#required). Undefined when the type is none of these.
 */
export function requiredBindingCheck(
  type: string,
  url: string,
  { systems }: ExpandedValueSet,
): Check | undefined {
  const codes: CodesBySystem = new Map(
    Object.entries(systems).map(([system, list]) => [system, list && new Set(list)]),
  );
  switch (type) {
    case 'code':
      return codeCheck(codes, url);
    case 'Coding':
      return (value, context) => {
        if (!includesCoding(codes, value))
          context.report('code-invalid', `The coding is not in the value set ${url}`);
      };
    case 'CodeableConcept':
      return (value, context) => {
        const { coding } = value as { coding?: unknown };
        if (Array.isArray(coding) && coding.some((one) => includesCoding(codes, one))) return;
        context.report('code-invalid', `The concept has no coding in the value set ${url}`);
      };
    default:
      return undefined;
  }
}

/** A code element has no system: the code may be of any system of the value set. */
function codeCheck(codes: CodesBySystem, url: string): Check {
  const lists = [...codes.values()];
  if (lists.includes(null)) return () => {};
  const all = new Set(lists.flatMap((list) => [...(list ?? [])]));
  return (value, context) => {
    if (!all.has(value as string)) context.report('code-invalid', `The code is not in the value set ${url}`);
  };
}

function includesCoding(codes: CodesBySystem, value: unknown): boolean {
  const { system, code } = (value ?? {}) as Coding;
  if (typeof system !== 'string' || typeof code !== 'string') return false;
  const list = codes.get(system);
  return list === null || (list?.has(code) ?? false);
}
