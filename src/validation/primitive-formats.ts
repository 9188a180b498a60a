import type { Issue } from '../fhir/error.ts';
import { mayBeActive } from '../fhir/fhirpath/evaluation/active-narrative.ts';
import { decimalText } from '../fhir/json.ts';

/** Why a JSON value is no value of a primitive type. */
interface FormatProblem {
  code: Issue['code'];
  diagnostics: string;
}

/** The problem of a JSON value, undefined when it is a value of the type. */
type PrimitiveFormat = (value: unknown) => FormatProblem | undefined;

/** Characters (datatypes.html#string). */
const longestString = 1024 * 1024;
/** Control characters other than tab, line feed and carriage return. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that the rule forbids.
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

const year = '(?!0000)\\d{4}';
const month = '(?:0[1-9]|1[0-2])';
const day = '(?:0[1-9]|[12]\\d|3[01])';
const timeOfDay = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?';
const zone = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';

const pattern = {
  date: new RegExp(`^${year}(?:-${month}(?:-${day})?)?$`),
  dateTime: new RegExp(`^${year}(?:-${month}(?:-${day}(?:T${timeOfDay}${zone})?)?)?$`),
  instant: new RegExp(`^${year}-${month}-${day}T${timeOfDay}${zone}$`),
  time: new RegExp(`^${timeOfDay}$`),
  code: /^\S+(?: \S+)*$/,
  id: /^[A-Za-z0-9\-.]{1,64}$/,
  uri: /^\S+$/,
  oid: /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/,
  uuid: /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  /** Within what remains without padding; a test of the whole would need a stack as long as the data. */
  notBase64: /[^A-Za-z0-9+/]/,
  xhtml: /^\s*<div[\s/>]/,
};

/** Lexical rules of the R4 primitive types (datatypes.html#primitive), by type name. */
export const primitiveFormats: Readonly<Record<string, PrimitiveFormat>> = {
  boolean: (value) =>
    typeof value === 'boolean' ? undefined : { code: 'structure', diagnostics: 'true or false is expected' },
  decimal: (value) => (decimalText(value) === undefined ? numberExpected : undefined),
  integer: integerBetween(-(2 ** 31), 2 ** 31 - 1),
  unsignedInt: integerBetween(0, 2 ** 31 - 1),
  positiveInt: integerBetween(1, 2 ** 31 - 1),
  string: text(),
  markdown: text(),
  code: matching(pattern.code, 'A code has no white space but single spaces between its parts'),
  id: matching(pattern.id, 'An id has 1 to 64 letters, digits, hyphens and dots'),
  uri: matching(pattern.uri, 'A URI has no white space'),
  url: matching(pattern.uri, 'A URL has no white space'),
  canonical: matching(pattern.uri, 'A canonical URL has no white space'),
  oid: matching(pattern.oid, 'An OID has the form urn:oid:1.2.3'),
  uuid: matching(pattern.uuid, 'A UUID has the form urn:uuid: followed by lower-case hexadecimal digits'),
  date: calendar(pattern.date, 'A date has the form YYYY, YYYY-MM or YYYY-MM-DD'),
  dateTime: calendar(
    pattern.dateTime,
    'A dateTime has the form YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone',
  ),
  instant: calendar(pattern.instant, 'An instant has the form YYYY-MM-DDThh:mm:ss with a time zone'),
  time: matching(pattern.time, 'A time has the form hh:mm:ss'),
  base64Binary: text((value) =>
    isBase64(value) ? undefined : { code: 'value', diagnostics: 'Base64 data is expected (RFC 4648)' },
  ),
  xhtml: text((value) => {
    if (!pattern.xhtml.test(value)) return noDiv;
    return mayBeActive(value) ? active : undefined;
  }),
};

const numberExpected: FormatProblem = { code: 'structure', diagnostics: 'A number is expected' };
const integerExpected: FormatProblem = {
  code: 'value',
  diagnostics: 'An integer without fraction and exponent is expected',
};
const stringExpected: FormatProblem = { code: 'structure', diagnostics: 'A string is expected' };
const emptyString: FormatProblem = { code: 'value', diagnostics: 'A string must not be empty' };
const tooLong: FormatProblem = { code: 'value', diagnostics: 'A string has at most 1,048,576 characters' };
const noDiv: FormatProblem = { code: 'value', diagnostics: 'XHTML content starts with a div element' };
const active: FormatProblem = {
  code: 'value',
  diagnostics: 'A narrative has no scripts, event attributes, style sheets, forms, frames and objects',
};
const control: FormatProblem = {
  code: 'value',
  diagnostics: 'A string has no control characters but tab, line feed and carriage return',
};
const noSuchDay: FormatProblem = { code: 'value', diagnostics: 'The month has no such day' };

function integerBetween(least: number, greatest: number): PrimitiveFormat {
  const outOfRange: FormatProblem = {
    code: 'value',
    diagnostics: `An integer from ${least} to ${greatest} is expected`,
  };
  return (value) => {
    // What JavaScript would write otherwise, `1.0` or `1e3`, arrives as raw JSON and is no integer in FHIR.
    if (typeof value !== 'number') return decimalText(value) === undefined ? numberExpected : integerExpected;
    if (!Number.isInteger(value)) return integerExpected;
    return value < least || value > greatest ? outOfRange : undefined;
  };
}

/** A string of the size and characters that FHIR allows; base64 data alone may be longer. */
function text(further?: (value: string) => FormatProblem | undefined): PrimitiveFormat {
  return (value) => {
    if (typeof value !== 'string') return stringExpected;
    if (value === '') return emptyString;
    if (further) return further(value) ?? (controlCharacter.test(value) ? control : undefined);
    if (value.length > longestString) return tooLong;
    return controlCharacter.test(value) ? control : undefined;
  };
}

function matching(form: RegExp, diagnostics: string): PrimitiveFormat {
  const mismatch: FormatProblem = { code: 'value', diagnostics };
  return (value) => {
    if (typeof value !== 'string') return stringExpected;
    if (value === '') return emptyString;
    if (value.length > longestString) return tooLong;
    if (!form.test(value)) return mismatch;
    return controlCharacter.test(value) ? control : undefined;
  };
}

function calendar(form: RegExp, diagnostics: string): PrimitiveFormat {
  const lexical = matching(form, diagnostics);
  return (value) => lexical(value) ?? (dayExists(value as string) ? undefined : noSuchDay);
}

/** `date` starts as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
function dayExists(date: string): boolean {
  const dayOfMonth = Number(date.slice(8, 10));
  if (dayOfMonth <= 28) return true;
  const lastDay = new Date(0);
  // Day 0 of the month that follows; setUTCFullYear knows years below 100.
  lastDay.setUTCFullYear(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0);
  return dayOfMonth <= lastDay.getUTCDate();
}

function isBase64(value: string): boolean {
  const data = /\s/.test(value) ? value.replaceAll(/\s+/g, '') : value;
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return (
    data !== '' && data.length % 4 === 0 && !pattern.notBase64.test(data.slice(0, data.length - padding))
  );
}
