import { readdirSync, readFileSync } from 'node:fs';
import type { CodeSystem, StructureDefinition, ValueSet } from 'fhir/r4.d.ts';
import { generatedFiles } from '../../profiles/generator/generate.ts';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { findingOf, frenchValidation } from './findings.ts';

type Definition = StructureDefinition | CodeSystem | ValueSet;

const folder = new URL('../../profiles/', import.meta.url);
const frCore = 'https://hl7.fr/ig/fhir/core/';

const generated = generatedFiles();
const definitions = generated.map(({ text }) => JSON.parse(text) as Definition);
const conformance = loadConformance();
const validate = frenchValidation(conformance);

function ofType<T extends Definition['resourceType']>(type: T): Extract<Definition, { resourceType: T }>[] {
  return definitions.filter(
    (each): each is Extract<Definition, { resourceType: T }> => each.resourceType === type,
  );
}

test('what lies in the folders is what the source gives', () => {
  const lying = ['StructureDefinition', 'CodeSystem', 'ValueSet']
    .flatMap((type) => readdirSync(new URL(type, folder)).map((file) => `${type}/${file}`))
    .map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }))
    .filter(({ text }) => !text.includes('"url": "https://passerelle.fr/'));
  const byPath = (files: { path: string; text: string }[]) =>
    new Map(files.toSorted((a, b) => a.path.localeCompare(b.path)).map(({ path, text }) => [path, text]));
  expect(byPath(lying)).toEqual(byPath(generated));
});

test('FR Core 2.2.0 is there whole: 28 profiles, 36 extensions, 26 code systems, 51 value sets', () => {
  const ofGuide = ({ url }: Definition) => url?.startsWith(frCore);
  const structures = ofType('StructureDefinition').filter(ofGuide);
  const extensions = structures.filter(({ type }) => type === 'Extension');
  expect(structures.length - extensions.length).toBe(28);
  expect(extensions).toHaveLength(36);
  expect(ofType('CodeSystem').filter(ofGuide)).toHaveLength(26);
  expect(ofType('ValueSet').filter(ofGuide)).toHaveLength(51);
  for (const { version } of definitions.filter(ofGuide)) expect(version).toBe('2.2.0');
});

test.each(definitions.map((each) => [`${each.resourceType}/${each.id}`, each] as const))(
  '%s is valid FHIR',
  (_name, definition) => {
    expect(validate(definition as unknown as Resource).map(findingOf)).toEqual([]);
  },
);

test.each(ofType('StructureDefinition').map(({ id, url }) => [id, url] as const))(
  'the snapshot of %s has all that the differential says',
  (_id, url = '') => {
    const { definition } = conformance.structureDefinition(url) ?? {};
    const elements = new Map(definition?.snapshot?.element.map((element) => [element.id, element]));
    for (const element of definition?.differential?.element ?? []) {
      // Constraints and types are merged with those of the base: they have their own tests.
      const { constraint: _constraint, type: _type, ...said } = element;
      expect(elements.get(element.id)).toMatchObject(said);
    }
  },
);

test('each canonical that a definition names is there', () => {
  const missing = new Set<string>();
  const seek = (canonical: string, found: unknown) => {
    // Nobody here holds the terminologies of others.
    if (found === undefined && /^https:\/\/(hl7\.fr|mos\.esante)|hl7\.org\/fhir/.test(canonical))
      missing.add(canonical);
  };
  for (const { differential, baseDefinition = '' } of ofType('StructureDefinition')) {
    seek(baseDefinition, conformance.structureDefinition(baseDefinition));
    for (const { type = [], binding } of differential?.element ?? []) {
      const named = type.flatMap(({ profile = [], targetProfile = [] }) => [...profile, ...targetProfile]);
      for (const canonical of named) seek(canonical, conformance.structureDefinition(canonical));
      if (binding?.valueSet !== undefined) seek(binding.valueSet, conformance.valueSet(binding.valueSet));
    }
  }
  for (const { compose } of ofType('ValueSet')) {
    for (const { system, valueSet = [] } of compose?.include ?? []) {
      if (system !== undefined) seek(system, conformance.codeSystem(system));
      for (const canonical of valueSet) seek(canonical, conformance.valueSet(canonical));
    }
  }
  expect([...missing]).toEqual([]);
});

test('a code that a value set takes from a whole code system is one of it', () => {
  for (const { url, compose } of ofType('ValueSet')) {
    for (const { system = '', concept = [] } of compose?.include ?? []) {
      const codeSystem = definitions.find((each): each is CodeSystem => each.url === system);
      if (codeSystem?.content !== 'complete' || codeSystem.resourceType !== 'CodeSystem') continue;
      const codes = codeSystem.concept?.map(({ code }) => code);
      for (const { code } of concept) expect([url, codes]).toEqual([url, expect.arrayContaining([code])]);
    }
  }
});
