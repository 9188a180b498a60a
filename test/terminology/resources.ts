import type { CodeSystem, ConceptMap, ValueSet, ValueSetComposeInclude } from 'fhir/r4.d.ts';
import { ValueSetCompiler } from '../../src/terminology/compiled-value-set.ts';
import { HeldContent } from '../../src/terminology/content.ts';
import type { Selection } from '../../src/terminology/selection.ts';
import type { TerminologyResources } from '../../src/terminology/terminology.ts';

/** Conformance resources made by hand, each under its URL alone. */
export function held(...resources: readonly (CodeSystem | ValueSet | ConceptMap)[]): TerminologyResources {
  const find = (type: string, canonical: string) =>
    resources.find(({ resourceType, url }) => resourceType === type && url === canonical.replace(/\|.*/, ''));
  return {
    valueSet: (canonical) => find('ValueSet', canonical) as ValueSet | undefined,
    codeSystem: (canonical) => find('CodeSystem', canonical) as CodeSystem | undefined,
    largeCodeSystem: () => undefined,
    urls: (type) => new Set(resources.flatMap((one) => (one.resourceType === type ? (one.url ?? []) : []))),
    conceptMap: (canonical) => find('ConceptMap', canonical) as ConceptMap | undefined,
  };
}

export function valueSet(
  url: string,
  include: ValueSetComposeInclude[],
  exclude?: ValueSetComposeInclude[],
): ValueSet {
  const compose = { include, ...(exclude === undefined ? {} : { exclude }) };
  return { resourceType: 'ValueSet', url, status: 'active', compose };
}

/** What the value set chooses, with the resources around it. */
export function selected(of: ValueSet, ...others: readonly (CodeSystem | ValueSet)[]): Selection {
  return new ValueSetCompiler(new HeldContent(held(of, ...others))).of(of);
}

/** The codes of a selection that hold all words, in order. */
export function codes(selection: Selection, ...words: string[]): string[] {
  return [...selection.members(words)].flatMap((member) => (member === undefined ? [] : member.code));
}

export const animals = 'http://example.org/animals';

/**
 * ```
 * animal (abstract)
 *   mammal: cat (tabby, siamese), bat
 *   bird: owl, dodo (retired)
 *   flying: bat, owl
 * rock
 * ```
 */
export const animalSystem: CodeSystem = {
  resourceType: 'CodeSystem',
  url: animals,
  version: '3',
  name: 'Animals',
  title: 'Animals of the house',
  status: 'active',
  caseSensitive: true,
  content: 'complete',
  property: [
    { code: 'legs', type: 'integer' },
    { code: 'state', uri: 'http://hl7.org/fhir/concept-properties#status', type: 'code' },
  ],
  concept: [
    {
      code: 'animal',
      display: 'Animal',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        {
          code: 'mammal',
          display: 'Mammal',
          concept: [
            {
              code: 'cat',
              display: 'Cat',
              definition: 'It sleeps.',
              designation: [
                { language: 'fr', value: 'Chat' },
                { language: 'de', use: { system: 'urn:use', code: 'short' }, value: 'Katze' },
              ],
              property: [{ code: 'legs', valueInteger: 4 }],
              concept: [
                { code: 'tabby', display: 'Tabby cat' },
                { code: 'siamese', display: 'Siamese cat' },
              ],
            },
            { code: 'bat', display: 'Bat', property: [{ code: 'parent', valueCode: 'flying' }] },
          ],
        },
        {
          code: 'bird',
          display: 'Bird',
          property: [{ code: 'legs', valueInteger: 2 }],
          concept: [
            { code: 'owl', display: 'Owl' },
            { code: 'dodo', display: 'Dodo', property: [{ code: 'state', valueCode: 'retired' }] },
          ],
        },
        { code: 'flying', display: 'Flying animal', property: [{ code: 'child', valueCode: 'owl' }] },
      ],
    },
    { code: 'rock', display: 'Œuf d’oiseau minéral' },
  ],
};
