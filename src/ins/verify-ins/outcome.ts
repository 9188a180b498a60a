import { FhirError, fhirError, type Issue } from '../../fhir/error.ts';
import { codeSystems } from '../fr-core.ts';
import type { InsiFailure, InsiTrace } from '../insi/port.ts';
import { elementOfTrait } from '../patient-traits.ts';

/** Outcomes that refuse the call before INSi is asked. */
export type RefusalCode = 'invalid-key' | 'invalid-format' | 'blocked';

/** Outcomes that INSi decides. */
export type AnswerCode = 'verified' | 'mismatch' | 'superseded' | 'not-found' | 'ambiguous' | 'unknown-code';

/** The 422 of a rule that keeps INSi from being called. */
export function refusal(outcome: RefusalCode, diagnostics: string, expression?: string): FhirError {
  return new FhirError(422, [
    {
      severity: 'error',
      code: outcome === 'blocked' ? 'business-rule' : 'value',
      details: { system: codeSystems.verifyInsOutcome, code: outcome },
      diagnostics,
      ...(expression === undefined ? {} : { expression }),
    },
  ]);
}

/** What each answer of INSi means, as the issue of a 200. */
export function answerIssue(outcome: AnswerCode): Issue {
  const details = { system: codeSystems.verifyInsOutcome, code: outcome };
  switch (outcome) {
    case 'verified':
      return {
        severity: 'information',
        code: 'informational',
        details,
        diagnostics: 'INSi confirms the identity',
      };
    case 'mismatch':
      return warning(
        'conflict',
        'INSi knows one identity, which differs from the record; see the differences',
      );
    case 'superseded':
      return warning('conflict', 'The matricule on record is a former one; INSi has another in force');
    case 'not-found':
      return warning('not-found', 'INSi finds nobody with these traits; check them against a document');
    case 'ambiguous':
      return warning('multiple-matches', 'INSi finds several persons; add given names or the birth place');
    case 'unknown-code':
      return warning('processing', 'INSi answered with a code that is not known; nothing was decided');
  }

  function warning(code: Issue['code'], diagnostics: string): Issue {
    return { severity: 'warning', code, details, diagnostics };
  }
}

/** Failures after which the same call may succeed later: the ones that a Task is retried on. */
export function isTransient({ outcome }: InsiFailure): boolean {
  return outcome === 'unavailable' || outcome === 'timeout' || outcome === 'throttled';
}

/**
 * The refusal that a failure of INSi means to the caller, with the code of its fault where it sent one. The status
 * of the identity never changes for it.
 */
export function failureError(failure: InsiFailure, { insiFault }: InsiTrace): FhirError {
  const fault = insiFault === undefined ? '' : ` (${insiFault})`;
  switch (failure.outcome) {
    case 'unavailable': {
      const issue = {
        code: 'transient',
        diagnostics: `INSi is out of service${fault}; the status is unchanged`,
      } as const;
      return failed(503, 'unavailable', issue, failure.retryAfterSeconds ?? 60);
    }
    case 'timeout': {
      const issue = {
        code: 'timeout',
        diagnostics: 'INSi did not answer in time; the status is unchanged',
      } as const;
      return failed(504, 'timeout', issue);
    }
    case 'throttled': {
      const issue = { code: 'throttled', diagnostics: 'Too many calls to INSi are under way' } as const;
      return failed(429, 'throttled', issue, 5);
    }
    case 'misconfigured': {
      const diagnostics = 'The access to INSi is not set up; the log tells why';
      return failed(500, 'misconfigured', { severity: 'fatal', code: 'security', diagnostics });
    }
    case 'rejected-input': {
      const { trait } = failure;
      const diagnostics = `INSi does not take a trait as it is written in the record${fault}`;
      return fhirError(422, 'value', diagnostics, trait && elementOfTrait[trait]);
    }
  }
}

/** @param retryAfter seconds */
function failed(
  status: number,
  outcome: InsiFailure['outcome'],
  issue: Pick<Issue, 'code' | 'diagnostics'> & Partial<Issue>,
  retryAfter?: number,
): FhirError {
  const details = { system: codeSystems.verifyInsOutcome, code: outcome };
  const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  return new FhirError(status, [{ severity: 'error', ...issue, details }], headers);
}
