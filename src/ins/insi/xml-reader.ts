import { SaxesParser } from 'saxes';

/** An element of an answer. Prefixes vary inside one message: only the namespace and the local name count. */
export interface XmlElement {
  namespace: string;
  name: string;
  /** Unqualified attributes, by local name. */
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  /** Character data directly inside the element. */
  text: string;
}

/** An answer that is no acceptable XML. The message never quotes the document. */
export class XmlRefused extends Error {
  constructor(reason: 'not well-formed' | 'document type declaration' | 'too deep' | 'too many elements') {
    super(`XML refused: ${reason}`);
    this.name = 'XmlRefused';
  }
}

const maximumDepth = 50;
const maximumElements = 5_000;

/**
 * Reads a document into elements. A document type declaration is refused, so no entity but the five of
 * XML can appear.
 * @throws XmlRefused
 */
export function readXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  parser.on('doctype', () => {
    throw new XmlRefused('document type declaration');
  });
  parser.on('opentag', (tag) => {
    count += 1;
    if (count > maximumElements) throw new XmlRefused('too many elements');
    if (open.length >= maximumDepth) throw new XmlRefused('too deep');
    const attributes = Object.values(tag.attributes).filter(({ prefix }) => prefix === '');
    const element: XmlElement = {
      namespace: tag.uri,
      name: tag.local,
      attributes: Object.fromEntries(attributes.map(({ local, value }) => [local, value])),
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  const addText = (part: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  try {
    parser.write(text).close();
  } catch (error) {
    // The parser's own messages quote the document.
    throw error instanceof XmlRefused ? error : new XmlRefused('not well-formed');
  }
  if (root === undefined) throw new XmlRefused('not well-formed');
  return root;
}

/** The children of a name, in order. */
export function childrenOf(element: XmlElement | undefined, namespace: string, name: string): XmlElement[] {
  return element?.children.filter((child) => child.namespace === namespace && child.name === name) ?? [];
}

/** The first child of a name. */
export function childOf(
  element: XmlElement | undefined,
  namespace: string,
  name: string,
): XmlElement | undefined {
  return childrenOf(element, namespace, name)[0];
}

/** The trimmed text of a child, undefined when absent or blank. */
export function textOf(element: XmlElement | undefined, namespace: string, name: string): string | undefined {
  const text = childOf(element, namespace, name)?.text.trim();
  return text === '' ? undefined : text;
}
