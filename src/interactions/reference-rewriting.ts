/** The properties whose text may point to another entry of a transaction: Reference.reference, Attachment.url. */
const pointers = new Set(['reference', 'url']);

/** Calls `visit` with every text of a resource that may point to another resource. */
export function forEachPointer(value: unknown, visit: (text: string) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) forEachPointer(item, visit);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of Object.entries(value)) {
      if (typeof child === 'string') {
        if (pointers.has(name)) visit(child);
      } else {
        forEachPointer(child, visit);
      }
    }
  }
}

/** A copy of a resource with its pointers replaced; what does not change is shared with the original. */
export function rewritePointers<T>(value: T, replacement: (text: string) => string | undefined): T {
  if (Array.isArray(value)) {
    const copy = value.map((item) => rewritePointers(item, replacement));
    return copy.some((item, index) => item !== value[index]) ? (copy as T) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  let changed = false;
  for (const [name, child] of Object.entries(value)) {
    const replaced =
      typeof child === 'string'
        ? pointers.has(name)
          ? (replacement(child) ?? child)
          : child
        : rewritePointers(child, replacement);
    copy[name] = replaced;
    changed ||= replaced !== child;
  }
  // What is unchanged stays the same object: a number that keeps its digits is one that cannot be copied.
  return changed ? (copy as T) : value;
}
