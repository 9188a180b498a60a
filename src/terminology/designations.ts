import type { CodeSystemConceptDesignation } from 'fhir/r4.d.ts';

/** What names a concept: a display, and designations beside it. */
export interface Named {
  display?: string | undefined;
  designation?: readonly CodeSystemConceptDesignation[] | undefined;
}

/** The name of a concept in a language (BCP 47): a designation of that language, of its region first, else the display. */
export function displayIn(
  { display, designation = [] }: Named,
  language: string | undefined,
): string | undefined {
  if (language === undefined) return display;
  const wanted = language.toLowerCase();
  const found =
    designation.find((one) => one.language?.toLowerCase() === wanted) ??
    designation.find((one) => primary(one.language) === primary(wanted));
  return found?.value ?? display;
}

/** Whether a text is a name of a concept, whatever the case of its letters and its white space. */
export function isNameOf({ display, designation = [] }: Named, text: string): boolean {
  const wanted = plain(text);
  return [display, ...designation.map(({ value }) => value)].some(
    (name) => name !== undefined && plain(name) === wanted,
  );
}

/**
 * Whether a name of a concept is of a language.
 * @param own language of its display; English where nothing tells
 */
export function isNamedIn({ designation = [] }: Named, language: string, own = 'en'): boolean {
  const wanted = primary(language);
  return primary(own) === wanted || designation.some((one) => primary(one.language) === wanted);
}

/** The designations whose use or language is one of these tokens, `system|code`; all of them without tokens. */
export function chosenDesignations(
  designations: readonly CodeSystemConceptDesignation[],
  tokens: readonly string[],
): readonly CodeSystemConceptDesignation[] {
  if (tokens.length === 0) return designations;
  const languages = 'urn:ietf:bcp:47';
  return designations.filter(({ use, language }) =>
    tokens.some((token) => {
      const bar = token.indexOf('|');
      const [system, code] = bar < 0 ? [undefined, token] : [token.slice(0, bar), token.slice(bar + 1)];
      const isLanguage = (system === undefined || system === languages) && language === code;
      return isLanguage || (use?.code === code && (system === undefined || use.system === system));
    }),
  );
}

function primary(language: string | undefined): string | undefined {
  return language?.split('-')[0]?.toLowerCase();
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/gu, ' ').trim();
}
