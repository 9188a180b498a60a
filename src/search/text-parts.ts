/** The text of a resource that a word is sought in: its narrative, or all that it says, the narrative included. */
export type TextPart = 'narrative' | 'content';

/** The parameters that search the text of a resource (search.html#text), on every type. */
const parts: ReadonlyMap<string, TextPart> = new Map([
  ['_text', 'narrative'],
  ['_content', 'content'],
]);

/** The part of the text that a parameter searches; `undefined` for any other parameter. */
export function textPartOf(code: string): TextPart | undefined {
  return parts.get(code);
}
