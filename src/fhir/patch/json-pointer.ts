/**
 * The decoded reference tokens of a JSON Pointer (RFC 6901), `undefined` when the text is none. `__proto__`, which is
 * no element of FHIR and would mean something else than a property, is not taken.
 */
export function parsePointer(text: string): string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  const steps = text
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.includes('__proto__') ? undefined : steps;
}
