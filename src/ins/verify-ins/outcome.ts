import { FhirError, fhirError, type Issue } from '../../fhir/error.ts';
import { codeSystems } from '../fr-core.ts';
import type { InsiFailure } from '../insi/port.ts';
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

/** The refusal that a failure of INSi means to the caller: the status of the identity never changes for it. */
export function failureError(failure: InsiFailure): FhirError {
  switch (failure.outcome) {
    case 'unavailable':
      return failed(
        503,
        'error',
        'transient',
        'unavailable',
        'INSi is out of service; the status is unchanged',
        {
          'Retry-After': String(failure.retryAfterSeconds ?? 60),
        },
      );
    case 'timeout':
      return failed(
        504,
        'error',
        'timeout',
        'timeout',
        'INSi did not answer in time; the status is unchanged',
      );
    case 'throttled':
      return failed(429, 'error', 'throttled', 'throttled', 'Too many calls to INSi are under way', {
        'Retry-After': '5',
      });
    case 'misconfigured':
      return failed(
        500,
        'fatal',
        'security',
        'misconfigured',
        'The access to INSi is not set up; the log tells why',
      );
    case 'rejected-input': {
      const { trait } = failure;
      const diagnostics = 'INSi does not take a trait as it is written in the record';
      return fhirError(422, 'value', diagnostics, trait && elementOfTrait[trait]);
    }
  }
}

function failed(
  status: number,
  severity: Issue['severity'],
  code: Issue['code'],
  outcome: string,
  diagnostics: string,
  headers: Record<string, string> = {},
): FhirError {
  const details = { system: codeSystems.verifyInsOutcome, code: outcome };
  return new FhirError(status, [{ severity, code, details, diagnostics }], headers);
}
