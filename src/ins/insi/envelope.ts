import { actionOf, namespaces } from './namespaces.ts';
import type { InsiRuntime, InsiSoftware } from './settings.ts';
import { element, escapeXml } from './xml-writer.ts';

/** A SOAP request ready to send. */
export interface InsiRequest {
  xml: string;
  action: string;
  /** `uuid:…`, echoed by faults. */
  messageId: string;
}

/**
 * The SOAP 1.2 envelope of a call under mutual TLS: an empty `wsse:Security`, the contexts of the software
 * and of the coverage (empty for a search by traits), and WS-Addressing.
 * @param body the element of `soap:Body`, already serialised.
 */
export function buildRequest(
  operation: string,
  body: string,
  software: InsiSoftware,
  runtime: Pick<InsiRuntime, 'now' | 'uuid'>,
): InsiRequest {
  const messageId = `uuid:${runtime.uuid()}`;
  const action = actionOf(operation);
  const time = `${new Date(runtime.now()).toISOString().slice(0, 19)}Z`;
  const header = element('soap:Header', [
    `<wsse:Security xmlns:wsse="${namespaces.security}"/>`,
    softwareContext(software, runtime.uuid(), time),
    coverageContext(software, runtime.uuid(), time),
    element(`wsa:MessageID xmlns:wsa="${namespaces.addressing}"`, messageId),
    element(`wsa:Action xmlns:wsa="${namespaces.addressing}"`, action),
  ]);
  const envelope = element(`soap:Envelope xmlns:soap="${namespaces.soap}"`, [
    header,
    element('soap:Body', [body]),
  ]);
  return { xml: `<?xml version="1.0" encoding="UTF-8"?>${envelope}`, action, messageId };
}

function softwareContext(software: InsiSoftware, id: string, time: string): string {
  const { authorisationNumber, product, version, instance, sender } = software;
  const start = `ctxlps:ContexteLPS xmlns:ctxlps="${namespaces.softwareContext}" Nature="CTXLPS" Version="01_00"`;
  return element(start, [
    element('ctxlps:Id', id),
    element('ctxlps:Temps', time),
    element('ctxlps:Emetteur', sender),
    element('ctxlps:LPS', [
      element('ctxlps:IDAM R="4"', authorisationNumber),
      element('ctxlps:Version', version),
      element('ctxlps:Instance', instance),
      element('ctxlps:Nom', `urn:lps:${product}:${version}`),
    ]),
  ]);
}

function coverageContext(software: InsiSoftware, id: string, time: string): string {
  const start = `ctxbam:ContexteBAM xmlns:ctxbam="${namespaces.coverageContext}" Nature="CTXBAM" Version="01_02"`;
  return element(start, [
    element('ctxbam:Id', id),
    element('ctxbam:Temps', time),
    element('ctxbam:Emetteur', software.sender),
    '<ctxbam:COUVERTURE/>',
  ]);
}

/** The start tag of a body element in a namespace of its own. */
export function bodyElement(name: string, namespace: string): string {
  return `${name} xmlns="${escapeXml(namespace)}"`;
}
