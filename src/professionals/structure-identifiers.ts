/**
 * Identifiers of structures as the object model of the ANS (MOS) describes them: FINESS, SIREN, SIRET, the ranks of
 * practices, and the national structure identifier (Struct_IdNat, IDNST) that begins with the kind of the rest.
 */

import { type IdentifierProblem, keyProblem, wrongForm } from './identifier-problem.ts';

// The sandbox of the ANS numbers its structures with a letter in the third place.
const finessForm = /^[0-9AB]{2}[0-9A-Z]\d{6}$/;

/** A FINESS, of a legal or a geographic entity: 9 characters, a Luhn key where all are digits. */
export function finessProblem(text: string): IdentifierProblem | undefined {
  if (!finessForm.test(text)) return wrongForm('A FINESS has 9 characters: a department, an order and a key');
  return /^\d+$/.test(text) ? keyProblem(text, 'this FINESS') : undefined;
}

/** A SIREN: 9 digits, the last a Luhn key. */
export function sirenProblem(text: string): IdentifierProblem | undefined {
  return /^\d{9}$/.test(text) ? keyProblem(text, 'this SIREN') : wrongForm('A SIREN has 9 digits');
}

/** La Poste has more establishments than Luhn keys leave room for: a multiple of five as sum of digits counts too. */
const laPoste = '356000000';

/** A SIRET: 14 digits, a SIREN and five more, the last a Luhn key. */
export function siretProblem(text: string): IdentifierProblem | undefined {
  if (!/^\d{14}$/.test(text)) return wrongForm('A SIRET has 14 digits');
  if (text.startsWith(laPoste) && digitSum(text) % 5 === 0) return undefined;
  return keyProblem(text.slice(0, 9), 'the SIREN in this SIRET') ?? keyProblem(text, 'this SIRET');
}

function digitSum(digits: string): number {
  return [...digits].reduce((sum, digit) => sum + Number(digit), 0);
}

/** The RPPS of a practice and its rank among those of the professional: 13 or 14 digits, of several key rules. */
export function rppsRankProblem(text: string): IdentifierProblem | undefined {
  return /^\d{13,14}$/.test(text)
    ? undefined
    : wrongForm('An RPPS rank has 13 or 14 digits: an RPPS and a rank');
}

/** The ADELI number of a practice and its rank: 11 characters, of history alone. */
export function adeliRankProblem(text: string): IdentifierProblem | undefined {
  return /^[0-9][0-9AB][0-9A-Z]{9}$/.test(text) ? undefined : wrongForm('An ADELI rank has 11 characters');
}

/** A national structure identifier, TRE_G07: the digit of its kind, then the identifier. */
export function nationalStructureProblem(text: string): IdentifierProblem | undefined {
  const rest = text.slice(1);
  switch (text[0]) {
    case '0':
      return adeliRankProblem(rest);
    case '1':
      return finessProblem(rest);
    case '2':
      return sirenProblem(rest);
    case '3':
      return siretProblem(rest);
    case '4':
      // Besides ranks the registers give technical identifiers here.
      return /^[0-9A-Za-z]{1,32}$/.test(rest)
        ? undefined
        : wrongForm('The structure identifier after 4 is wrong');
    default:
      return wrongForm('A national structure identifier begins with the digit of its kind, 0 to 4');
  }
}
