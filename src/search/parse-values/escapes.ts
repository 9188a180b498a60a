/** Splits at each `separator` that no backslash precedes; the escapes stay in the parts (search.html#escaping). */
export function splitUnescaped(value: string, separator: ',' | '|' | '$'): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let position = 0; position < value.length; position++) {
    if (value[position] === '\\') {
      position++;
    } else if (value[position] === separator) {
      parts.push(value.slice(start, position));
      start = position + 1;
    }
  }
  parts.push(value.slice(start));
  return parts;
}

/** Resolves `\,`, `\|`, `\$` and `\\`; any other backslash stands for itself. */
export function resolveEscapes(value: string): string {
  return value.replace(/\\([,|$\\])/g, '$1');
}
