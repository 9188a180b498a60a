import fc from 'fast-check';
import { demoBundle } from '../../seeds/demo/index.ts';
import { loadDefinitions, resourceTypes } from '../../src/fhir/definitions/load.ts';
import { parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { type Subset, subsetOf } from '../../src/interactions/representation-subset.ts';
import { createValidator } from '../../src/validation/validator.ts';
import { generatedResource } from '../fhir/xml/generated.ts';

const definitions = loadDefinitions();
const validator = createValidator(definitions);
const subsets: Subset[] = ['true', 'text', 'data', new Set(['text']), new Set()];
const demo = demoBundle().entry!.map(({ resource }) => parseJson(JSON.stringify(resource)) as Resource);

/** True when everything in `part` stands in `whole`, at the same place or, in an array, in the same order. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((each, index) => isPartOf(each, whole[index]));
  }
  if (typeof part !== 'object' || part === null) return part === whole;
  if (typeof whole !== 'object' || whole === null) return false;
  return Object.entries(part).every(([key, value]) => isPartOf(value, (whole as Resource)[key]));
}

const withoutTag = ({ meta: _, ...resource }: Resource) => resource;

describe('subsetOf', () => {
  test.each([...resourceTypes(definitions)])('cuts any %s down to a part of it, once and for all', (type) => {
    fc.assert(
      fc.property(generatedResource(type), fc.constantFrom(...subsets), (resource, subset) => {
        const part = subsetOf(resource, subset);
        expect(isPartOf(withoutTag(part), resource)).toBe(true);
        expect(part.meta?.tag?.at(-1)?.code).toBe('SUBSETTED');
        expect(JSON.stringify(subsetOf(part, subset))).toBe(JSON.stringify(part));
      }),
      { numRuns: 8 },
    );
  });

  test.each(subsets)('leaves a valid resource valid: %p', (subset) => {
    expect(demo.length).toBeGreaterThan(50);
    for (const resource of demo) {
      const problems = validator.validate(subsetOf(resource, subset));
      expect([resource.resourceType, problems]).toEqual([resource.resourceType, []]);
    }
  });

  test('says on which elements it stands', () => {
    const patient = demo.find(({ resourceType }) => resourceType === 'Patient')!;
    expect(Object.keys(subsetOf(patient, new Set()))).toEqual(
      Object.keys(patient).filter((key) => ['resourceType', 'id', 'meta'].includes(key)),
    );
  });

  test('keeps what changes the meaning of the rest, though nobody asked', () => {
    const modifier = [{ url: 'urn:x', valueBoolean: true }];
    const resource = {
      resourceType: 'Patient',
      implicitRules: 'urn:r',
      modifierExtension: modifier,
      active: true,
    };
    expect(subsetOf(resource, new Set(['name']))).toMatchObject({
      implicitRules: 'urn:r',
      modifierExtension: modifier,
    });
    expect(subsetOf(resource, new Set(['name']))).not.toHaveProperty('active');
  });

  test('does not tag twice, and leaves the resource as it was', () => {
    const resource: Resource = {
      resourceType: 'Patient',
      meta: { tag: [{ system: 'urn:x', code: 'SUBSETTED' }] },
    };
    const once = subsetOf(resource, 'true');
    expect(once.meta?.tag).toHaveLength(2);
    expect(subsetOf(once, 'true').meta?.tag).toHaveLength(2);
    expect(resource.meta?.tag).toHaveLength(1);
  });
});
