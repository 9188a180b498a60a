import { FhirError } from '../../../fhir/error.ts';
import { JsonCheck } from '../../../json-schema/json-check.ts';

/** What the page of the application took from its own URL when the browser came back to it. */
type Callback = Partial<
  Record<'code' | 'state' | 'iss' | 'session_state' | 'error' | 'error_description', string>
>;

const parameter = { type: 'string', minLength: 1, maxLength: 4096 };
const check = new JsonCheck<Callback>({
  type: 'object',
  required: ['state'],
  anyOf: [{ required: ['code'] }, { required: ['error'] }],
  additionalProperties: false,
  properties: {
    code: parameter,
    state: parameter,
    iss: parameter,
    session_state: parameter,
    error: parameter,
    error_description: parameter,
  },
});

/**
 * The callback in a body of the facade, as the URL that it came by; where that is, the login itself knows.
 * @throws FhirError 400 that names what is wrong
 */
export function readCallback(body: unknown): URL {
  if (!check.accepts(body)) {
    throw new FhirError(
      400,
      check.errors.map(({ instancePath, message }) => ({
        severity: 'error',
        code: 'invalid',
        diagnostics: `The body ${message ?? 'is wrong'}`,
        ...(instancePath === '' ? {} : { expression: instancePath.slice(1) }),
      })),
    );
  }
  const url = new URL('https://callback.invalid/');
  for (const [name, value] of Object.entries(body)) url.searchParams.set(name, value);
  return url;
}
