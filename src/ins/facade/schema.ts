import { FhirError, type Issue } from '../../fhir/error.ts';
import { JsonCheck } from '../../json-schema/json-check.ts';

/** Body of `POST /ins/verify`. */
export interface VerifyBody {
  patient_id: string;
  /** 13 or 15 characters. */
  ins_number: string;
  birth_name: string;
  /** Birth given names separated by spaces. */
  first_names: string;
  /** `YYYY-MM-DD`. */
  birth_date: string;
  /** COG of the commune or country. */
  birth_location?: string;
}

const text = { type: 'string', minLength: 1, maxLength: 100 };

const check = new JsonCheck<VerifyBody>({
  type: 'object',
  required: ['patient_id', 'ins_number', 'birth_name', 'first_names', 'birth_date'],
  additionalProperties: false,
  properties: {
    patient_id: { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' },
    ins_number: text,
    birth_name: text,
    first_names: text,
    birth_date: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
    birth_location: { type: 'string', pattern: '^[0-9AB]{5}$' },
  },
});

/** @throws FhirError 400 with an issue for each property at fault, never its value */
export function readVerifyBody(body: unknown): VerifyBody {
  if (check.accepts(body)) return body;
  throw new FhirError(
    400,
    check.errors.map(({ instancePath, params, message = 'is not valid' }): Issue => {
      const missing = (params as { missingProperty?: string }).missingProperty;
      const expression = missing ?? instancePath.slice(1);
      const code = missing === undefined ? 'value' : 'required';
      return {
        severity: 'error',
        code,
        diagnostics: `The body ${message}`,
        ...(expression ? { expression } : {}),
      };
    }),
  );
}
