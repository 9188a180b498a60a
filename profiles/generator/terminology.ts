import type { CodeSystem, CodeSystemConcept, ValueSet, ValueSetComposeInclude } from 'fhir/r4.d.ts';
import { canonical, nosCanonical, nosId } from './canonicals.ts';
import { frCoreMetadata, nomenclatureMetadata } from './metadata.ts';
import type { CodeSystemSource, InclusionSource, ValueSetSource } from './source.ts';

/** The CodeSystem of FR Core, or the one that stands for a nomenclature of the ANS. */
export function codeSystemDefinition(name: string, source: CodeSystemSource): CodeSystem {
  const { content = 'complete' } = source;
  const concept = conceptsOf(source);
  return {
    resourceType: 'CodeSystem',
    ...identityOf(name, 'cs', source),
    caseSensitive: true,
    content,
    ...(content === 'complete' ? { count: concept.length } : {}),
    ...(concept.length === 0 ? {} : { concept }),
  };
}

/** The ValueSet of FR Core, or the one that stands for a nomenclature of the ANS. */
export function valueSetDefinition(name: string, source: ValueSetSource): ValueSet {
  const { include, exclude } = source;
  return {
    resourceType: 'ValueSet',
    ...identityOf(name, 'vs', source),
    ...(include === undefined
      ? {}
      : {
          compose: {
            include: include.map(inclusion),
            ...(exclude === undefined ? {} : { exclude: exclude.map(inclusion) }),
          },
        }),
  };
}

function conceptsOf({ concepts = {}, meanings = {}, codes = [] }: CodeSystemSource): CodeSystemConcept[] {
  return [
    ...Object.entries(concepts).map(([code, display]) => ({ code, display })),
    ...Object.entries(meanings).map(([code, definition]) => ({ code, definition })),
    ...codes.map((code) => ({ code })),
  ];
}

function identityOf(
  id: string,
  kind: 'cs' | 'vs',
  { title, description = `${title}.` }: { title: string; description?: string },
) {
  if (/^(TRE|JDV)_/.test(id)) {
    const name = id.replace(/[^A-Za-z0-9]/g, '_');
    return { id: nosId(id), url: nosCanonical(id), ...nomenclatureMetadata({ name, title, description }) };
  }
  const name = id
    .split('-')
    .map((word) => (word === 'fr' ? 'FR' : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
  return { id, url: canonical(`${kind}:${id}`), ...frCoreMetadata({ name, title, description }) };
}

function inclusion(source: InclusionSource): ValueSetComposeInclude {
  if (typeof source === 'string') return { system: canonical(source) };
  if ('valueSet' in source) return { valueSet: [canonical(source.valueSet)] };
  const system = canonical(source.system);
  if ('isA' in source) return { system, filter: [{ property: 'concept', op: 'is-a', value: source.isA }] };
  return { system, concept: source.codes.map((code) => ({ code })) };
}
