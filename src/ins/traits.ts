/** Sex as INSi knows it; an indeterminate sex is local only and cannot be in a qualified identity. */
export type Sex = 'M' | 'F';

/** The strict traits of a local record, as written there (RNIV; référentiel INS). */
export interface StrictTraits {
  birthName: string;
  /** First birth given name; a compound name counts as one. */
  firstGivenName: string;
  /** The whole list of birth given names as one string: separators inside it cannot be told apart. */
  givenNames: string;
  sex: Sex;
  /** `YYYY-MM-DD` as written; a lunar date such as `1950-00-00` stays as it is. */
  birthDate: string;
  /** COG of the commune, or `99` and the country; absent when unknown (COG 99999 included). */
  birthPlace?: string;
}

/** The strict traits as INSi returns them: each may be missing by its schema. */
export interface ReferenceTraits {
  birthName?: string;
  /** `Prenom`, which INSi no longer returns since the end of 2022. */
  firstGivenName?: string;
  /** `ListePrenom`. */
  givenNames?: string;
  sex?: string;
  birthDate?: string;
  birthPlace?: string;
}

/** What can differ between a local record and the reference base. */
export type IdentityTrait =
  | 'birthName'
  | 'firstGivenName'
  | 'givenNames'
  | 'sex'
  | 'birthDate'
  | 'birthPlace'
  | 'matricule'
  | 'oid';

/** A lexical birth date of INSi: it may be no day of the calendar. */
export const insiDatePattern = /^\d{4}-\d{2}-\d{2}$/;
