import type { Address, Coding, Extension, HumanName, Patient } from 'fhir/r4.d.ts';
import type { Issue } from '../fhir/error.ts';
import { codeSystems, extensionUrls } from './fr-core.ts';
import { foldSeparators, toInsiAlphabet } from './normalisation.ts';
import {
  type IdentityTrait,
  insiDatePattern,
  type ReferenceTraits,
  type Sex,
  type StrictTraits,
} from './traits.ts';

/** Warnings accompany traits that may be used; errors of `incomplete` name each element at fault. */
export type TraitsReading =
  | { outcome: 'complete'; traits: StrictTraits; warnings: Issue[] }
  | { outcome: 'incomplete'; issues: Issue[] };

const unknownPlace = '99999';
const birthPlacePath = `Patient.extension('${extensionUrls.birthPlace}')`;

/** Where a Patient holds what INSi compares. */
export const elementOfTrait: Readonly<Record<IdentityTrait, string>> = {
  birthName: "Patient.name.where(use='official').family",
  firstGivenName: "Patient.name.where(use='official').given[0]",
  givenNames: `Patient.name.where(use='official').extension('${extensionUrls.birthListGivenName}')`,
  sex: 'Patient.gender',
  birthDate: 'Patient.birthDate',
  birthPlace: birthPlacePath,
  matricule: 'Patient.identifier',
  oid: 'Patient.identifier',
};

/**
 * The strict traits of a Patient in FR Core form. The birth place is optional, for INSi searches without
 * it; its absence is a warning, as are a missing list of given names (the `given` elements stand in for
 * it) and the older code system of communes.
 */
export function readTraits(patient: Patient): TraitsReading {
  const issues: Issue[] = [];
  const name = readOfficialName(patient, issues);
  const sex = readSex(patient, issues);
  const birthDate = readBirthDate(patient, issues);
  const birthPlace = readBirthPlace(patient, issues);
  const failed = issues.some(({ severity }) => severity === 'error');
  if (failed || name === undefined || sex === undefined || birthDate === undefined) {
    return { outcome: 'incomplete', issues };
  }
  const traits = { ...name, sex, birthDate, ...(birthPlace === undefined ? {} : { birthPlace }) };
  return { outcome: 'complete', traits, warnings: issues };
}

/** What a Patient says of the facts that a matricule encodes; what is missing or unreadable is left out. */
export function readFacts(patient: Patient): Partial<Pick<StrictTraits, 'sex' | 'birthDate' | 'birthPlace'>> {
  const birthPlace = readBirthPlace(patient, []);
  return { ...readSexAndBirthDate(patient), ...(birthPlace === undefined ? {} : { birthPlace }) };
}

/** `readFacts` without the place of birth. */
export function readSexAndBirthDate(patient: Patient): Partial<Pick<StrictTraits, 'sex' | 'birthDate'>> {
  const sex = readSex(patient, []);
  const birthDate = readBirthDate(patient, []) ?? patient.birthDate;
  return { ...(sex === undefined ? {} : { sex }), ...(birthDate === undefined ? {} : { birthDate }) };
}

/**
 * The traits of the reference base as a Patient in FR Core form, to show them or to replace local ones.
 * A lunar date goes to its extension, since FHIR dates are days of the calendar.
 */
export function patientOfTraits(reference: ReferenceTraits, firstGivenName?: string): Patient {
  const { birthName, givenNames, sex, birthDate, birthPlace } = reference;
  const first = reference.firstGivenName ?? firstGivenName;
  const lunar = birthDate !== undefined && !isCalendarDay(birthDate);
  const extension: Extension[] = [];
  if (lunar) extension.push({ url: extensionUrls.lunarDate, valueString: birthDate });
  if (birthPlace !== undefined) extension.push(birthPlaceExtension(birthPlace));
  const name: HumanName = {
    ...(givenNames === undefined
      ? {}
      : { extension: [{ url: extensionUrls.birthListGivenName, valueString: givenNames }] }),
    use: 'official',
    ...(birthName === undefined ? {} : { family: birthName }),
    ...(first === undefined ? {} : { given: [first] }),
  };
  return {
    resourceType: 'Patient',
    ...(extension.length === 0 ? {} : { extension }),
    name: [name],
    ...(sex === undefined ? {} : { gender: sex === 'M' ? 'male' : sex === 'F' ? 'female' : 'unknown' }),
    ...(birthDate === undefined || lunar ? {} : { birthDate }),
  };
}

/** True when the text is a day that exists. */
function isCalendarDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return insiDatePattern.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

type Names = Pick<StrictTraits, 'birthName' | 'firstGivenName' | 'givenNames'>;

function readOfficialName(patient: Patient, issues: Issue[]): Names | undefined {
  const names = patient.name ?? [];
  const official = names.flatMap((name, index) => (name.use === 'official' ? [{ name, index }] : []));
  const [only] = official;
  if (only === undefined) {
    issues.push(error('required', 'The name of birth (use official) is missing', 'Patient.name'));
    return undefined;
  }
  if (official.length > 1) {
    issues.push(
      error('business-rule', 'There is more than one name of birth (use official)', 'Patient.name'),
    );
    return undefined;
  }
  const path = `Patient.name[${only.index}]`;
  const birthName = filled(only.name.family);
  const firstGivenName = filled(only.name.given?.[0]);
  if (birthName === undefined) {
    issues.push(error('required', 'The birth family name is missing', `${path}.family`));
  }
  if (firstGivenName === undefined) {
    issues.push(error('required', 'The first birth given name is missing', `${path}.given[0]`));
  }
  if (birthName === undefined || firstGivenName === undefined) return undefined;
  const givenNames = readGivenNames(only.name, firstGivenName, path, issues);
  return { birthName, firstGivenName, givenNames };
}

function readGivenNames(name: HumanName, firstGivenName: string, path: string, issues: Issue[]): string {
  const listPath = `${path}.extension('${extensionUrls.birthListGivenName}')`;
  const list = filled(extensionOf(name.extension, extensionUrls.birthListGivenName)?.valueString);
  if (list === undefined) {
    issues.push(
      warning(
        'incomplete',
        'The list of birth given names is missing: given names stand in for it',
        listPath,
      ),
    );
    return (name.given ?? []).flatMap((given) => filled(given) ?? []).join(' ');
  }
  const fold = (text: string) => `${foldSeparators(toInsiAlphabet(text))} `;
  if (!fold(list).startsWith(fold(firstGivenName))) {
    // RNIV EXI ID 10: an alert, not a silent repair.
    const text = 'The first birth given name is not the beginning of the list of birth given names';
    issues.push(warning('business-rule', text, `${path}.given[0]`));
  }
  return list;
}

function readSex(patient: Patient, issues: Issue[]): Sex | undefined {
  if (patient.gender === 'male') return 'M';
  if (patient.gender === 'female') return 'F';
  issues.push(
    patient.gender === undefined
      ? error('required', 'The sex is missing', 'Patient.gender')
      : error('value', 'INSi knows the sexes male and female only', 'Patient.gender'),
  );
  return undefined;
}

function readBirthDate(patient: Patient, issues: Issue[]): string | undefined {
  const lunar = filled(extensionOf(patient.extension, extensionUrls.lunarDate)?.valueString);
  if (lunar !== undefined) {
    if (insiDatePattern.test(lunar)) return lunar;
    const path = `Patient.extension('${extensionUrls.lunarDate}').value`;
    issues.push(error('value', 'A lunar date has the form YYYY-MM-DD', path));
    return undefined;
  }
  if (patient.birthDate === undefined) {
    issues.push(error('required', 'The birth date is missing', 'Patient.birthDate'));
    return undefined;
  }
  if (insiDatePattern.test(patient.birthDate)) return patient.birthDate;
  // RNIV EXI ID 11 and 12: the record completes an incomplete date, this reading does not invent a day.
  issues.push(error('value', 'The birth date lacks its month or day', 'Patient.birthDate'));
  return undefined;
}

function readBirthPlace(patient: Patient, issues: Issue[]): string | undefined {
  const address: Address | undefined = extensionOf(patient.extension, extensionUrls.birthPlace)?.valueAddress;
  const coding: Coding | undefined = extensionOf(address?.extension, extensionUrls.inseeCode)?.valueCoding;
  const path = `${birthPlacePath}.value.extension('${extensionUrls.inseeCode}')`;
  const code = filled(coding?.code);
  if (code === undefined) {
    issues.push(
      warning(
        'incomplete',
        'The INSEE code of the birth place is missing',
        address === undefined ? birthPlacePath : path,
      ),
    );
    return undefined;
  }
  if (coding?.system === codeSystems.communeAlias) {
    const text = `The code system of communes is now ${codeSystems.commune}`;
    issues.push(warning('code-invalid', text, `${path}.value.system`));
  } else if (coding?.system !== codeSystems.commune) {
    const text = `The code of the birth place is not of the system ${codeSystems.commune}`;
    issues.push(error('code-invalid', text, `${path}.value.system`));
    return undefined;
  }
  if (!/^(?:\d\d|2[AB])\d{3}$/.test(code)) {
    issues.push(
      error(
        'value',
        'An INSEE code has five characters, such as 63220, 2B020 or 99352',
        `${path}.value.code`,
      ),
    );
    return undefined;
  }
  if (code !== unknownPlace) return code;
  issues.push(warning('incomplete', 'The birth place is recorded as unknown (99999)', `${path}.value.code`));
  return undefined;
}

function birthPlaceExtension(code: string): Extension {
  const valueCoding = { system: codeSystems.commune, code };
  return {
    url: extensionUrls.birthPlace,
    valueAddress: { extension: [{ url: extensionUrls.inseeCode, valueCoding }] },
  };
}

function extensionOf(extensions: Extension[] | undefined, url: string): Extension | undefined {
  return extensions?.find((extension) => extension.url === url);
}

function filled(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : trimmed;
}

function error(code: Issue['code'], diagnostics: string, expression: string): Issue {
  return { severity: 'error', code, diagnostics, expression };
}

function warning(code: Issue['code'], diagnostics: string, expression: string): Issue {
  return { severity: 'warning', code, diagnostics, expression };
}
