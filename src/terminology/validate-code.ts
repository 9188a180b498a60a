import type { TerminologyContent } from './content.ts';
import { displayIn, isNameOf, type Named } from './designations.ts';
import { grammarSystem } from './grammar-systems.ts';
import type { Selection } from './selection.ts';
import type { GivenCoding } from './terminology.ts';

/** What is checked beside the code itself (valueset-operation-validate-code.html). */
export interface ValidationWishes {
  /** False: a code that is not to be chosen is not valid. */
  abstract?: boolean | undefined;
  displayLanguage?: string | undefined;
}

/** What came of the check of a code. */
export interface CodeValidation {
  /** undefined where it cannot be decided here. */
  result: boolean | undefined;
  message?: string;
  /** The name of the code, where it is known. */
  display?: string;
}

/** What is held of a code. */
interface KnownCode extends Named {
  isAbstract: boolean;
  isInactive: boolean;
  /** Of the code system. */
  version?: string | undefined;
}

/** Whether a code is in a value set, and its display one of its names. */
export function validateInValueSet(
  content: TerminologyContent,
  selection: Selection,
  coding: GivenCoding,
  place: string,
  wishes: ValidationWishes,
): CodeValidation {
  const has = selection.has(coding);
  const named = `${coding.system === undefined ? '' : `${coding.system}|`}${coding.code}`;
  if (has === undefined) {
    const reason = selection.problem ?? `the code system of ${named} is not held in full`;
    return {
      result: undefined,
      message: `Whether ${named} is in ${place} cannot be decided here: ${reason}`,
    };
  }
  if (!has) return { result: false, message: `The code ${named} is not in ${place}` };
  return withDisplay(memberOf(content, selection, coding), coding, wishes);
}

/** Whether a code system has a code, and its display one of its names. */
export function validateInCodeSystem(
  content: TerminologyContent,
  coding: GivenCoding,
  wishes: ValidationWishes,
): CodeValidation {
  const { system = '', version, code } = coding;
  const index = content.codeSystem(system, version);
  const grammar = grammarSystem(system);
  const held = index?.header.version;
  if (index !== undefined && index.find(code) !== undefined) {
    return withDisplay(knownCode(content, coding), coding, wishes);
  }
  const has = index === undefined ? grammar?.has(code) : index.isComplete ? false : undefined;
  if (has === true) return withDisplay(knownCode(content, coding), coding, wishes);
  if (has === false && version !== undefined && held !== undefined && version !== held) {
    return {
      result: undefined,
      message: `Whether ${system}|${version} has the code ${code} cannot be decided here: held is version ${held}`,
    };
  }
  if (has === false) return { result: false, message: `The code ${code} is not known in ${system}` };
  const reason = index === undefined ? 'it is not held' : 'a part of it alone is held';
  return {
    result: undefined,
    message: `Whether ${system} has the code ${code} cannot be decided here: ${reason}`,
  };
}

function knownCode(content: TerminologyContent, { system, version, code }: GivenCoding): KnownCode {
  const index = system === undefined ? undefined : content.codeSystem(system, version);
  const concept = index?.find(code);
  if (index !== undefined && concept !== undefined) {
    return {
      display: index.display(concept),
      designation: index.details(concept).designation,
      isAbstract: index.isAbstract(concept),
      isInactive: index.isInactive(concept),
      version: index.header.version,
    };
  }
  const display = system === undefined ? undefined : grammarSystem(system)?.display?.(code, 'en');
  return { display, isAbstract: false, isInactive: false };
}

/** A code as its value set names it, else as its code system does. */
function memberOf(content: TerminologyContent, selection: Selection, coding: GivenCoding): KnownCode {
  const known = knownCode(content, coding);
  const listed = selection.find?.(coding);
  if (listed === undefined) return known;
  return {
    display: listed.display ?? known.display,
    designation: [
      ...(known.display === undefined ? [] : [{ value: known.display }]),
      ...(listed.designation ?? []),
      ...(known.designation ?? []),
    ],
    isAbstract: known.isAbstract || listed.abstract === true,
    isInactive: known.isInactive || listed.inactive === true,
    version: known.version,
  };
}

function withDisplay(
  known: KnownCode,
  { code, display, version }: GivenCoding,
  wishes: ValidationWishes,
): CodeValidation {
  const name = displayIn(known, wishes.displayLanguage);
  const shown = name === undefined ? {} : { display: name };
  if (known.isAbstract && wishes.abstract === false) {
    return {
      result: false,
      message: `The code ${code} is abstract: it is not to be chosen itself`,
      ...shown,
    };
  }
  if (display !== undefined && known.display !== undefined && !isNameOf(known, display)) {
    return {
      result: false,
      message: `The display is none of the code ${code}, which is "${name}"`,
      ...shown,
    };
  }
  const messages = [
    ...(known.isInactive ? [`The code ${code} is inactive`] : []),
    ...(version !== undefined && known.version !== undefined && version !== known.version
      ? [`The code ${code} is one of version ${known.version}: version ${version} is not held here`]
      : []),
  ];
  return { result: true, ...(messages.length === 0 ? {} : { message: messages.join('; ') }), ...shown };
}
