import type { CodeSystem, CodeSystemConceptProperty } from 'fhir/r4.d.ts';
import { decimalText } from '../fhir/json.ts';

/** Where the standard properties of concepts are defined (codesystem-concept-properties.html). */
const standard = 'http://hl7.org/fhir/concept-properties#';

/** What a property says about the place or the state of a concept. */
type PropertyRole = 'parent' | 'child' | 'notSelectable' | 'inactive' | 'status';

const roles: readonly PropertyRole[] = ['parent', 'child', 'notSelectable', 'inactive', 'status'];

/** Another name that code systems of HL7 version 2 give to `notSelectable`. */
const synonyms: Readonly<Record<string, PropertyRole>> = { abstract: 'notSelectable' };

/** The roles of the properties of a code system, by the uri of their definition, else by their code. */
export function propertyRoles({ property = [] }: CodeSystem): ReadonlyMap<string, PropertyRole> {
  const found = new Map<string, PropertyRole>(Object.entries(synonyms));
  for (const role of roles) found.set(role, role);
  for (const { code, uri } of property) {
    if (uri === undefined || !uri.startsWith(standard)) continue;
    const role = roles.find((one) => uri === standard + one);
    if (role !== undefined) found.set(code, role);
  }
  return found;
}

/** The value of a property as a filter compares it and a client reads it. */
export function propertyText(property: CodeSystemConceptProperty): string | undefined {
  const { valueCode, valueString, valueInteger, valueBoolean, valueDateTime, valueDecimal, valueCoding } =
    property;
  const value =
    valueCode ??
    valueString ??
    valueInteger ??
    valueBoolean ??
    valueDateTime ??
    decimalText(valueDecimal) ??
    valueCoding?.code;
  return value === undefined ? undefined : String(value);
}
