/** Longest line on which a list of plain values stays. */
const lineWidth = 110;

/** JSON as the formatter of this project writes it: a list of plain values on one line where it fits. */
export function jsonText(value: object): string {
  return `${textOf(value, '', 0)}\n`;
}

/** @param taken number of characters before the value and after it on its line */
function textOf(value: unknown, indent: string, taken: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== 'object');
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    if (isPlain && taken + line.length <= lineWidth) return line;
    const items = value.map((item) => `${inner}${textOf(item, inner, inner.length)}`);
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value);
  const members = entries.map(([name, member], index) => {
    const head = `${inner}${JSON.stringify(name)}: `;
    const comma = index === entries.length - 1 ? 0 : 1;
    return `${head}${textOf(member, inner, head.length + comma)}`;
  });
  return `{\n${members.join(',\n')}\n${indent}}`;
}
