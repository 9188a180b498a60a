import type { Address, Patient } from 'fhir/r4.d.ts';
import { fold } from '../../search/fold.ts';

/** What two Patients are compared by: names and places folded, of every use. */
export interface MatchTraits {
  /** Birth name and used name: words apart by one space, hyphens and apostrophes being spaces. */
  familyNames: string[];
  /** First given names: of the birth name, and the used one. */
  firstGivenNames: string[];
  /** All given names. */
  givenNames: string[];
  /** As FHIR writes it, possibly without day or month. */
  birthDate?: string;
  sex?: 'male' | 'female';
  identifiers: { system: string; value: string }[];
  /** INSEE code of the birth place, or its city. */
  birthPlace?: string;
  postalCodes: string[];
  /** Telephone numbers by their last nine digits, and e-mail addresses. */
  telecoms: string[];
}

const birthPlaceUrl = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';

/** Reads the traits of a Patient; old identifiers are no traits. */
export function matchTraits(patient: Patient): MatchTraits {
  const { name = [], identifier = [], address = [], telecom = [], birthDate, gender } = patient;
  const birthPlace = birthPlaceOf(patient);
  return {
    familyNames: distinct(name.map(({ family }) => words(family))),
    firstGivenNames: distinct(name.map(({ given }) => words(given?.[0]))),
    givenNames: distinct(name.flatMap(({ given = [] }) => given.map(words))),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(gender === 'male' || gender === 'female' ? { sex: gender } : {}),
    identifiers: identifier.flatMap(({ system, value, use }) =>
      system === undefined || value === undefined || use === 'old' ? [] : [{ system, value }],
    ),
    ...(birthPlace === undefined ? {} : { birthPlace }),
    postalCodes: distinct(address.map(({ postalCode }) => words(postalCode))),
    telecoms: distinct(telecom.map(({ system, value = '' }) => contact(system, value))),
  };
}

/** Folded, with one space for whatever parts words: `Jean-François d’Arc` is `jean francois d arc`. */
function words(text: string | undefined): string {
  return fold(text ?? '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function contact(system: string | undefined, value: string): string {
  return system === 'email' ? value.trim().toLowerCase() : value.replace(/\D/g, '').slice(-9);
}

function birthPlaceOf({ extension = [] }: Patient): string | undefined {
  const place: Address | undefined = extension.find(({ url }) => url === birthPlaceUrl)?.valueAddress;
  const code = place?.extension?.find(({ valueCoding }) => valueCoding?.code !== undefined)?.valueCoding
    ?.code;
  return (code ?? words(place?.city)) || undefined;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}
