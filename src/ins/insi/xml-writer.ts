const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 excludes
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;

/**
 * An element of escaped text or of ready-made children; nothing when the content is undefined.
 * @param start qualified name, with its attributes if any.
 * @throws RangeError on characters that XML cannot carry.
 */
export function element(start: string, content: string | readonly string[] | undefined): string {
  if (content === undefined) return '';
  const inner = typeof content === 'string' ? escapeXml(content) : content.join('');
  return `<${start}>${inner}</${start.split(' ', 1)[0]}>`;
}

/** Text safe in element content and in a quoted attribute. */
export function escapeXml(text: string): string {
  if (forbidden.test(text)) throw new RangeError('A character that XML cannot carry');
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}
