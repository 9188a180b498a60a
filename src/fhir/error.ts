import type { Extension, OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.d.ts';

/** One issue of a refusal, as the layers below HTTP describe it. */
export interface Issue {
  severity: 'fatal' | 'error' | 'warning' | 'information';
  /** A code of http://hl7.org/fhir/issue-type. */
  code: OperationOutcomeIssue['code'];
  diagnostics: string;
  /** FHIRPath of the element at fault, such as `Patient.name[0].family`, or `http.<header>` for a header. */
  expression?: string;
  /** What a program may tell the case by. */
  details?: { system: string; code: string };
  /** Canonical of the definition whose rule is broken. */
  profile?: string;
  /** True of the control key of an identifier and of what it says of its holder: data of partners may break such a rule. */
  mayBeTolerated?: true;
  /** True of a fault that makes a resource invalid, but its meaning not unclear: a write with it is taken. */
  refusesNoWrite?: true;
  /** Where the element starts in the text that was sent, both from 1. */
  position?: { line: number; column: number };
}

/** Extensions of issues that R4 validators use (http://hl7.org/fhir/StructureDefinition/…). */
const issueExtensions = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-';

/**
 * A refusal with its HTTP status. Any layer throws it; `http/` alone renders it.
 * The diagnostics reach the caller, so they never carry identity data.
 */
export class FhirError extends Error {
  readonly status: number;
  readonly issues: readonly Issue[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, issues: readonly Issue[], headers: Readonly<Record<string, string>> = {}) {
    super(issues[0]?.diagnostics ?? `HTTP ${status}`);
    this.name = 'FhirError';
    this.status = status;
    this.issues = issues;
    this.headers = headers;
  }
}

/** A FhirError of one issue of severity error. */
export function fhirError(
  status: number,
  code: Issue['code'],
  diagnostics: string,
  expression?: string,
  headers?: Readonly<Record<string, string>>,
): FhirError {
  const issue: Issue = {
    severity: 'error',
    code,
    diagnostics,
    ...(expression === undefined ? {} : { expression }),
  };
  return new FhirError(status, [issue], headers);
}

/** The OperationOutcome that says these issues (R4 operationoutcome.html). */
export function operationOutcome(issues: readonly Issue[]): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, code, details, diagnostics, expression, profile, position }) => ({
      ...(profile === undefined && position === undefined
        ? {}
        : { extension: issueExtension(profile, position) }),
      severity,
      code,
      ...(details === undefined ? {} : { details: { coding: [details] } }),
      diagnostics,
      ...(expression === undefined ? {} : { expression: [expression] }),
    })),
  };
}

function issueExtension(profile: Issue['profile'], position: Issue['position']): Extension[] {
  return [
    ...(position === undefined
      ? []
      : [
          { url: `${issueExtensions}line`, valueInteger: position.line },
          { url: `${issueExtensions}col`, valueInteger: position.column },
        ]),
    ...(profile === undefined ? [] : [{ url: `${issueExtensions}source`, valueString: profile }]),
  ];
}
