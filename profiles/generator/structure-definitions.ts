import type { StructureDefinition } from 'fhir/r4.d.ts';
import { canonical } from './canonicals.ts';
import { constraintsOf, Differential } from './elements.ts';
import { frCoreMetadata } from './metadata.ts';
import type { ElementSource, ExtensionContentSource, ExtensionSource, ProfileSource } from './source.ts';

const dataTypes = ['HumanName', 'Address', 'ContactPoint'];

/** The StructureDefinition of a profile. */
export function profileDefinition(id: string, source: ProfileSource): StructureDefinition {
  const { type, title, description, invariants, canonicalSlice } = source;
  const url = canonical(`sd:${id}`);
  const differential = new Differential({
    id: type,
    path: type,
    short: title,
    definition: description,
    ...constraintsOf(invariants, url),
  });
  if (canonicalSlice !== undefined) {
    differential.add('meta.profile', { slicing: 'value:$this' });
    differential.add(`meta.profile:${canonicalSlice}`, { card: '0..1', patternCanonical: url });
  }
  for (const [key, element] of Object.entries(source.elements)) {
    differential.add(key, typeof element === 'string' ? { card: element } : element);
  }
  return {
    resourceType: 'StructureDefinition',
    id,
    url,
    ...frCoreMetadata(source),
    fhirVersion: '4.0.1',
    kind: dataTypes.includes(type) ? 'complex-type' : 'resource',
    abstract: false,
    type,
    baseDefinition: canonical(source.base),
    derivation: 'constraint',
    differential: { element: differential.elements },
  };
}

/** The StructureDefinition of an extension. */
export function extensionDefinition(id: string, source: ExtensionSource): StructureDefinition {
  const { title, description, invariants, context } = source;
  const url = canonical(source.canonical ?? `sd:${id}`);
  const differential = new Differential({
    id: 'Extension',
    path: 'Extension',
    short: title,
    definition: description,
    ...constraintsOf(invariants, url),
  });
  addContent(differential, '', url, source);
  return {
    resourceType: 'StructureDefinition',
    id,
    url,
    ...frCoreMetadata(source),
    fhirVersion: '4.0.1',
    kind: 'complex-type',
    abstract: false,
    context: context.map((expression) => ({ type: 'element', expression })),
    type: 'Extension',
    baseDefinition: canonical('r4:Extension'),
    derivation: 'constraint',
    differential: { element: differential.elements },
  };
}

/** @param prefix where the extension is: empty for the one defined, `extension:rrule.` for a part of it */
function addContent(
  differential: Differential,
  prefix: string,
  url: string,
  source: ExtensionContentSource,
): void {
  const { parts } = source;
  if (parts === undefined) differential.add(`${prefix}extension`, { card: '0..0' });
  for (const [name, part] of Object.entries(parts ?? {})) {
    const { card, short } = part;
    const key = `${prefix}extension:${name}`;
    differential.add(key, {
      ...(card === undefined ? {} : { card }),
      ...(short === undefined ? {} : { short }),
    });
    addContent(differential, `${key}.`, name, part);
  }
  differential.add(`${prefix}url`, { fixedUri: url });
  addValue(differential, `${prefix}value[x]`, source);
}

function addValue(differential: Differential, key: string, source: ExtensionContentSource): void {
  const { type, openType, profile, targets, binding, valueCard, parts } = source;
  const rules: ElementSource = {
    ...(valueCard === undefined ? {} : { card: valueCard }),
    ...(profile === undefined ? {} : { profile }),
    ...(targets === undefined ? {} : { targets }),
    ...(binding === undefined ? {} : { binding }),
  };
  if (parts !== undefined) {
    differential.add(key, { card: '0..0' });
  } else if (openType === undefined) {
    differential.add(key, { ...rules, ...(type === undefined ? {} : { type }) });
  } else {
    differential.add(key, { slicing: 'type:$this' });
    differential.add(`${key}:value${openType}`, { ...rules, card: '0..1', type: openType });
  }
}
