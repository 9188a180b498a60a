import type { ConformanceResources } from '../fhir/conformance/conformance-resources.ts';

/** A code as elements carry it; an element of type code has no system of its own. */
export interface GivenCoding {
  system?: string | undefined;
  version?: string | undefined;
  code: string;
  display?: string | undefined;
}

/**
 * The terminology service (R4 terminology-service.html). Only what is held here is decided here: of codes of a system
 * that is not held nothing false is ever said.
 */
export interface Terminology {
  /**
   * Whether a code is in a value set, by what is held in memory alone.
   * @param valueSet canonical URL, with or without `|version`
   * @returns undefined where it cannot be decided here: the system is not held, the value set is not known
   */
  isMember(valueSet: string, coding: GivenCoding): boolean | undefined;
  /** Whether a code system has a code; undefined as for `isMember`. */
  hasCode(coding: GivenCoding): boolean | undefined;
  /**
   * Whether a code has a display among its names, whatever the case and white space.
   * @param language of the text around it (BCP 47), where it tells one
   * @returns undefined where the code is not held, or none of its names that are held is of that language, or the coding
   *   has no display
   */
  hasName(coding: GivenCoding, language: string | undefined): boolean | undefined;
}

/** The conformance resources that terminology is made of. */
export type TerminologyResources = Pick<
  ConformanceResources,
  'valueSet' | 'codeSystem' | 'largeCodeSystem' | 'conceptMap' | 'urls'
>;
