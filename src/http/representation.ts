import { fhirError } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import { writeXml } from '../fhir/xml/write.ts';
import type { QueryParameter } from '../interactions/request.ts';
import { type Format, negotiatedFormat } from './negotiation.ts';

/** How the body of an answer is written. */
export interface Representation {
  format: Format;
  pretty: boolean;
}

/** What is stored and sent as it is. */
export const compactJson: Representation = { format: 'json', pretty: false };

/** Levels of a resource, and of the bundles that a page or an answer to a batch may put around it. */
const maxDepth = 128;

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
  const pretty = value('_pretty') ?? 'false';
  if (pretty !== 'true' && pretty !== 'false') {
    throw fhirError(400, 'value', '_pretty takes true or false', '_pretty');
  }
  return format === 'json' && pretty === 'false' ? compactJson : { format, pretty: pretty === 'true' };
}

/** A body, which is compact JSON within the server, as it is sent. */
export function represented(body: Buffer, { format, pretty }: Representation): Buffer {
  if (format === 'json' && !pretty) return body;
  const resource = parseJson(body, { maxDepth });
  const text =
    format === 'xml' ? writeXml(resource as Resource, pretty) : JSON.stringify(resource, undefined, 2);
  return Buffer.from(text);
}
