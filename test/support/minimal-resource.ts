import { childElements, loadDefinitions, typeDefinition } from '../../src/fhir/definitions/load.ts';
import type { ElementDefinition } from '../../src/fhir/definitions/model.ts';

type JsonObject = Record<string, unknown>;

const definitions = loadDefinitions();

/** Texts of the primitive types that not every text would do for. */
const primitives: Readonly<Record<string, unknown>> = {
  boolean: true,
  integer: 1,
  unsignedInt: 1,
  positiveInt: 1,
  decimal: 1.5,
  date: '2024-01-01',
  dateTime: '2024-01-01',
  instant: '2024-01-01T00:00:00Z',
  time: '12:00:00',
  base64Binary: 'AAAA',
  id: 'x',
  uri: 'urn:x',
  url: 'http://example.org/x',
  canonical: 'http://example.org/x',
  oid: 'urn:oid:1.2.3',
  uuid: 'urn:uuid:00000000-0000-4000-8000-000000000000',
  xhtml: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
};

/** A resource of a type with its mandatory elements alone. */
export function minimalResource(type: string): { resourceType: string; [element: string]: unknown } {
  return { resourceType: type, ...mandatory(typeDefinition(definitions, type)!.elements) };
}

function mandatory(elements: readonly ElementDefinition[]): JsonObject {
  const found: JsonObject = {};
  for (const element of elements.filter(({ min }) => min > 0)) {
    const code = element.types[0]?.code ?? 'BackboneElement';
    const key = element.choice ? element.name + code.charAt(0).toUpperCase() + code.slice(1) : element.name;
    const value = mandatoryValue(element, code);
    found[key] = element.array ? [value] : value;
  }
  return found;
}

function mandatoryValue(element: ElementDefinition, code: string): unknown {
  if (code === 'Reference') return { display: 'x' };
  if (code === 'Resource') return { resourceType: 'Basic', code: { text: 'x' } };
  if (code === 'code' && element.binding?.strength === 'required') {
    const systems = Object.values(definitions.valueSets[element.binding.valueSet]?.systems ?? {});
    return systems.flatMap((codes) => codes ?? [])[0] ?? 'x';
  }
  if (typeDefinition(definitions, code)?.kind === 'primitive-type') return primitives[code] ?? 'x';
  const children = mandatory(
    childElements(definitions, element, code === 'BackboneElement' ? undefined : code),
  );
  return Object.keys(children).length === 0 ? { extension: [{ url: 'urn:x', valueString: 'x' }] } : children;
}
