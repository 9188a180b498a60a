import type { StructureDefinition } from 'fhir/r4.d.ts';
import { canonical } from './canonicals.ts';
import { constraintsOf, Differential } from './elements.ts';
import { frCoreMetadata } from './metadata.ts';
import type { ElementSource, ExtensionContentSource, ExtensionSource, ProfileSource } from './source.ts';

const dataTypes = ['HumanName', 'Address', 'ContactPoint'];

/** The StructureDefinition of a profile. */
export function profileDefinition(id: string, source: ProfileSource): StructureDefinition {
  const { type, base, canonicalSlice } = source;
  const url = canonical(`sd:${id}`);
  const differential = rootOf(type, url, source);
  if (canonicalSlice !== undefined) {
    differential.add('meta.profile', { slicing: 'value:$this' });
    differential.add(`meta.profile:${canonicalSlice}`, { card: '0..1', patternCanonical: url });
  }
  for (const [key, element] of Object.entries(source.elements)) {
    differential.add(key, typeof element === 'string' ? { card: element } : element);
  }
  const kind = dataTypes.includes(type) ? 'complex-type' : 'resource';
  return definition(id, url, source, { kind, type, base }, differential);
}

/** The StructureDefinition of an extension. */
export function extensionDefinition(id: string, source: ExtensionSource): StructureDefinition {
  const url = canonical(source.canonical ?? `sd:${id}`);
  const differential = rootOf('Extension', url, source);
  addContent(differential, '', url, source);
  const { context } = source;
  const subject = { kind: 'complex-type', context, type: 'Extension', base: 'r4:Extension' } as const;
  return definition(id, url, source, subject, differential);
}

type Source = ProfileSource | ExtensionSource;

function rootOf(type: string, url: string, { title, description, invariants }: Source): Differential {
  return new Differential({
    id: type,
    path: type,
    short: title,
    definition: description,
    ...constraintsOf(invariants, url),
  });
}

/** What a definition constrains. */
interface Subject {
  kind: 'complex-type' | 'resource';
  /** Elements that an extension may stand in. */
  context?: readonly string[];
  type: string;
  /** Short form of the canonical of the definition that it derives from. */
  base: string;
}

function definition(
  id: string,
  url: string,
  source: Source,
  { kind, context, type, base }: Subject,
  differential: Differential,
): StructureDefinition {
  return {
    resourceType: 'StructureDefinition',
    id,
    url,
    ...frCoreMetadata(source),
    fhirVersion: '4.0.1',
    kind,
    abstract: false,
    ...(context === undefined
      ? {}
      : { context: context.map((expression) => ({ type: 'element', expression })) }),
    type,
    baseDefinition: canonical(base),
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
