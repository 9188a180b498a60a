import { SaxesParser } from 'saxes';

/** A SOAP request as the simulated service sees it. */
export interface SimulatedRequest {
  /** Last part of the action URN, from `wsa:Action` or the content type; undefined when they disagree. */
  operation: string | undefined;
  messageId: string | undefined;
  authorisationNumber: string | undefined;
  /** True when the four header blocks of the contract are there. */
  hasHeaders: boolean;
  bodyName: string | undefined;
  bodyNamespace: string | undefined;
  /** Texts of the leaves of the body by local name, in order of appearance. */
  fields: ReadonlyMap<string, readonly string[]>;
}

const soap = 'http://www.w3.org/2003/05/soap-envelope';
const addressing = 'http://www.w3.org/2005/08/addressing';
const requiredHeaders = [
  '{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}Security',
  '{urn:siram:lps:ctxlps}ContexteLPS',
  '{urn:siram:bam:ctxbam}ContexteBAM',
  `{${addressing}}MessageID`,
];
const actionPrefix = 'urn:ServiceIdentiteCertifiee:1.0.0:';

/**
 * Reads a request in one pass over its elements.
 * @returns undefined when the text is no SOAP 1.2 envelope.
 */
export function readRequest(xml: string, contentType: string): SimulatedRequest | undefined {
  const leaves = new Map<string, string[]>();
  const elements: string[] = [];
  const path: { name: string; text: string; hasChildren: boolean }[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('doctype', () => parser.fail('document type declaration'));
  parser.on('opentag', ({ uri, local }) => {
    const parent = path.at(-1);
    if (parent !== undefined) parent.hasChildren = true;
    const name = `${parent?.name ?? ''}/{${uri}}${local}`;
    elements.push(name);
    path.push({ name, text: '', hasChildren: false });
  });
  parser.on('text', (text) => {
    const current = path.at(-1);
    if (current !== undefined) current.text += text;
  });
  parser.on('closetag', () => {
    const closed = path.pop();
    if (closed === undefined || closed.hasChildren) return;
    leaves.set(closed.name, [...(leaves.get(closed.name) ?? []), closed.text.trim()]);
  });
  try {
    parser.write(xml).close();
  } catch {
    return undefined;
  }
  const header = `/{${soap}}Envelope/{${soap}}Header`;
  const body = `/{${soap}}Envelope/{${soap}}Body`;
  if (!elements.includes(body)) return undefined;
  const content = elements.find((name) => name.startsWith(`${body}/`))?.slice(body.length + 1);
  const [, bodyNamespace, bodyName] = /^\{([^}]*)\}(.*)$/.exec(content ?? '') ?? [];
  const idam = `${header}/{urn:siram:lps:ctxlps}ContexteLPS/{urn:siram:lps:ctxlps}LPS/{urn:siram:lps:ctxlps}IDAM`;
  return {
    operation: operationOf(leaves.get(`${header}/{${addressing}}Action`)?.[0], contentType),
    messageId: leaves.get(`${header}/{${addressing}}MessageID`)?.[0],
    authorisationNumber: leaves.get(idam)?.[0],
    hasHeaders: requiredHeaders.every((name) => elements.includes(`${header}/${name}`)),
    bodyName,
    bodyNamespace,
    fields: fieldsOf(leaves, `${body}/`),
  };
}

function operationOf(addressed: string | undefined, contentType: string): string | undefined {
  const typed = /action="?([^";]+)/.exec(contentType)?.[1];
  if (addressed !== undefined && typed !== undefined && addressed !== typed) return undefined;
  const action = addressed ?? typed;
  return action?.startsWith(actionPrefix) ? action.slice(actionPrefix.length) : undefined;
}

function fieldsOf(
  leaves: ReadonlyMap<string, readonly string[]>,
  prefix: string,
): ReadonlyMap<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const [path, texts] of leaves) {
    if (!path.startsWith(prefix)) continue;
    const name = path.slice(path.lastIndexOf('}') + 1);
    fields.set(name, [...(fields.get(name) ?? []), ...texts]);
  }
  return fields;
}
