import { createHash } from 'node:crypto';
import type { CapabilityStatement } from 'fhir/r4.d.ts';
import { fhirError } from '../fhir/error.ts';
import { jsonBody } from './presentation.ts';
import type { FhirRequest, FhirResponse } from './request.ts';

/** The resource types whose definitions are normative in R4 (versions.html#normative). */
const normativeTypes = new Set([
  'Binary',
  'Bundle',
  'CapabilityStatement',
  'CodeSystem',
  'Observation',
  'OperationDefinition',
  'OperationOutcome',
  'Parameters',
  'Patient',
  'StructureDefinition',
  'ValueSet',
]);

type Mode = 'full' | 'normative';

/**
 * The answers to `GET /metadata` (http.html#capabilities): the statement that `mode` asks for with a tag of its
 * content, or 304 to who has it already.
 * @param full the whole statement, which does not change while the server runs
 * @returns a function that throws FhirError 400 on an unknown mode, and on `terminology`, which is not there
 */
export function metadataAnswers(full: () => FhirResponse): (request: FhirRequest) => FhirResponse {
  const answers = new Map<Mode, FhirResponse>();
  return ({ query, headers }) => {
    const mode = requestedMode(query.find(([name]) => name === 'mode')?.[1] ?? 'full');
    let answer = answers.get(mode);
    if (answer === undefined) {
      answer = tagged(mode === 'full' ? full() : normative(full()));
      answers.set(mode, answer);
    }
    return isKnown(headers.ifNoneMatch, answer) ? { status: 304, headers: answer.headers ?? {} } : answer;
  };
}

function requestedMode(mode: string): Mode {
  if (mode === 'full' || mode === 'normative') return mode;
  if (mode === 'terminology') {
    throw fhirError(400, 'not-supported', 'There are no TerminologyCapabilities of this server', 'mode');
  }
  throw fhirError(400, 'value', 'mode takes full, normative or terminology', 'mode');
}

function normative(response: FhirResponse): FhirResponse {
  const statement = JSON.parse(String(response.body)) as CapabilityStatement;
  for (const rest of statement.rest ?? []) {
    rest.resource = rest.resource?.filter(({ type }) => normativeTypes.has(type)) ?? [];
  }
  return { ...response, body: jsonBody(statement) };
}

function tagged(response: FhirResponse): FhirResponse {
  const hash = createHash('sha256')
    .update(response.body ?? '')
    .digest('base64url')
    .slice(0, 22);
  return { ...response, headers: { ...response.headers, ETag: `W/"${hash}"` } };
}

function isKnown(ifNoneMatch: string | undefined, { headers }: FhirResponse): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  const own = opaque(headers?.['ETag'] ?? '');
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === own);
}
