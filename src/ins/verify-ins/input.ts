import type { Coding } from 'fhir/r4.d.ts';
import { fhirError } from '../../fhir/error.ts';
import type { OperationParameter } from '../../interactions/operation.ts';
import { checkParameters, textOf } from '../../interactions/operation-parameters.ts';
import { codeSystems } from '../fr-core.ts';
import { isValidationMode, type ValidationMode } from '../identity-policy.ts';
import type { GivenIns } from '../insi/port.ts';

/** What a caller of `$verify-ins` asks for. */
export interface VerifyInsInput {
  /** The parameter that holds the person, at type level. */
  patient?: OperationParameter;
  /** The INS that the caller claims; without it, that of the record. */
  ins?: GivenIns;
  mode: 'verify' | 'retrieve';
  apply: boolean;
  /** Whether the person is said to be present, which a retrieval needs. */
  presence?: boolean;
  /** The document that the traits were checked against. */
  evidence?: ValidationMode;
  reason?: Coding;
}

type Reader = (input: VerifyInsInput, parameter: OperationParameter) => void;

const readers: Readonly<Record<string, Reader>> = {
  patient(input, parameter) {
    input.patient = parameter;
  },
  mode(input, parameter) {
    const mode = textOf(parameter, ['code']);
    if (mode !== 'verify' && mode !== 'retrieve') {
      throw fhirError(400, 'value', 'mode must be verify or retrieve', parameter.expression);
    }
    input.mode = mode;
  },
  apply(input, parameter) {
    input.apply = boolean(parameter);
  },
  presence(input, parameter) {
    input.presence = boolean(parameter);
  },
  evidence(input, parameter) {
    input.evidence = validationMode(parameter);
  },
  reason(input, parameter) {
    input.reason = coding(parameter);
  },
};

const maxima = Object.fromEntries(Object.keys(readers).map((name) => [name, 1 as const]));

/**
 * Reads the parameters of `$verify-ins`.
 * @throws FhirError 400 on an unknown, repeated or malformed parameter
 */
export function readInput(parameters: readonly OperationParameter[]): VerifyInsInput {
  checkParameters('verify-ins', parameters, maxima);
  const input: VerifyInsInput = { mode: 'verify', apply: false };
  for (const parameter of parameters) readers[parameter.name]?.(input, parameter);
  return input;
}

function boolean({ name, value, valueType, expression }: OperationParameter): boolean {
  if (typeof value === 'boolean' && valueType === 'boolean') return value;
  throw fhirError(400, 'value', `${name} must be a valueBoolean`, expression);
}

function coding({ name, value, valueType, expression }: OperationParameter): Coding {
  if (valueType === 'coding' && typeof value === 'object' && value !== null) {
    // A display is left out: free text may name a person, and this goes to the audit.
    const { code, system } = value as { code?: unknown; system?: unknown };
    if (typeof code === 'string' && (system === undefined || typeof system === 'string'))
      return { ...(system === undefined ? {} : { system }), code };
  }
  throw fhirError(400, 'value', `${name} must be a valueCoding with a code`, expression);
}

function validationMode(parameter: OperationParameter): ValidationMode {
  const { code, system = codeSystems.validationMode } = coding(parameter);
  if (system === codeSystems.validationMode && isValidationMode(code)) return code;
  const known = `a code of ${codeSystems.validationMode}`;
  throw fhirError(422, 'code-invalid', `evidence must be ${known}`, parameter.expression);
}
