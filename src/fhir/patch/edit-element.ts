import { fhirError } from '../error.ts';
import type { Holder, Place } from './locate.ts';

/** A new element: its JSON value and, for a primitive, the object of its id and extensions. */
export interface NewElement {
  /** The property that it is to have: `birthDate`, `valueQuantity`. */
  key: string;
  value: unknown;
  companion?: unknown;
}

/** Sets an element that does not repeat. */
export function setElement(holder: Holder, { key, value, companion }: NewElement): void {
  remove(holder, key);
  if (value !== undefined) holder[key] = value;
  if (companion !== undefined) holder[`_${key}`] = companion;
}

/** Removes an element, and its list with the last item of it. */
export function deleteElement({ holder, key, index }: Place): void {
  if (index === undefined) {
    remove(holder, key);
    return;
  }
  const list = readList(holder, key);
  list.splice(index, 1);
  writeList(holder, key, list);
}

export function replaceElement({ holder, key, index }: Place, element: NewElement): void {
  if (index === undefined) {
    remove(holder, key);
    setElement(holder, element);
    return;
  }
  const list = readList(holder, key);
  list[index] = element;
  writeList(holder, key, list);
}

/**
 * Inserts an item into a list, by default at its end.
 * @throws FhirError 422 beyond the end
 */
export function insertElement(holder: Holder, element: NewElement, index?: number): void {
  const list = readList(holder, element.key);
  const position = index ?? list.length;
  if (position > list.length) throw beyondTheEnd();
  list.splice(position, 0, element);
  writeList(holder, element.key, list);
}

/**
 * Moves an item of a list to another position, counted without it.
 * @throws FhirError 422 beyond the end
 */
export function moveElement(holder: Holder, key: string, source: number, destination: number): void {
  const list = readList(holder, key);
  if (source >= list.length || destination >= list.length) throw beyondTheEnd();
  const moved = list.splice(source, 1);
  list.splice(destination, 0, ...moved);
  writeList(holder, key, list);
}

interface Item {
  value: unknown;
  companion?: unknown;
}

/** The two parallel arrays of a list of primitives as one. */
function readList(holder: Holder, key: string): Item[] {
  const values = arrayOf(holder[key]);
  const companions = arrayOf(holder[`_${key}`]);
  return Array.from({ length: Math.max(values.length, companions.length) }, (_, index) => ({
    value: values[index],
    companion: companions[index] ?? undefined,
  }));
}

function writeList(holder: Holder, key: string, list: readonly Item[]): void {
  remove(holder, key);
  if (list.some(({ value }) => value !== undefined && value !== null)) {
    holder[key] = list.map(({ value }) => value ?? null);
  }
  if (list.some(({ companion }) => companion !== undefined)) {
    holder[`_${key}`] = list.map(({ companion }) => companion ?? null);
  }
}

function remove(holder: Holder, key: string): void {
  delete holder[key];
  delete holder[`_${key}`];
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function beyondTheEnd() {
  return fhirError(422, 'processing', 'the index is beyond the end of the list');
}
