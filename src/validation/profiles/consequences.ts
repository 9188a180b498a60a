import type { Issue } from '../../fhir/error.ts';

/**
 * The issues of rules that do not follow from a fault of the structure: those of the element at fault and of its parts
 * do, and the invariants that read it.
 * @param invariant the expression of an invariant, undefined where it is not known
 */
export function withoutConsequences(
  issues: readonly Issue[],
  structural: readonly Issue[],
  invariant: (details: NonNullable<Issue['details']>) => string | undefined,
): readonly Issue[] {
  if (structural.length === 0) return issues;
  const faults = new Set(structural.map(({ expression = '' }) => expression));
  return issues.filter(
    ({ expression = '', details }) =>
      !isWithinAny(expression, faults) &&
      (details === undefined || !readsAny(invariant(details), expression, faults)),
  );
}

function isWithinAny(expression: string, faults: ReadonlySet<string>): boolean {
  for (let path = expression; path.includes('.'); path = path.replace(/(?:\[\d+\]|\.[^.[]*)$/, '')) {
    if (faults.has(path)) return true;
  }
  return false;
}

/** Whether an invariant of an element names every step of the way from there to a fault. */
function readsAny(invariant: string | undefined, at: string, faults: ReadonlySet<string>): boolean {
  if (invariant === undefined) return false;
  const names = new Set(invariant.match(/[A-Za-z]\w*/g));
  return [...faults].some(
    (fault) =>
      fault.startsWith(`${at}.`) &&
      fault
        .slice(at.length + 1)
        .split('.')
        .every((step) => names.has(step.replace(/\[\d+\]$/, ''))),
  );
}
