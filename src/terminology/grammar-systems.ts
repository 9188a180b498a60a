import { LONGEST_UNIT, UCUM, withUnits } from '../fhir/ucum-library.ts';

/**
 * A code system whose codes follow a rule in place of a list (terminologies-systems.html), or are known to the language
 * of this program.
 */
export interface GrammarSystem {
  url: string;
  name: string;
  /** undefined where the rule does not tell. */
  has(code: string): boolean | undefined;
  /** A name of a code that it has. */
  display?(code: string, language: string): string | undefined;
  /** All codes, where they can be told. */
  codes?(): readonly string[];
}

/** Answers kept in memory: a clumsy client can send any number of codes. */
const remembered = 5000;

const countries = 'urn:iso:std:iso:3166';
const currencies = 'urn:iso:std:iso:4217';
const timeZones = 'https://www.iana.org/time-zones';
const mediaTypes = 'urn:ietf:bcp:13';
const languages = 'urn:ietf:bcp:47';

/** Two-letter codes that the regions of Unicode have beside those of ISO 3166-1. */
const noCountries = new Set('AC CP CQ DG EA EU EZ IC QO TA UK UN XA XB XK ZZ'.split(' '));

/** Token of RFC 2045; a parameter has a token or a quoted text as its value. */
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$%&'*+.^`|~-]+|"[^"\\]*"))*$/;

const allGrammars: readonly GrammarSystem[] = [
  { url: UCUM, name: 'UCUM', has: memorised(isUnit), display: (code) => unitName(code) },
  {
    url: languages,
    name: 'BCP 47',
    has: memorised(isLanguageTag),
    display: (code, language) => nameOf('language', code, language),
  },
  {
    url: countries,
    name: 'ISO 3166',
    has: isCountry,
    display: (code, language) => nameOf('region', code, language),
  },
  {
    url: currencies,
    name: 'ISO 4217',
    has: (code) => known('currency').has(code) || (/^[A-Z]{3}$/.test(code) ? undefined : false),
    display: (code, language) => nameOf('currency', code, language),
    codes: () => [...known('currency')],
  },
  {
    url: timeZones,
    name: 'IANA time zones',
    has: memorised(isTimeZone),
    codes: () => [...known('timeZone')],
  },
  { url: mediaTypes, name: 'Media types', has: (code) => mediaType.test(code) },
];

const grammars: ReadonlyMap<string, GrammarSystem> = new Map([
  ...allGrammars.map((system) => [system.url, system] as const),
  ['http://www.iana.org/time-zones', allGrammars[4] as GrammarSystem],
]);

/** The code system of a URL, when it is one of a rule. */
export function grammarSystem(url: string): GrammarSystem | undefined {
  return grammars.get(url);
}

/** URLs of the code systems of a rule. */
export const grammarUrls: readonly string[] = [...grammars.keys()];

function memorised(decide: (code: string) => boolean): (code: string) => boolean {
  const answers = new Map<string, boolean>();
  return (code) => {
    let answer = answers.get(code);
    if (answer === undefined) {
      answer = decide(code);
      if (answers.size >= remembered) answers.clear();
      answers.set(code, answer);
    }
    return answer;
  };
}

function isUnit(code: string): boolean {
  if (code === '' || code.length > LONGEST_UNIT) return false;
  // The library corrects what is nearly a unit: a code is one as it stands.
  const { status, ucumCode } = withUnits((units) => units.validateUnitString(code));
  return status === 'valid' && ucumCode === code;
}

function unitName(code: string): string | undefined {
  return withUnits((units) => units.validateUnitString(code)).unit?.name;
}

function isLanguageTag(code: string): boolean {
  try {
    return Intl.getCanonicalLocales(code).length === 1;
  } catch {
    // Tags of RFC 5646 that are for private use alone or were registered before its grammar, which Unicode leaves out.
    return /^(?:x(?:-[0-9a-z]{1,8})+|i-[a-z]{3,8}|sgn-[a-z-]{5}|zh-min)$/i.test(code);
  }
}

/** Codes of three letters or digits, those of subdivisions and those of former countries are in no list that is here. */
function isCountry(code: string): boolean | undefined {
  if (!/^[A-Z]{2}$/.test(code)) return undefined;
  if (noCountries.has(code) || displayNames('region', 'en').of(code) === undefined) return false;
  const isCurrent = Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
  return isCurrent ? true : undefined;
}

function isTimeZone(code: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: code });
    // An offset is taken for a time zone too.
    return /^[A-Za-z]/.test(code);
  } catch {
    return false;
  }
}

const lists = new Map<'currency' | 'timeZone', ReadonlySet<string>>();

function known(key: 'currency' | 'timeZone'): ReadonlySet<string> {
  const list = lists.get(key) ?? new Set(Intl.supportedValuesOf(key));
  lists.set(key, list);
  return list;
}

const names = new Map<string, Intl.DisplayNames>();

/** The names are made for English and French alone: a caller may ask for any number of languages. */
function displayNames(type: 'language' | 'region' | 'currency', language: string): Intl.DisplayNames {
  const locale = /^fr\b/i.test(language) ? 'fr' : 'en';
  const key = `${type} ${locale}`;
  const found = names.get(key) ?? new Intl.DisplayNames([locale], { type, fallback: 'none' });
  names.set(key, found);
  return found;
}

function nameOf(
  type: 'language' | 'region' | 'currency',
  code: string,
  language: string,
): string | undefined {
  try {
    return displayNames(type, language).of(code);
  } catch {
    return undefined;
  }
}
