import type { Check } from './context.ts';

/** An extension has either a value or nested extensions (ext-1 of extensibility.html). */
export const valueOrExtensions: Check = (value, context) => {
  let hasValue = false;
  let hasExtensions = false;
  for (const [key, member] of Object.entries(value as object)) {
    if (member === undefined) continue;
    if (key === 'extension') hasExtensions = true;
    else if (key.startsWith('value') || key.startsWith('_value')) hasValue = true;
  }
  if (hasValue === hasExtensions) {
    context.report('invariant', 'An extension has either a value or nested extensions', {
      type: 'Extension',
      key: 'ext-1',
    });
  }
};
