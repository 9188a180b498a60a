/** Characters that XML 1.0 cannot hold in any way (XML 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML forbids.
const impossible = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const escapedInAttribute = /[&<>"\t\n\r]/g;
const escapedInText = /[&<>\r]/g;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // White space that the attribute-value normalisation of XML would turn into spaces.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** An attribute value with its quotes; a character that XML cannot hold becomes U+FFFD. */
export function attributeText(value: string): string {
  return `"${possible(value).replace(escapedInAttribute, escaped)}"`;
}

/** Character data of an element. */
export function characterText(value: string): string {
  return possible(value).replace(escapedInText, escaped);
}

function possible(value: string): string {
  return value.toWellFormed().replace(impossible, '\ufffd');
}

function escaped(character: string): string {
  return escapes[character]!;
}
