import { type FhirError, fhirError, type Issue } from '../error.ts';
import { parsePointer } from './json-pointer.ts';
import { deepEqual } from './lossless-equality.ts';

type Steps = readonly string[];

/** One operation of a JSON Patch, its pointers read. */
type Operation =
  | { op: 'add' | 'replace' | 'test'; path: Steps; value: unknown }
  | { op: 'remove'; path: Steps }
  | { op: 'move' | 'copy'; path: Steps; from: Steps };

/** Why one operation is refused; its position is added where it is known. */
class Refusal extends Error {
  readonly status: number;
  readonly code: Issue['code'];

  constructor(status: number, code: Issue['code'], problem: string) {
    super(problem);
    this.status = status;
    this.code = code;
  }
}

/**
 * Applies a JSON Patch (RFC 6902) to a document: all of its operations, in order, or none. The document is left as it
 * is; what the patch does not touch is shared with the result, so that its numbers keep their digits.
 * @param patch the parsed body
 * @throws FhirError whose expression is `[index of the operation]`: 400 on an operation or pointer that is malformed,
 *   422 on a location that is not there, 409 when a `test` does not hold
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw fhirError(400, 'structure', 'A JSON Patch is an array of operations');
  const operations = patch.map((operation, index) => at(index, () => readOperation(operation)));
  return operations.reduce(
    (result: unknown, operation, index) => at(index, () => apply(result, operation)),
    document,
  );
}

function at<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Refusal ? placed(error, index) : error;
  }
}

function placed({ status, code, message }: Refusal, index: number): FhirError {
  return fhirError(status, code, `Operation ${index} of the JSON Patch: ${message}`, `[${index}]`);
}

function readOperation(operation: unknown): Operation {
  if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) {
    throw new Refusal(400, 'structure', 'it must be an object');
  }
  const members = operation as Record<string, unknown>;
  const path = pointer(members, 'path');
  switch (members['op']) {
    case 'add':
    case 'replace':
    case 'test':
      if (!Object.hasOwn(members, 'value')) throw new Refusal(400, 'required', 'it needs a value');
      return { op: members['op'], path, value: members['value'] };
    case 'remove':
      return { op: 'remove', path };
    case 'move':
    case 'copy':
      return { op: members['op'], path, from: pointer(members, 'from') };
    default:
      throw new Refusal(400, 'value', 'op must be one of add, remove, replace, move, copy, test');
  }
}

function pointer(members: Record<string, unknown>, name: 'path' | 'from'): Steps {
  const text = members[name];
  if (typeof text !== 'string') throw new Refusal(400, 'required', `it needs ${name} as a string`);
  const steps = parsePointer(text);
  if (steps === undefined) throw new Refusal(400, 'value', `${name} is not a JSON Pointer`);
  return steps;
}

function apply(document: unknown, operation: Operation): unknown {
  const { op, path } = operation;
  switch (op) {
    case 'add':
      return add(document, path, operation.value);
    case 'remove':
      return remove(document, path);
    case 'replace':
      valueAt(document, path);
      return path.length === 0 ? operation.value : edit(document, path, setMember(operation.value));
    case 'copy':
      return add(document, path, valueAt(document, operation.from));
    case 'move': {
      const { from } = operation;
      const value = valueAt(document, from);
      if (path.length > from.length && from.every((step, index) => step === path[index])) {
        throw new Refusal(400, 'value', 'a value cannot be moved into itself');
      }
      return from.join('/') === path.join('/') ? document : add(remove(document, from), path, value);
    }
    case 'test':
      if (!deepEqual(valueAt(document, path), operation.value)) {
        throw new Refusal(409, 'conflict', 'the test does not hold');
      }
      return document;
  }
}

function add(document: unknown, path: Steps, value: unknown): unknown {
  if (path.length === 0) return value;
  return edit(document, path, (parent, step) => {
    if (!Array.isArray(parent)) return { ...parent, [step]: value };
    const index = step === '-' ? parent.length : indexIn(step, parent.length + 1);
    return parent.toSpliced(index, 0, value);
  });
}

function remove(document: unknown, path: Steps): unknown {
  valueAt(document, path);
  if (path.length === 0) throw new Refusal(422, 'processing', 'the whole resource cannot be removed');
  return edit(document, path, (parent, step) => {
    if (Array.isArray(parent)) return parent.toSpliced(indexIn(step, parent.length), 1);
    const { [step]: _, ...rest } = parent;
    return rest;
  });
}

type Container = Record<string, unknown> | unknown[];

function setMember(value: unknown) {
  return (parent: Container, step: string): Container =>
    Array.isArray(parent) ? parent.with(indexIn(step, parent.length), value) : { ...parent, [step]: value };
}

/** The document with the parent of a location replaced, and every container above it copied. */
function edit(
  document: unknown,
  path: Steps,
  change: (parent: Container, step: string) => Container,
): Container {
  const [step = '', ...rest] = path;
  const container = containerOf(document);
  if (rest.length === 0) return change(container, step);
  return setMember(edit(member(container, step), rest, change))(container, step);
}

function valueAt(document: unknown, path: Steps): unknown {
  return path.reduce((value, step) => member(containerOf(value), step), document);
}

function member(container: Container, step: string): unknown {
  if (Array.isArray(container)) return container[indexIn(step, container.length)];
  if (!Object.hasOwn(container, step))
    throw new Refusal(422, 'processing', 'there is nothing at this location');
  return container[step];
}

function containerOf(value: unknown): Container {
  // A number with its digits kept is an object as well, without a prototype.
  const isContainer = Array.isArray(value) || (typeof value === 'object' && value instanceof Object);
  if (!isContainer) throw new Refusal(422, 'processing', 'there is nothing at this location');
  return value as Container;
}

function indexIn(step: string, end: number): number {
  if (step === '-') throw new Refusal(422, 'processing', 'there is nothing behind the last item');
  if (!/^(0|[1-9]\d{0,8})$/.test(step))
    throw new Refusal(400, 'value', 'an array takes an index without leading zeros');
  if (Number(step) >= end) throw new Refusal(422, 'processing', 'the index is beyond the end of the array');
  return Number(step);
}
