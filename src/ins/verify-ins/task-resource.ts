import type { Task, TaskInput } from 'fhir/r4.d.ts';
import type { OperationParameter } from '../../interactions/operation.ts';
import { codeSystems } from '../fr-core.ts';
import { readInput, type VerifyInsInput } from './input.ts';

/** `Task.code` of a verification. */
export const taskCode = { system: 'https://passerelle.fr/fhir/CodeSystem/operation', code: 'verify-ins' };

/** The Task that asks for the verification of a stored Patient. */
export function verificationTask(patientId: string, input: VerifyInsInput, now: number): Task {
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
    lastModified: instant,
    input: inputsOf(input),
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

/** The id of the Patient that a Task is about, and what it asks for. */
export function readTask(task: Task): { patientId: string; input: VerifyInsInput } {
  const parameters = (task.input ?? []).map((input): OperationParameter => {
    const [key = '', value] = Object.entries(input).find(([name]) => name.startsWith('value')) ?? [];
    const valueType = key.charAt(5).toLowerCase() + key.slice(6);
    return { name: input.type.text ?? '', value, valueType, expression: 'Task.input' };
  });
  return { patientId: (task.focus?.reference ?? '').replace('Patient/', ''), input: readInput(parameters) };
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
