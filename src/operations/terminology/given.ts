import type { CodeableConcept, Coding } from 'fhir/r4.d.ts';
import { dateRange } from '../../fhir/date.ts';
import { FhirError, fhirError } from '../../fhir/error.ts';
import type { OperationInvocation, OperationParameter } from '../../interactions/operation.ts';
import type { GivenParameters } from '../../interactions/operation-parameters.ts';
import type { Spine } from '../../interactions/spine.ts';
import { parsed } from '../../interactions/terminology/stored-resources.ts';
import type { GivenCoding } from '../../terminology/terminology.ts';
import type { ValidationWishes } from '../../terminology/validate-code.ts';
import { currentVersion } from '../stored-version.ts';

/** Milliseconds by which the clock of a caller may differ. */
const clockDifference = 60_000;

/** Codes that a call is about: one, or those of a CodeableConcept. */
export interface GivenCodes {
  codings: readonly GivenCoding[];
  /** Where the call gives them. */
  expression: string;
}

/** What a call asks of the check of a code. */
export function givenWishes(given: GivenParameters): ValidationWishes {
  return { abstract: given.boolean('abstract'), displayLanguage: given.text('displayLanguage', 'code') };
}

/**
 * The code that a call is about: by `code` and its companions, by `coding`, or by `codeableConcept` where the operation
 * takes one.
 * @param names how the operation calls what goes with `code`
 * @throws FhirError 400 when it is given by none of them, or by several
 */
export function givenCodes(
  given: GivenParameters,
  names: { code?: string; coding?: string; system?: string; version: string },
): GivenCodes {
  const { code: codeName = 'code', coding: codingName = 'coding', system = 'system', version } = names;
  const [code, coding, concept] = [given.one(codeName), given.one(codingName), given.one('codeableConcept')];
  const found = [code, coding, concept].filter((one) => one !== undefined);
  const [one] = found;
  if (one === undefined || found.length > 1) {
    throw fhirError(
      400,
      'required',
      `One of ${codeName} and ${codingName} is given`,
      one?.expression ?? codeName,
    );
  }
  const { expression } = one;
  if (coding !== undefined) return { codings: [readCoding(coding.value, coding)], expression };
  if (concept !== undefined) return { codings: readConcept(concept), expression };
  return {
    codings: [
      withDefined({
        code: given.text(codeName, 'code') as string,
        system: given.text(system, 'uri'),
        version: given.text(version, 'string'),
        display: given.one('display') === undefined ? undefined : given.text('display', 'string'),
      }),
    ],
    expression,
  };
}

function readConcept(parameter: OperationParameter): GivenCoding[] {
  const { coding } = (parameter.value ?? {}) as CodeableConcept;
  if (parameter.valueType !== 'codeableConcept' || !Array.isArray(coding) || coding.length === 0) {
    throw fhirError(
      400,
      'value',
      'codeableConcept must be a CodeableConcept with a coding',
      parameter.expression,
    );
  }
  return coding.map((one) => readCoding(one, { ...parameter, valueType: 'coding' }));
}

function readCoding(value: unknown, { valueType, expression }: OperationParameter): GivenCoding {
  const { system, version, code, display } = (value ?? {}) as Coding;
  const texts = [system, version, display].every((text) => text === undefined || typeof text === 'string');
  if (valueType !== 'coding' || typeof code !== 'string' || code === '' || !texts) {
    throw fhirError(400, 'value', 'A coding is a Coding with a code', expression);
  }
  return withDefined({ system, version, code, display });
}

function withDefined(coding: {
  system: string | undefined;
  version: string | undefined;
  code: string;
  display: string | undefined;
}): GivenCoding {
  const { system, version, code, display } = coding;
  return {
    code,
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version }),
    ...(display === undefined ? {} : { display }),
  };
}

/**
 * A resource that a parameter holds. It is not stored, so that nobody has checked it yet.
 * @throws FhirError 400 when it is of another type, or does not hold to the structure of R4
 */
export function givenResource<R>(
  { validator }: Spine,
  given: GivenParameters,
  name: string,
  type: string,
): R | undefined {
  const parameter = given.one(name);
  if (parameter === undefined) return undefined;
  const { resource, expression } = parameter;
  if (resource?.resourceType !== type) {
    throw fhirError(400, 'value', `${name} must be a resource of type ${type}`, expression);
  }
  const issues = validator.validate(resource);
  if (issues.length > 0) throw new FhirError(400, issues);
  return resource as R;
}

/**
 * The stored resource that an operation is called on, where it is called on one.
 * @throws FhirError 404 or 410 when it is not there
 */
export async function calledOn<R>({ request, type, id }: OperationInvocation): Promise<R | undefined> {
  if (type === undefined || id === undefined) return undefined;
  return parsed<R>(currentVersion(await request.access.store.read(type, id), type, id));
}

/**
 * Where another version stands for one that is not there, a call may insist.
 * @throws FhirError 404 when the version that it names is not the one that was found
 */
export function checkVersion(
  what: string,
  found: string | undefined,
  wanted: string | undefined,
  expression: string,
): void {
  if (wanted === undefined || wanted === found) return;
  const held = found === undefined ? 'without a version' : `in version ${found}`;
  throw fhirError(404, 'not-found', `The ${what} is held ${held}, not in ${wanted}`, expression);
}

/**
 * What was known at another time is not kept.
 * @throws FhirError 400 when a call asks for another date than the present one
 */
export function refuseDate(given: GivenParameters): void {
  const date = given.one('date');
  if (date === undefined) return;
  const range = dateRange(given.text('date', 'dateTime', 'date') as string);
  const now = Date.now();
  // Whoever asks as of now has a clock of their own.
  if (range !== undefined && range.low <= now + clockDifference && now - clockDifference < range.high) return;
  throw fhirError(
    400,
    'not-supported',
    'Terminology is told as it is now, not as of a date',
    date.expression,
  );
}
