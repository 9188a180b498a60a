import type { Task, TaskInput } from 'fhir/r4.d.ts';
import { fhirError } from '../../fhir/error.ts';
import type { OperationParameter } from '../../interactions/operation.ts';
import { codeSystems } from '../fr-core.ts';
import type { GivenIns } from '../insi/port.ts';
import { seal, unseal } from '../sealed-text.ts';
import { readInput, type VerifyInsInput } from './input.ts';

/** `Task.code` of a verification. */
export const taskCode = { system: codeSystems.operation, code: 'verify-ins' };

/** The input that holds the INS a caller claimed, sealed: a Task is read by more than may see a matricule. */
const sealedIns = 'ins';

/**
 * The Task that asks for the verification of a stored Patient.
 * @param requester who asked for it, where that is known
 * @param key seals the INS that the input may hold
 */
export function verificationTask(
  patientId: string,
  requester: string | undefined,
  input: VerifyInsInput,
  key: Buffer,
  now: number,
): Task {
  const instant = new Date(now).toISOString();
  const reference = `Patient/${patientId}`;
  return {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    code: { coding: [taskCode] },
    focus: { reference },
    for: { reference },
    authoredOn: instant,
    ...(requester === undefined ? {} : { requester: { reference: requester } }),
    lastModified: instant,
    input: [...inputsOf(input), ...insInput(input.ins, key, reference)],
  };
}

/** The Task in another state; `reason` is a code of the verification's outcomes or a text without identity data. */
export function movedTask(task: Task, status: Task['status'], reason: string | undefined, now: number): Task {
  const { statusReason: _, ...rest } = task;
  return {
    ...rest,
    status,
    ...(reason === undefined ? {} : { statusReason: { text: reason } }),
    lastModified: new Date(now).toISOString(),
  };
}

/**
 * The id of the Patient that a Task is about, and what it asks for.
 * @throws FhirError 400 or 422 when an input is not one of `$verify-ins`
 */
export function readTask(task: Task, key: Buffer): { patientId: string; input: VerifyInsInput } {
  const reference = task.focus?.reference ?? '';
  const inputs = task.input ?? [];
  const parameters = inputs.filter(({ type }) => type.text !== sealedIns).map(parameterOf);
  const input = readInput(parameters);
  const sealed = inputs.find(({ type }) => type.text === sealedIns)?.valueBase64Binary;
  if (sealed !== undefined) input.ins = unsealIns(sealed, key, reference);
  return { patientId: reference.replace('Patient/', ''), input };
}

function unsealIns(sealed: string, key: Buffer, about: string): GivenIns {
  try {
    return JSON.parse(unseal(sealed, key, about)) as GivenIns;
  } catch {
    throw fhirError(422, 'value', 'The sealed INS of this Task cannot be opened', 'Task.input');
  }
}

function parameterOf(input: TaskInput): OperationParameter {
  const [key = '', value] = Object.entries(input).find(([name]) => name.startsWith('value')) ?? [];
  const valueType = key.charAt(5).toLowerCase() + key.slice(6);
  return { name: input.type.text ?? '', value, valueType, expression: 'Task.input' };
}

function insInput(ins: GivenIns | undefined, key: Buffer, about: string): TaskInput[] {
  if (ins === undefined) return [];
  return [{ type: { text: sealedIns }, valueBase64Binary: seal(JSON.stringify(ins), key, about) }];
}

function inputsOf({ mode, apply, presence, evidence, reason }: VerifyInsInput): TaskInput[] {
  const inputs: TaskInput[] = [
    { type: { text: 'mode' }, valueCode: mode },
    { type: { text: 'apply' }, valueBoolean: apply },
  ];
  if (presence !== undefined) inputs.push({ type: { text: 'presence' }, valueBoolean: presence });
  if (evidence !== undefined) {
    const valueCoding = { system: codeSystems.validationMode, code: evidence };
    inputs.push({ type: { text: 'evidence' }, valueCoding });
  }
  if (reason !== undefined) inputs.push({ type: { text: 'reason' }, valueCoding: reason });
  return inputs;
}
