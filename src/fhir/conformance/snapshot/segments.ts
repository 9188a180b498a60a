import type { ElementDefinition } from 'fhir/r4.d.ts';
import { SnapshotError } from './error.ts';

/** One step of the id of an element (elementdefinition.html#id): `value[x]:valueQuantity`. */
export interface Segment {
  name: string;
  slice?: string;
}

/** Steps of the longest path; those of R4 have nine. */
const deepest = 50;
/** Characters of the longest step of a path, which should have no more than 64 (ElementDefinition, eld-20). */
const longestName = 200;
/** Characters of the longest id. */
const longestId = 1000;

/**
 * The steps that lead to an element. They are those of its id, where that agrees with its path and slice name;
 * otherwise they follow from path, slice name and the steps of the element before it: what stands behind a slice and
 * below its path belongs to the slice.
 * @throws SnapshotError for one that lies too deep or whose name is too long
 */
export function segmentsOf(element: ElementDefinition, previous: readonly Segment[]): Segment[] {
  const names = element.path.split('.');
  if (names.length > deepest)
    throw new SnapshotError(`an element of it lies more than ${deepest} levels deep`);
  const segments = fromId(element.id, names) ?? fromPrevious(names, previous);
  const last = segments.at(-1);
  if (last !== undefined && element.sliceName !== undefined) last.slice = element.sliceName;
  checkLengths(segments);
  return segments;
}

function checkLengths(segments: readonly Segment[]): void {
  let length = 0;
  for (const { name, slice = '' } of segments) {
    length += name.length + slice.length;
    if (name.length > longestName || length > longestId) {
      throw new SnapshotError(
        `an element of it has a name of more than ${longestName} characters, or an id of more than ${longestId}`,
      );
    }
  }
}

/** An id of these steps. */
export function idOf(segments: readonly Segment[]): string {
  return segments.map(({ name, slice }) => (slice === undefined ? name : `${name}:${slice}`)).join('.');
}

function fromId(id: string | undefined, names: readonly string[]): Segment[] | undefined {
  const steps = id?.split('.') ?? [];
  if (steps.length !== names.length) return undefined;
  const segments = steps.map((step, index): Segment | undefined => {
    const inPath = names[index] as string;
    const colon = step.indexOf(':');
    const name = colon === -1 ? step : step.slice(0, colon);
    const slice = colon === -1 ? undefined : step.slice(colon + 1);
    if (name === inPath) return { name, ...(slice !== undefined && { slice }) };
    // `value[x]:valueQuantity` of which the path says `valueQuantity`: the short form stays visible.
    return name.endsWith('[x]') && slice === inPath ? { name: inPath } : undefined;
  });
  return segments.every((segment) => segment !== undefined) ? segments : undefined;
}

function fromPrevious(names: readonly string[], previous: readonly Segment[]): Segment[] {
  let isBelow = true;
  return names.map((name, index) => {
    const before = previous[index];
    isBelow &&= before?.name === name;
    const isLast = index === names.length - 1;
    return isBelow && !isLast ? { ...(before as Segment) } : { name };
  });
}
