import fc from 'fast-check';
import { loadDefinitions, resourceTypes } from '../../src/fhir/definitions/load.ts';
import { typesOf } from '../../src/fhir/fhirpath/evaluation/types.ts';
import { parseJson } from '../../src/fhir/json.ts';
import { locate } from '../../src/fhir/locations/locate.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { readXml } from '../../src/fhir/xml/read.ts';
import { attributeText } from '../../src/fhir/xml/text.ts';
import { writeXml } from '../../src/fhir/xml/write.ts';
import { generatedResource } from './xml/generated.ts';

const definitions = loadDefinitions();
const types = typesOf(definitions);

interface Element {
  expression: string;
  /** Name in XML. */
  key: string;
  isAttribute: boolean;
  value: unknown;
  companion: unknown;
}

/** Every element of a resource with its expression. */
function* elementsOf(
  holder: object,
  type: ReturnType<typeof types.ofResource>,
  path: string,
): Generator<Element> {
  for (const key of Object.keys(holder)) {
    const property = type.property(key);
    if (property === undefined || (key !== property.key && property.key in holder)) continue;
    const { name, repeats, companionKey } = property;
    const values = [(holder as Record<string, unknown>)[property.key]].flat();
    const companions = [(holder as Record<string, unknown>)[companionKey ?? '']].flat();
    for (let index = 0; index < Math.max(values.length, companions.length); index++) {
      const expression = `${path}.${name}${repeats ? `[${index}]` : ''}`;
      const value = values[index] ?? undefined;
      const companion = companions[index] ?? undefined;
      const isAttribute =
        (name === 'id' && type.kind !== 'resource') || (name === 'url' && type.name === 'Extension');
      yield { expression, key: property.key, isAttribute, value, companion };
      const own = property.type ?? types.ofResource(value);
      if (own.kind === 'primitive') {
        if (companion !== undefined) yield* elementsOf(companion, own, expression);
      } else if (typeof value === 'object' && value !== null) yield* elementsOf(value, own, expression);
    }
  }
}

/** The beginning of what stands at each location. */
function shownAt(text: string, locations: ReturnType<typeof locate>): string[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return locations.map(({ line, column }) => {
    const offset = starts[line - 1]! + column - 1;
    return text.slice(offset, offset + 5_000);
  });
}

/** JSON on one line whatever its indentation: a line break stands between members only. */
function flat(json: string): string {
  return json.replace(/\n */g, '');
}

const aResource = fc.constantFrom(...resourceTypes(definitions)).chain((type) => generatedResource(type));

describe('locations of elements', () => {
  test('in JSON every element of any resource is where its value is', () => {
    fc.assert(
      fc.property(aResource, fc.constantFrom(undefined, 2), (resource, indentation) => {
        const text = JSON.stringify(resource, null, indentation);
        const elements = [...elementsOf(resource, types.ofResource(resource), resource.resourceType)];
        const found = shownAt(
          text,
          locate(
            text,
            'json',
            elements.map(({ expression }) => expression),
          ),
        );
        elements.forEach(({ expression, value, companion }, index) => {
          const expected = flat(JSON.stringify(value ?? companion, null, indentation)).slice(0, 200);
          expect([expression, flat(found[index]!).slice(0, expected.length)]).toEqual([expression, expected]);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('in XML every element of any resource is where its tag or its attribute is', () => {
    fc.assert(
      fc.property(aResource, fc.boolean(), (resource, isPretty) => {
        const text = writeXml(resource, isPretty);
        const read = readXml(Buffer.from(text));
        const elements = [...elementsOf(read, types.ofResource(read), read.resourceType)];
        const found = shownAt(
          text,
          locate(
            text,
            'xml',
            elements.map(({ expression }) => expression),
          ),
        );
        elements.forEach(({ expression, key, isAttribute, value }, index) => {
          const isText = typeof value === 'string' && key !== 'div';
          const shown = found[index]!;
          const expected = isAttribute ? `${key}=${attributeText(String(value))}` : `<${key}`;
          expect([expression, shown.slice(0, expected.length)]).toEqual([expression, expected]);
          if (!isAttribute && isText) {
            expect(shown.slice(0, shown.indexOf('>'))).toContain(`value=${attributeText(String(value))}`);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  const json = `\ufeff{
  "name": [
    { "family": "A", "given": [ null, "B" ], "_given": [ { "id": "g" }, null ] },
    { "family": "\\"{[,\\\\", "given": ["C"] }
  ],
  "resourceType": "Patient",
  "_birthDate": { "extension": [ { "url": "x", "valueString": "y" } ] },
  "deceasedBoolean": false,
  "contact": { "name": { "family": "D" } },
  "contained": [
    { "resourceType": "Basic", "id": "b" } ]
}`;

  const xml = `<?xml version="1.0"?>
<!-- <Patient> -->
<f:Patient xmlns:f="http://hl7.org/fhir">
  <f:text><div xmlns="http://www.w3.org/1999/xhtml"><name/><p title="a > b">x</p></div></f:text>
  <f:contained><f:Basic><f:id value="b"/></f:Basic></f:contained>
  <f:name><f:family value="A"/><f:given id="g"/><f:given value="B"/></f:name>
  <f:name
    id="n"><f:family value="/>"/></f:name>
  <f:birthDate><f:extension
      url="x"><f:valueString value="y"/></f:extension></f:birthDate>
  <f:deceasedBoolean value="false"/>
</f:Patient>`;

  test.each([
    ['Patient', 'json', 1, 1],
    ['Patient.name', 'json', 2, 11],
    ['Patient.name[1]', 'json', 4, 5],
    ['Patient.name[1].family', 'json', 4, 17],
    ['Patient.name[1].given[0]', 'json', 4, 38],
    ['Patient.name.family', 'json', 3, 17],
    ['Patient.name[0].given[0]', 'json', 3, 58],
    ['Patient.name[0].given[0].id', 'json', 3, 66],
    ['Patient.name[0].given[1]', 'json', 3, 39],
    ['Patient.birthDate', 'json', 7, 17],
    ['Patient.birthDate.extension[0].value', 'json', 7, 63],
    ['Patient.deceased', 'json', 8, 22],
    ['Patient.deceased.ofType(boolean)', 'json', 8, 22],
    ['Patient.deceased[x]', 'json', 8, 22],
    ['Patient.contact[0].name.family', 'json', 9, 36],
    ['Patient.contained[0].id', 'json', 11, 38],
    ['Patient.contained[0]/*Basic/b*/.id', 'json', 11, 38],
    // What is not there is missing from what is.
    ['Patient.gender', 'json', 1, 1],
    ['Patient.name[1].use', 'json', 4, 5],
    ['Patient.name[7].use', 'json', 1, 1],
    ['Patient.name:official[1].family', 'json', 4, 17],
    ['Patient.dec', 'json', 1, 1],
    ['http.if-match', 'json', 1, 1],
    ['', 'json', 1, 1],
    ['Patient', 'xml', 3, 1],
    ['Patient.contained[0].id', 'xml', 5, 25],
    ['Patient.name[0]', 'xml', 6, 3],
    ['Patient.name[0].given[1]', 'xml', 6, 49],
    ['Patient.name[0].given[0].id', 'xml', 6, 41],
    ['Patient.name[1]', 'xml', 7, 3],
    ['Patient.name[1].id', 'xml', 8, 5],
    ['Patient.name[1].family', 'xml', 8, 12],
    ['Patient.birthDate.extension[0].url', 'xml', 10, 7],
    ['Patient.birthDate.extension[0].value', 'xml', 10, 15],
    ['Patient.deceased', 'xml', 11, 3],
    ['Patient.gender', 'xml', 3, 1],
    ['Patient.text.div', 'xml', 4, 11],
    ['Patient.text.div.name', 'xml', 4, 11],
  ] as const)('%s in %s', (expression, format, line, column) => {
    expect(locate(format === 'json' ? json : xml, format, [expression])).toEqual([{ line, column }]);
  });

  test('the name of an element is not taken for that of a choice', () => {
    const text =
      '{"resourceType":"StructureDefinition","snapshot":{"element":[{"maxLength":1,"minValueInteger":2}]}}';
    const inElement = (name: string) =>
      locate(text, 'json', [`StructureDefinition.snapshot.element[0].${name}`])[0]!.column;
    expect(inElement('max')).toBe(text.indexOf('{"maxLength') + 1);
    expect(inElement('min')).toBe(text.indexOf('{"maxLength') + 1);
    expect(inElement('minValue')).toBe(text.indexOf('2}') + 1);
  });

  test('nor where a type of that name exists', () => {
    const text = '{"resourceType":"PaymentNotice","paymentDate":"2020","payment":{"display":"x"}}';
    const locations = locate(text, 'json', ['PaymentNotice.payment', 'PaymentNotice.payment.reference']);
    expect(locations.map(({ column }) => text.slice(column - 1, column + 4))).toEqual(['{"dis', '{"dis']);
  });

  test('all issues of a large document in one pass', () => {
    const entry = Array.from({ length: 2_000 }, (_, index) => ({
      resource: { resourceType: 'Patient', id: `p${index}`, name: [{ family: 'x' }] },
    }));
    const text = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }, null, 1);
    const expressions = entry.map((_, index) => `Bundle.entry[${index}].resource.name[0].family`);
    const found = locate(text, 'json', expressions);
    const lines = text.split('\n');
    expect(found.map(({ line, column }) => lines[line - 1]!.slice(column - 1))).toEqual(
      entry.map(() => '"x"'),
    );
    expect((parseJson(text) as Resource).resourceType).toBe('Bundle');
  });
});
