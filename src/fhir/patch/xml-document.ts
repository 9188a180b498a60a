import { SaxesParser } from 'saxes';
import { attributeText } from '../xml/text.ts';

/** An XML element as far as a patch of FHIR needs it: there is no text but in the narrative. */
export interface XmlElement {
  /** Name without prefix. */
  name: string;
  /** Attributes without prefix, by name; namespace declarations are left out. */
  attributes: Map<string, string>;
  children: (XmlElement | Narrative)[];
  /** Character data, put together. */
  text: string;
}

/** The div of a narrative, kept as its markup. */
interface Narrative {
  markup: string;
}

const maxDepth = 70;
const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';

/**
 * Reads a document into elements.
 * @throws Error on text that is not well-formed, holds a document type declaration, or is nested too deep
 */
export function parseXmlDocument(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  const open: XmlElement[] = [{ name: '', attributes: new Map(), children: [], text: '' }];
  let narrative: { start: number; depth: number } | undefined;
  parser.on('doctype', () => {
    throw new Error('a document type declaration');
  });
  parser.on('opentag', (tag) => {
    if (open.length + (narrative?.depth ?? 0) > maxDepth) throw new Error('too deep');
    if (narrative !== undefined) {
      narrative.depth++;
    } else if (tag.uri === xhtmlNamespace && tag.local === 'div') {
      // An attribute value holds no <, so this one starts the tag.
      narrative = { start: text.lastIndexOf('<', parser.position - 1), depth: 1 };
    } else {
      const own = Object.values(tag.attributes).filter(
        ({ prefix, name }) => prefix === '' && name !== 'xmlns',
      );
      const attributes = new Map(own.map(({ local, value }) => [local, value]));
      const element: XmlElement = { name: tag.local, attributes, children: [], text: '' };
      open.at(-1)!.children.push(element);
      open.push(element);
    }
  });
  parser.on('closetag', () => {
    if (narrative === undefined) {
      open.pop();
    } else if (--narrative.depth === 0) {
      open.at(-1)!.children.push({ markup: text.slice(narrative.start, parser.position) });
      narrative = undefined;
    }
  });
  const characters = (data: string) => {
    if (narrative === undefined) open.at(-1)!.text += data;
  };
  parser.on('text', characters);
  parser.on('cdata', characters);
  parser.write(text).close();
  const [root] = open[0]!.children;
  if (root === undefined || 'markup' in root) throw new Error('no element');
  return root;
}

/** Writes an element with its namespace. */
export function writeXmlDocument(root: XmlElement, namespace: string): string {
  return write(root, ` xmlns=${attributeText(namespace)}`);
}

function write(node: XmlElement | Narrative, declarations: string): string {
  if ('markup' in node) return node.markup;
  const attributes = [...node.attributes].map(([name, value]) => ` ${name}=${attributeText(value)}`).join('');
  const content = node.children.map((child) => write(child, '')).join('');
  return `<${node.name}${declarations}${attributes}>${content}</${node.name}>`;
}
