import fc from 'fast-check';
import { demoBundle } from '../../../seeds/demo/index.ts';
import { loadDefinitions, resourceTypes } from '../../../src/fhir/definitions/load.ts';
import { parseJson } from '../../../src/fhir/json.ts';
import type { Resource } from '../../../src/fhir/resource.ts';
import { readXml } from '../../../src/fhir/xml/read.ts';
import { writeXml } from '../../../src/fhir/xml/write.ts';
import { generatedResource } from './generated.ts';

const types = [...resourceTypes(loadDefinitions())];

function roundTrip(resource: Resource, pretty = false): string {
  return JSON.stringify(readXml(Buffer.from(writeXml(resource, pretty))));
}

/** The value with the keys of every object in one order, for what was not written in that of the specification. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || 'rawJSON' in value) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

describe('JSON to XML to JSON (xml.html, json.html)', () => {
  test('there are 146 types', () => expect(types).toHaveLength(146));

  test.each(types)('gives the same bytes for any %s', (type) => {
    fc.assert(
      fc.property(generatedResource(type), fc.boolean(), (resource, pretty) => {
        expect(roundTrip(resource, pretty)).toBe(JSON.stringify(resource));
      }),
      { numRuns: 12 },
    );
  });

  test('gives the same values for the demo bundle, and the same bytes from then on', () => {
    const bundle = parseJson(JSON.stringify(demoBundle())) as Resource;
    const once = roundTrip(bundle);
    expect(JSON.stringify(sorted(parseJson(once)))).toBe(JSON.stringify(sorted(bundle)));
    expect(roundTrip(parseJson(once) as Resource)).toBe(once);
  });
});
