/** The properties whose text may point to another entry of a transaction: Reference.reference, Attachment.url. */
const pointers = new Set(['reference', 'url']);

/** Calls `visit` with every text of a resource that may point to another resource. */
export function forEachPointer(value: unknown, visit: (text: string) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) forEachPointer(item, visit);
  } else if (typeof value === 'object' && value !== null) {
    for (const name in value) {
      const child = (value as Record<string, unknown>)[name];
      if (typeof child !== 'string') forEachPointer(child, visit);
      else if (pointers.has(name)) visit(child);
    }
  }
}

/**
 * A resource with its pointers replaced. What does not change stays the same object: that is cheaper than a copy, and
 * a number that keeps its digits is one that cannot be copied.
 */
export function rewritePointers<T>(value: T, replacement: (text: string) => string | undefined): T {
  if (typeof value !== 'object' || value === null) return value;
  let copy: Record<string, unknown> | undefined;
  for (const name in value) {
    const child: unknown = value[name];
    const replaced =
      typeof child !== 'string'
        ? rewritePointers(child, replacement)
        : pointers.has(name)
          ? (replacement(child) ?? child)
          : child;
    if (replaced === child) continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    copy[name] = replaced;
  }
  return (copy ?? value) as T;
}
