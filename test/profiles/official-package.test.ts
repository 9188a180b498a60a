import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { loadConformance } from '../../src/fhir/conformance/load.ts';
import { packageLayer } from '../../src/fhir/packages/package-layer.ts';
import { openPackage } from '../../src/fhir/packages/read-package.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { frenchValidation } from './findings.ts';
import { changed, frenchResources, type RuleCase, ruleCases } from './french-resources.ts';

/** FR Core 2.2.0 as published, where somebody has laid it beside the repository. */
const archive = fileURLToPath(
  new URL('../../../shared/data/packages/hl7.fhir.fr.core-2.2.0.tgz', import.meta.url),
);

/** What a resource says otherwise, so that the pitfalls of the guide are not met with. */
const neutral: Readonly<Record<string, RuleCase['change']>> = {
  patient: {
    // Of the type NH, which belongs to two slices of the guide.
    'identifier[1]': { system: 'urn:oid:1.2.3.9', value: 'N' },
    // The patterns of the guide have displays.
    'identifier[0].type.coding[0].display': 'Patient internal identifier',
    'identifier[2].type.coding[0].display': 'Identifiant National de Santé Calculé',
    'identifier[3].type.coding[0].display': 'Identifiant du patient au Dossier Pharmaceutique',
    'identifier[4].type.coding[0].display': 'Regional registry ID',
  },
  patientIns: { 'identifier[1].type.coding[0].display': 'Patient internal identifier' },
  // The system that the guide fixes is no absolute URI: no identifier can be valid there (P4).
  encounter: { 'hospitalization.preAdmissionIdentifier': null },
  // Code systems that the guide holds and this server does not.
  functionalUnit: { 'extension[0].valueCoding': 'cs:fr-core-cs-champ-activite#MCO' },
  activityUnit: { 'extension[0].valueCoding': 'cs:fr-core-cs-champ-activite#MCO' },
};

/** Cases on which the verdicts differ by design. */
const pitfalls = [
  'NSS-NIR 0..1',
  'NSS-NIR and NSS-NIA side by side (P1)',
  'NDP 0..1',
  'inseeCode under the name of the past is a warning (P18)',
  'two notes are allowed: reasons of opening and closure (P2)',
];

const resources = Object.fromEntries(
  Object.entries(frenchResources()).map(([name, resource]) => [name, changed(resource, neutral[name] ?? {})]),
);
const cases = ruleCases();
const likeCases = cases.filter(
  // The guide has two slices for the type NH, whatever else is changed.
  ([, { rule, change }]) => !pitfalls.includes(rule) && !JSON.stringify(change).includes('v2-0203#NH'),
);
const casesOf = new Map(
  Object.keys(resources).map((name) => [
    name,
    likeCases.flatMap(([of, { change }]) => (of === name ? [change] : [])),
  ]),
);

const isValid = (validate: ReturnType<typeof frenchValidation>) => (resource: Resource) =>
  validate(resource).every(({ severity }) => severity !== 'error');
const byOurs = isValid(frenchValidation(loadConformance()));

/** Resources with up to three changes, valid and broken. */
const generated = fc
  .constantFrom(...Object.keys(resources))
  .chain((name) =>
    fc
      .subarray(casesOf.get(name) ?? [], { maxLength: 3 })
      .map((changes) => [resources[name] as Resource, changes] as const),
  )
  .map(([resource, changes]) => {
    try {
      return changes.reduce(changed, resource);
    } catch {
      // One change took away what another is about.
      return resource;
    }
  });

if (existsSync(archive)) {
  const byOfficial = isValid(frenchValidation(loadConformance([packageLayer([await openPackage(archive)])])));

  test.each(Object.keys(resources))('%s is valid by the official package too', (name) => {
    expect(byOfficial(resources[name] as Resource)).toBe(true);
  });

  test('our profiles and the official ones differ in their verdicts on the pitfalls alone', () => {
    const differing = cases
      .filter(([name, { change }]) => {
        const resource = changed(resources[name] as Resource, change);
        return byOurs(resource) !== byOfficial(resource);
      })
      .map(([, { rule }]) => rule);
    expect(differing.sort()).toEqual([...pitfalls].sort());
  });

  test('the guide refuses what it cannot tell apart, and takes no identifier without its display for one of a slice', () => {
    const { patient, encounter, functionalUnit } = frenchResources() as Record<string, Resource>;
    // A number of the Sécurité sociale (P1), a namespace (P4), a code that is not held here.
    for (const resource of [patient, encounter, functionalUnit]) {
      expect([byOurs(resource as Resource), byOfficial(resource as Resource)]).toEqual([true, false]);
    }
    // An IPP without use and without display (P17).
    const withoutUse = changed(resources['patientIns'] as Resource, {
      'identifier[1].type.coding[0].display': null,
      'identifier[1].use': null,
    });
    expect([byOurs(withoutUse), byOfficial(withoutUse)]).toEqual([false, true]);
  });

  test('the verdicts on generated resources are equal', () => {
    fc.assert(
      fc.property(generated, (resource) => {
        expect(byOurs(resource)).toBe(byOfficial(resource));
      }),
      { numRuns: 500 },
    );
  });
} else {
  test('the official package is not beside the repository: generated resources are judged by our profiles alone', () => {
    let valid = 0;
    const runs = 500;
    fc.assert(
      fc.property(generated, (resource) => {
        if (byOurs(resource)) valid += 1;
      }),
      { numRuns: runs },
    );
    expect(valid).toBeGreaterThan(0);
    expect(valid).toBeLessThan(runs);
  });
}
