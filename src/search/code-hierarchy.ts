/** The codes directly below each code of a code system that has any. */
type CodeHierarchy = Readonly<Record<string, readonly string[]>>;

/** A code and all that are below it, directly or not. */
export function codesBelow(hierarchy: CodeHierarchy, code: string): string[] {
  return reachable(code, (one) => (Object.hasOwn(hierarchy, one) ? (hierarchy[one] ?? []) : []));
}

/** A code and all that it is below of, directly or not. */
export function codesAbove(hierarchy: CodeHierarchy, code: string): string[] {
  const entries = Object.entries(hierarchy);
  return reachable(code, (one) =>
    entries.flatMap(([parent, children]) => (children.includes(one) ? [parent] : [])),
  );
}

function reachable(start: string, next: (code: string) => readonly string[]): string[] {
  const found = new Set([start]);
  // A set that grows while it is gone through gives the new members too.
  for (const code of found) for (const other of next(code)) found.add(other);
  return [...found];
}
