/**
 * Identifiers of professionals: RPPS, ADELI (retired, kept as history) and the national identifier (IdNat_PS, IDNPS)
 * that begins with the kind of the rest (TRE_G08-TypeIdentifiantPersonne).
 */

import { type IdentifierProblem, keyProblem, wrongForm } from './identifier-problem.ts';
import {
  adeliRankProblem,
  finessProblem,
  rppsRankProblem,
  sirenProblem,
  siretProblem,
} from './structure-identifiers.ts';

/** An RPPS: 11 digits, the last a Luhn key. */
export function rppsProblem(text: string): IdentifierProblem | undefined {
  return /^\d{11}$/.test(text) ? keyProblem(text, 'this RPPS') : wrongForm('An RPPS has 11 digits');
}

/** An ADELI number: 9 characters, a department (2A and 2B among them), a profession, an order and a key. */
export function adeliProblem(text: string): IdentifierProblem | undefined {
  return /^[0-9][0-9AB][0-9A-Z]\d{6}$/.test(text) ? undefined : wrongForm('An ADELI number has 9 characters');
}

/** The RPPS in a national identifier of a professional who is registered, whether or not its key fits. */
export function rppsOfNationalIdentifier(text: string): string | undefined {
  return /^8\d{11}$/.test(text) ? text.slice(1) : undefined;
}

/** A national identifier of a professional, or of an employee as that of the employer, `/` and an internal number. */
export function nationalIdentifierProblem(text: string): IdentifierProblem | undefined {
  // The kind 10 alone has two digits; it is a mail address.
  if (/^10[^/@\s]+@[^/@\s]+$/.test(text)) return undefined;
  const rest = text.slice(1);
  switch (text[0]) {
    case '0':
      return adeliProblem(rest);
    case '1':
      return employeeProblem(rest, adeliRankProblem);
    case '3':
      return employeeProblem(rest, finessProblem);
    case '4':
      return employeeProblem(rest, sirenProblem);
    case '5':
      return employeeProblem(rest, siretProblem);
    case '6':
      return employeeProblem(rest, rppsRankProblem);
    case '8':
      return rppsProblem(rest);
    case '2':
    case '9':
      // Numbers of former interns and of students, of which no rule is left.
      return /^[0-9A-Za-z]{1,20}$/.test(rest)
        ? undefined
        : wrongForm('This national identifier is wrong after its kind');
    default:
      return wrongForm('A national identifier begins with the digit of its kind: 8 before an RPPS');
  }
}

function employeeProblem(
  rest: string,
  employerProblem: (employer: string) => IdentifierProblem | undefined,
): IdentifierProblem | undefined {
  const [, employer, number] = /^([^/]+)\/([^/\s]{1,64})$/.exec(rest) ?? [];
  if (employer === undefined || number === undefined) {
    return wrongForm(
      'The national identifier of an employee is that of the employer, / and an internal number',
    );
  }
  return employerProblem(employer);
}
