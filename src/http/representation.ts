import { fhirError } from '../fhir/error.ts';
import { answerMaxDepth, parseJson, parseJsonInSteps } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { writeXml, writeXmlInSteps } from '../fhir/xml/write.ts';
import { largeBody, pacer } from '../interactions/pacer.ts';
import type { QueryParameter } from '../interactions/request.ts';
import { type Format, negotiatedFormat } from './negotiation.ts';

/** How the body of an answer is written. */
export interface Representation {
  format: Format;
  pretty: boolean;
}

/** What is stored and sent as it is. */
export const compactJson: Representation = { format: 'json', pretty: false };

/**
 * The representation that a request asks for by `Accept`, `_format` and `_pretty`.
 * @throws FhirError 406 when the format is not offered, 400 on a malformed `_pretty`
 */
export function requestedRepresentation(
  accept: string | undefined,
  query: readonly QueryParameter[],
): Representation {
  const value = (name: string) => query.find((parameter) => parameter[0] === name)?.[1];
  const format = negotiatedFormat(accept, value('_format'));
  const pretty = value('_pretty') || 'false';
  if (pretty !== 'true' && pretty !== 'false') {
    throw fhirError(400, 'value', '_pretty takes true or false', '_pretty');
  }
  return format === 'json' && pretty === 'false' ? compactJson : { format, pretty: pretty === 'true' };
}

/**
 * A body, which is compact JSON within the server, as it is sent.
 * @returns a promise where a large body is written in steps
 */
export function represented(body: Buffer, representation: Representation): Buffer | Promise<Buffer> {
  const { format, pretty } = representation;
  if (format === 'json' && !pretty) return body;
  if (body.length >= largeBody) return representedInSteps(body, representation);
  const resource = parseJson(body, { maxDepth: answerMaxDepth });
  const text =
    format === 'xml' ? writeXml(resource as Resource, pretty) : JSON.stringify(resource, undefined, 2);
  return Buffer.from(text);
}

async function representedInSteps(body: Buffer, { format, pretty }: Representation): Promise<Buffer> {
  const pause = pacer();
  const resource = (await parseJsonInSteps(body, pause, { maxDepth: answerMaxDepth })) as Resource;
  const text =
    format === 'xml'
      ? await writeXmlInSteps(resource, pause, pretty)
      : await prettyJsonInSteps(resource, pause);
  return Buffer.from(text);
}

/** What `JSON.stringify` with an indentation of 2 gives, with a pause between the entries of a Bundle. */
async function prettyJsonInSteps(resource: Resource, pause: () => Promise<void>): Promise<string> {
  const { entry } = resource;
  if (!Array.isArray(entry) || entry.length === 0) return JSON.stringify(resource, undefined, 2);
  const entries: string[] = [];
  for (const each of entry) {
    await pause();
    entries.push(JSON.stringify(each, undefined, 2).replaceAll('\n', '\n    '));
  }
  const head = JSON.stringify({ ...resource, entry: [null] }, undefined, 2);
  return head.replace(
    /^ {2}"entry": \[\n {4}null\n {2}\]/m,
    () => `  "entry": [\n    ${entries.join(',\n    ')}\n  ]`,
  );
}
