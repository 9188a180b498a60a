import { findInJson } from './json-locations.ts';
import { addPath, offsetOf, type Wanted } from './path-tree.ts';
import { findInXml } from './xml-locations.ts';

/** A place in a text, both counted from 1; a column is a UTF-16 code unit. */
export interface Location {
  line: number;
  column: number;
}

/**
 * Where the elements that FHIRPath expressions such as `Patient.name[1].family` or `Patient.deceased` name stand in the
 * text of a resource: in JSON the start of the value (of the companion where there is no value), in XML the start tag or
 * the attribute. An element that is not there is located at the nearest one around it that is. One pass over the text.
 * @param text a document that was parsed without error
 * @returns by position of the expression
 */
export function locate(
  text: string,
  format: 'json' | 'xml',
  expressions: readonly string[],
): readonly Location[] {
  const root: Wanted = {
    name: '',
    index: undefined,
    below: new Map(),
    parent: undefined,
    offset: undefined,
  };
  const wanted = expressions.map((expression) => addPath(root, expression));
  const plain = text.replace(/^\ufeff/, '');
  if (format === 'json') findInJson(plain, root);
  else findInXml(plain, root);
  return locationsOf(
    plain,
    wanted.map((each) => offsetOf(each) ?? 0),
  );
}

function locationsOf(text: string, offsets: readonly number[]): readonly Location[] {
  const byOffset = new Map<number, Location>();
  let line = 1;
  let start = 0;
  for (const offset of [...new Set(offsets)].sort((left, right) => left - right)) {
    for (let end = text.indexOf('\n', start); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
      line++;
      start = end + 1;
    }
    byOffset.set(offset, { line, column: offset - start + 1 });
  }
  return offsets.map((offset) => byOffset.get(offset) as Location);
}
