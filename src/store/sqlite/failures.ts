import { fhirError } from '../../fhir/error.ts';

/** Result codes of a full disk, of one that fails or cannot be written to, and of a lock that another process keeps. */
const passing = /\(SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|BUSY)[A-Z_]*\)$/;

/**
 * The error of a call that the writer could not do; what an operator can mend is a refusal with 503 that has it as
 * its cause.
 * @param message of SQLite, with its result code at the end
 */
export function failureOf(message: string): Error {
  const failure = new Error(message);
  if (!passing.test(message)) return failure;
  const diagnostics = 'The database cannot be written to now: repeat the request later';
  const refusal = fhirError(503, 'no-store', diagnostics, undefined, { 'Retry-After': '5' });
  refusal.cause = failure;
  // Logs write the stack alone.
  refusal.stack = failure.stack ?? message;
  return refusal;
}
