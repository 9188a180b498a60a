import { loadConformance } from '../../src/fhir/conformance/load.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { findingOf, frenchValidation, refusalsBy } from './findings.ts';
import { changed, frenchResources, ruleCases } from './french-resources.ts';

const validate = frenchValidation(loadConformance());
const refusals = refusalsBy(loadConformance());
const resources = frenchResources();

test.each(Object.entries(resources))('%s: nothing is said of a valid resource', (_name, resource) => {
  expect(validate(resource).map(findingOf)).toEqual([]);
});

test.each(ruleCases().map(([name, one]) => [name, one.rule, one] as const))(
  '%s: %s',
  (name, _rule, { change, found = [] }) => {
    const resource = changed(resources[name] as Resource, change);
    expect(validate(resource).map(findingOf).sort()).toEqual([found].flat().sort());
    const [first, all] = refusals(resource);
    expect(first).toHaveLength(Math.min(all.length, 1));
    expect(all).toEqual(expect.arrayContaining(first));
  },
);

test('the cases are of every profile, and more than 150', () => {
  const cases = ruleCases();
  expect(new Set(cases.map(([name]) => name))).toEqual(new Set(Object.keys(resources)));
  expect(cases.length).toBeGreaterThan(150);
});
