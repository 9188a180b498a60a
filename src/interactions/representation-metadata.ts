import { createHash } from 'node:crypto';
import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.d.ts';
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

/** The elements of a CapabilityStatement for trial use, which may be here (capabilitystatement.html). */
const trialElements = [
  'supportedProfile',
  'versioning',
  'readHistory',
  'updateCreate',
  'conditionalCreate',
  'conditionalRead',
  'conditionalUpdate',
  'conditionalDelete',
  'referencePolicy',
  'searchInclude',
  'searchRevInclude',
] as const satisfies readonly (keyof CapabilityStatementRestResource)[];

type Mode = 'full' | 'normative' | 'terminology';

/**
 * The answers to `GET /metadata` (http.html#capabilities): the statement that `mode` asks for with a tag of its
 * content, or 304 to who has it already.
 * @param full the whole statement, the same object as long as nothing in it changes
 * @param terminology the TerminologyCapabilities
 * @returns a function that throws FhirError 400 on an unknown mode
 */
export function metadataAnswers(
  full: () => FhirResponse,
  terminology: () => FhirResponse,
): (request: FhirRequest) => FhirResponse {
  const made: Record<Mode, () => FhirResponse> = { full, normative: () => normative(full()), terminology };
  const answers = new Map<Mode, FhirResponse>();
  let whole: FhirResponse | undefined;
  return ({ query, headers }) => {
    const mode = requestedMode(query.find(([name]) => name === 'mode')?.[1] ?? 'full');
    if (whole !== full()) {
      whole = full();
      answers.clear();
    }
    let answer = answers.get(mode);
    if (answer === undefined) {
      answer = tagged(made[mode]());
      answers.set(mode, answer);
    }
    return isKnown(headers.ifNoneMatch, answer) ? { status: 304, headers: answer.headers ?? {} } : answer;
  };
}

function requestedMode(mode: string): Mode {
  if (mode === 'full' || mode === 'normative' || mode === 'terminology') return mode;
  throw fhirError(400, 'value', 'mode takes full, normative or terminology', 'mode');
}

/** The types whose definitions are normative, and of what is said of them the elements that are. */
function normative(response: FhirResponse): FhirResponse {
  const statement = JSON.parse(String(response.body)) as CapabilityStatement;
  for (const rest of statement.rest ?? []) {
    delete rest.security;
    rest.resource = rest.resource?.filter(({ type }) => normativeTypes.has(type)) ?? [];
    for (const resource of rest.resource) {
      for (const element of trialElements) delete resource[element];
    }
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
