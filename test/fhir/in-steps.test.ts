import fc from 'fast-check';
import { demoBundle } from '../../seeds/demo/index.ts';
import { FhirError } from '../../src/fhir/error.ts';
import { parseJson, parseJsonInSteps } from '../../src/fhir/json.ts';
import { jsonInPieces } from '../../src/fhir/json-in-pieces.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { ended } from '../../src/fhir/steps.ts';
import { readXml, readXmlInSteps } from '../../src/fhir/xml/read.ts';
import { writeXml, writeXmlInSteps } from '../../src/fhir/xml/write.ts';
import { generatedResource } from './xml/generated.ts';

const noPause = async () => undefined;

/** What some work gives: a value as JSON, or the refusal word for word. */
async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return JSON.stringify(await work());
  } catch (error) {
    if (error instanceof FhirError) return { status: error.status, issues: error.issues };
    throw error;
  }
}

/** A document with a piece replaced by another. */
const spliced = (text: fc.Arbitrary<string>, pieces: readonly string[]) =>
  fc
    .tuple(text, fc.nat(), fc.nat(12), fc.constantFrom('', ...pieces))
    .map(([whole, place, removed, piece]) => {
      const at = place % (whole.length + 1);
      return whole.slice(0, at) + piece + whole.slice(at + removed);
    });

const bundle = fc.array(generatedResource('Observation'), { maxLength: 4 }).map(
  (resources): Resource => ({
    resourceType: 'Bundle',
    type: 'collection',
    ...(resources.length === 0 ? {} : { entry: resources.map((resource) => ({ resource })) }),
  }),
);

describe('parseJsonInSteps gives what parseJson gives', () => {
  const pieces = [
    '"',
    '}',
    ']',
    '[',
    '{',
    ',',
    '"entry":[',
    '"entry":1,',
    '1.10',
    '\u0001',
    '\ud800',
    '\\u12',
    ' ',
    '[[[[[[[[',
  ];
  const document = bundle.map((resource) => JSON.stringify(resource));

  test.each([
    '',
    ' ',
    '{}',
    '[]',
    '1',
    '"x"',
    '{',
    '[1,',
    '{"a":[]}',
    '{"a":[1,]}',
    '{"a":[1],"a":[2]}',
    '{"a":[1]}x',
  ])('for %j', async (text) => {
    expect(await outcome(() => parseJsonInSteps(text, noPause))).toEqual(
      await outcome(() => parseJson(text)),
    );
  });

  test('for bundles, as they are and with any piece replaced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(document, spliced(document, pieces)), async (text) => {
        const options = { maxDepth: 12 };
        expect(await outcome(() => parseJsonInSteps(text, noPause, options))).toEqual(
          await outcome(() => parseJson(text, options)),
        );
      }),
      { numRuns: 400 },
    );
  });

  test('and pauses before each entry', async () => {
    let pauses = 0;
    const text = JSON.stringify(demoBundle());
    await parseJsonInSteps(Buffer.from(text), async () => {
      pauses++;
    });
    expect(pauses).toBe(demoBundle().entry!.length);
  });
});

describe('jsonInPieces gives what JSON.parse gives', () => {
  /** An object put together again, or that there is none. */
  const joined = (text: string) => {
    try {
      const { head, items } = ended(jsonInPieces(Buffer.from(text)));
      for (const [key, value] of Object.entries(head))
        if (Array.isArray(value)) value.push(...[...items(key)].flat());
      return head;
    } catch {
      return 'none';
    }
  };
  const parsed = (text: string) => {
    try {
      const value = JSON.parse(text);
      return typeof value !== 'object' || value === null || Array.isArray(value) ? 'none' : value;
    } catch {
      return 'none';
    }
  };

  test.each([
    '',
    '{}',
    '[]',
    '1',
    '{"a":[]}',
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[1}',
    '{"a":[[1],{"b":["]"]}],"c":"[\\"}',
  ])('for %j', (text) => expect(joined(text)).toEqual(parsed(text)));

  test('for arrays of many pieces, with anything in their texts', () => {
    const item = fc.record({
      code: fc.string({ unit: 'binary' }),
      concept: fc.array(fc.jsonValue(), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), fc.jsonValue(), (some, other) => {
        const concept = Array.from(
          { length: Math.ceil(200_000 / JSON.stringify(some).length) },
          () => some,
        ).flat();
        const text = JSON.stringify({ before: [other], concept, after: other });
        expect([...ended(jsonInPieces(Buffer.from(text))).items('concept')].length).toBeGreaterThan(2);
        expect(joined(text)).toEqual(parsed(text));
      }),
      { numRuns: 2 },
    );
  });
});

describe('readXmlInSteps gives what readXml gives', () => {
  const pieces = [
    '<',
    '>',
    '/>',
    '"',
    '&amp;',
    '&',
    '\r',
    '\r\n',
    '\ud800',
    ']]>',
    '<!-- -->',
    '<x/>',
    '<id value="y"/>',
    '<!DOCTYPE x>',
  ];
  const document = bundle.map((resource) => writeXml(resource, true));
  /** Moves what follows the declaration so that a step of reading ends anywhere in the document. */
  const moved = (text: string, length: number) => text.replace('?>', () => `?><!--${'x'.repeat(length)}-->`);

  /** Of two faults at one place, such as text before the root, that is told which a step meets first. */
  const alike = (given: unknown) =>
    JSON.parse(JSON.stringify(given).replace(/Malformed XML: [^"\\]*/g, 'Malformed XML'));

  test('for bundles, as they are and with any piece replaced, wherever the steps end', async () => {
    const lengths = fc.integer({ min: 28_000, max: 32_768 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(document, spliced(document, pieces)), lengths, async (text, length) => {
        const bytes = Buffer.from(moved(text, length));
        expect(alike(await outcome(() => readXmlInSteps(bytes, noPause)))).toEqual(
          alike(await outcome(() => readXml(bytes))),
        );
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    '',
    '\ufeff',
    ' ',
    '<Patient xmlns="http://hl7.org/fhir"/>',
    '\ufeff<Patient xmlns="http://hl7.org/fhir"/>',
    '<Patient',
  ])('for %j', async (text) => {
    const bytes = Buffer.from(text);
    expect(await outcome(() => readXmlInSteps(bytes, noPause))).toEqual(await outcome(() => readXml(bytes)));
  });
});

test('writeXmlInSteps gives what writeXml gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(bundle, generatedResource('Patient'), generatedResource('ValueSet')),
      fc.boolean(),
      async (resource, pretty) => {
        expect(await writeXmlInSteps(resource, noPause, pretty)).toBe(writeXml(resource, pretty));
      },
    ),
    { numRuns: 100 },
  );
});
