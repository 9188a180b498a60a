import { foldSeparators, toInsiAlphabet } from './normalisation.ts';
import type { IdentityTrait, ReferenceTraits, StrictTraits } from './traits.ts';

/** A trait on which the local record and the reference base disagree. It holds identity data. */
export interface TraitDifference {
  trait: IdentityTrait;
  local?: string;
  reference?: string;
  /** `minor`: given names that differ in hyphens, apostrophes and spaces only. */
  severity: 'minor' | 'major';
}

/**
 * The differences between a local record and what INSi returned. Names are compared in the alphabet of
 * INSi; birth name, sex, date and place must be equal. A place that INSi does not return is no
 * difference; a place missing locally is one.
 */
export function compareTraits(local: StrictTraits, reference: ReferenceTraits): TraitDifference[] {
  const referenceList = reference.givenNames ?? reference.firstGivenName;
  const differences = [
    difference('birthName', local.birthName, reference.birthName, sameName),
    difference('givenNames', local.givenNames, referenceList, sameName, sameNameButSeparators),
    difference('firstGivenName', local.firstGivenName, referenceList, startsList, startsListButSeparators),
    difference('sex', local.sex, reference.sex),
    difference('birthDate', local.birthDate, reference.birthDate),
    reference.birthPlace === undefined
      ? undefined
      : difference('birthPlace', local.birthPlace, reference.birthPlace),
  ];
  return differences.filter((each) => each !== undefined);
}

type Agreement = (local: string, reference: string) => boolean;

const same: Agreement = (local, reference) => local === reference;
const sameName: Agreement = (local, reference) => toInsiAlphabet(local) === toInsiAlphabet(reference);
const sameNameButSeparators: Agreement = (local, reference) => folded(local) === folded(reference);
const startsList: Agreement = (local, reference) =>
  `${toInsiAlphabet(reference)} `.startsWith(`${toInsiAlphabet(local)} `);
const startsListButSeparators: Agreement = (local, reference) =>
  `${folded(reference)} `.startsWith(`${folded(local)} `);

function folded(name: string): string {
  return foldSeparators(toInsiAlphabet(name));
}

function difference(
  trait: IdentityTrait,
  local: string | undefined,
  reference: string | undefined,
  agree: Agreement = same,
  nearlyAgree: Agreement = () => false,
): TraitDifference | undefined {
  const both = local !== undefined && reference !== undefined;
  if (both && agree(local, reference)) return undefined;
  return {
    trait,
    ...(local === undefined ? {} : { local }),
    ...(reference === undefined ? {} : { reference }),
    severity: both && nearlyAgree(local, reference) ? 'minor' : 'major',
  };
}
