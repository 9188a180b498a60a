import type { ElementDefinition } from 'fhir/r4.d.ts';
import { structureDefinitionsOfR4 } from '../../canonical.ts';
import { choiceName } from '../../definitions/property-name.ts';
import { SnapshotError } from './error.ts';

const typesOfFhirPath = 'http://hl7.org/fhirpath/';
const fhirType = `${structureDefinitionsOfR4}structuredefinition-fhir-type`;

/** What the children of an element are described by. */
interface ChildrenSource {
  /** The one profile that the type of the element names. */
  profile?: string;
  /** Canonical URL of its type, or of what its types have in common. */
  type: string;
}

/** Where the children of an element that has none in place are described; undefined for one without a type. */
export function childrenSource({ type = [] }: ElementDefinition): ChildrenSource | undefined {
  const [first] = type;
  if (first === undefined) return undefined;
  const codes = new Set(type.map(({ code }) => code));
  if (codes.size > 1) return { type: `${structureDefinitionsOfR4}Element` };
  const profiles = type.flatMap(({ profile = [] }) => profile);
  const [profile] = profiles;
  return {
    type: typeUrl(first),
    ...(profile !== undefined && profiles.length === 1 && { profile }),
  };
}

function typeUrl({ code, extension = [] }: NonNullable<ElementDefinition['type']>[number]): string {
  if (code.startsWith(typesOfFhirPath)) {
    return structureDefinitionsOfR4 + (extension.find(({ url }) => url === fhirType)?.valueUrl ?? 'string');
  }
  return code.includes(':') ? code : structureDefinitionsOfR4 + code;
}

export type Types = NonNullable<ElementDefinition['type']>;

/** The choices that `valueQuantity` may be a type of, by its name alone, the longest first: `value[x]`. */
export function choicesOf(name: string): string[] {
  return Array.from(name.matchAll(/(?<!^)[A-Z]/g), ({ index }) => `${name.slice(0, index)}[x]`).reverse();
}

/** The most types of a choice; an open one has some fifty (datatypes.html#open). */
const mostTypes = 200;

/**
 * Those of the types that `valueQuantity` says of the choice `value[x]`.
 * @throws SnapshotError when there are too many types
 */
export function typesNamed(choice: string, name: string, types: Types): Types {
  const stem = choice.slice(0, -'[x]'.length);
  if (!choice.endsWith('[x]') || !name.startsWith(stem)) return [];
  if (types.length > mostTypes) throw new SnapshotError(`a choice has more than ${mostTypes} types`);
  const length = name.length - stem.length;
  return types.filter(({ code }) => code.length === length && choiceName(stem, code) === name);
}
