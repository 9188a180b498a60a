import { SaxesParser } from 'saxes';
import { xhtmlNamespace } from './structure.ts';
import { attributeText, characterText } from './text.ts';

/** Elements within each other: to parse takes time by the square of it. */
const deepest = 256;

/**
 * The div of a narrative as it can stand in a FHIR XML document: as it is when it is well-formed XHTML, with its
 * namespace when that is missing, else as the text of a div, for one malformed narrative, or one of more than 256 levels,
 * must not break the document.
 */
export function embeddedDiv(xhtml: string): string {
  if (isDiv(xhtml)) return xhtml;
  const declaration = ` xmlns=${attributeText(xhtmlNamespace)}`;
  const named = xhtml.replace(/^\s*<div(?=[\s/>])/, (tag) => tag + declaration);
  return isDiv(named) ? named : `<div${declaration}>${characterText(xhtml)}</div>`;
}

/** True for one well-formed div, all of it XHTML and not too deep. */
function isDiv(text: string): boolean {
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  let isXhtml = /^\s*<div[\s/>]/.test(text);
  let depth = 0;
  parser.on('opentag', ({ uri }) => {
    isXhtml &&= uri === xhtmlNamespace;
    depth += 1;
    if (depth > deepest) throw new Error('too deep');
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  try {
    parser.write(text).close();
    return isXhtml;
  } catch {
    return false;
  }
}
