import { hasLuhnKey } from './luhn.ts';

/** Why a text is no identifier of its kind: its form is wrong, or its control key does not fit the rest. */
export interface IdentifierProblem {
  kind: 'form' | 'key';
  /** Holds nothing of the text. */
  diagnostics: string;
}

export function wrongForm(diagnostics: string): IdentifierProblem {
  return { kind: 'form', diagnostics };
}

/**
 * The problem of a control key that is not the Luhn key of the digits before it.
 * @param digits digits alone, the key last
 * @param name of the kind of identifier
 */
export function keyProblem(digits: string, name: string): IdentifierProblem | undefined {
  return hasLuhnKey(digits)
    ? undefined
    : { kind: 'key', diagnostics: `The control key of ${name} does not fit` };
}
