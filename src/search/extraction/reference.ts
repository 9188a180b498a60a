import type { Reference } from 'fhir/r4.d.ts';
import { parseReference } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import { containedId, containedType } from '../contained.ts';
import { identifierParameter, versionsParameter, writtenCanonicalParameter } from '../derived-parameters.ts';
import type { Writer, Writers } from './writer.ts';

/**
 * A fragment points to a contained resource, for chains that go on there. `urn:` references point inside a bundle:
 * nothing can be searched by them.
 */
const reference: Writer =
  ({ code }, { baseUrls }) =>
  (value, { resource, values }) => {
    const { reference: text, identifier } = value as Reference;
    const target = typeof text === 'string' ? parseReference(text, baseUrls) : undefined;
    if (target?.kind === 'local') {
      values.reference.push({ parameter: code, type: target.type, id: target.id });
    } else if (target?.kind === 'absolute') {
      values.reference.push({ parameter: code, url: target.url });
    } else if (target?.kind === 'fragment') {
      const inside = containedTarget(resource, target.id);
      if (inside !== undefined) values.reference.push({ parameter: code, ...inside });
    }
    if (identifier?.value !== undefined) {
      const { system, value: logical } = identifier;
      const parameter = identifierParameter(code);
      values.token.push({ parameter, ...(system === undefined ? {} : { system }), code: logical });
    }
  };

function containedTarget(
  { resourceType, id, contained }: Resource,
  localId: string,
): { type: string; id: string } | undefined {
  if (!Array.isArray(contained) || id === undefined) return undefined;
  const target = (contained as Resource[]).find((one) => one.id === localId);
  if (target === undefined) return undefined;
  return { type: containedType(target.resourceType), id: containedId({ type: resourceType, id }, localId) };
}

/** Beginnings of a version that are indexed. */
const mostVersionParts = 4;

/**
 * A canonical is indexed without and with its version, by the beginnings of that (`1` and `1.2` of `1.2.3`), and as it
 * is written, for what goes on from it; one of this server as a local target too, and one of a contained resource
 * (`#id`) as that alone.
 */
const canonical: Writer =
  ({ code }, { baseUrls }) =>
  (value, { resource, values }) => {
    const text = String(value);
    const url = text.split('|', 1)[0] ?? text;
    const target = parseReference(url, baseUrls);
    if (target?.kind === 'fragment') {
      const inside = containedTarget(resource, target.id);
      if (inside !== undefined) values.reference.push({ parameter: code, ...inside });
      return;
    }
    if (url === '') {
      return;
    }
    values.reference.push({ parameter: writtenCanonicalParameter(code), url: text });
    if (target?.kind === 'local') {
      values.reference.push({ parameter: code, type: target.type, id: target.id });
    }
    values.reference.push({ parameter: code, url });
    if (url !== text) {
      values.reference.push({ parameter: code, url: text });
      let dot = text.indexOf('.', url.length);
      for (let parts = 0; dot >= 0 && parts < mostVersionParts; parts += 1) {
        values.reference.push({ parameter: versionsParameter(code), url: text.slice(0, dot) });
        dot = text.indexOf('.', dot + 1);
      }
    }
  };

/** A resource in place, as the first entry of a document or message bundle. */
const resource: Writer =
  ({ code, targets }) =>
  (value, { values }) => {
    const { resourceType, id } = value as Resource;
    if (id !== undefined && targets.includes(resourceType)) {
      values.reference.push({ parameter: code, type: resourceType, id });
    }
  };

/** Reference values (search.html#reference). */
export const referenceWriters: Writers = {
  Reference: reference,
  canonical,
  uri: canonical,
  Resource: resource,
};
