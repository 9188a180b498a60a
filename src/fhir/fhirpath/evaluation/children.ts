import { childHolder, Node } from './node.ts';
import type { Child, Property, TypeInfo, Types } from './types.ts';

/** An object whose properties are the children of an element. */
export type Holder = Readonly<Record<string, unknown>>;

/** Beyond so many types of a choice the properties of the object are fewer. */
const fewProperties = 4;

/** Calls `visit` with each property of an object that is of a child. */
function eachProperty(
  holder: Holder,
  { properties, byKey }: Child,
  visit: (property: Property) => void,
): void {
  if (properties.length <= fewProperties) {
    for (const property of properties) visit(property);
    return;
  }
  for (const key in holder) {
    const property = byKey.get(key);
    // A companion beside its value comes with it.
    if (property !== undefined && (key === property.key || holder[property.key] === undefined))
      visit(property);
  }
}

/** How many values a child has, up to the first one where only their existence matters. */
export function countChild(holder: Holder, child: Child, onlyFirst: boolean): number {
  const { properties, byKey } = child;
  if (properties.length === 1) return countProperty(holder, properties[0] as Property, onlyFirst);
  let sum = 0;
  if (onlyFirst && properties.length > fewProperties) {
    for (const key in holder) {
      if (!byKey.has(key)) continue;
      sum = countValues(holder[key], undefined, true);
      if (sum > 0) return sum;
    }
    return sum;
  }
  eachProperty(holder, child, (property) => {
    sum += countProperty(holder, property, onlyFirst);
  });
  return sum;
}

function countProperty(holder: Holder, { key, companionKey }: Property, onlyFirst: boolean): number {
  return countValues(holder[key], companionKey === undefined ? undefined : holder[companionKey], onlyFirst);
}

function countValues(value: unknown, companion: unknown, onlyFirst: boolean): number {
  if (!Array.isArray(value) && !Array.isArray(companion))
    return (value ?? companion ?? null) === null ? 0 : 1;
  const values = Array.isArray(value) ? value : [value];
  const companions = Array.isArray(companion) ? companion : [companion];
  let sum = 0;
  for (let index = 0; index < Math.max(values.length, companions.length); index++) {
    if ((values[index] ?? companions[index] ?? null) === null) continue;
    sum++;
    if (onlyFirst) return sum;
  }
  return sum;
}

/** Calls `visit` with the object below each value of a child, until it answers true. */
export function eachHolder(holder: Holder, child: Child, visit: (holder: Holder) => boolean): void {
  let isDone = false;
  eachProperty(holder, child, ({ key, companionKey }) => {
    const value = holder[companionKey ?? key];
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isDone) return;
      if (typeof item === 'object' && item !== null) isDone = visit(item as Holder);
    }
  });
}

/** Puts the values of a child behind those found so far. */
export function appendChild(holder: Holder | undefined, child: Child, found: Node[], types: Types): void {
  if (holder === undefined) return;
  const { properties } = child;
  if (properties.length === 1) appendProperty(holder, properties[0] as Property, found, types);
  else eachProperty(holder, child, (property) => appendProperty(holder, property, found, types));
}

/** Puts the values of a property and its companion behind those found so far. */
function appendProperty(holder: Holder, property: Property, found: Node[], types: Types): void {
  const { key, companionKey, type } = property;
  const value = holder[key];
  const companion = companionKey === undefined ? undefined : holder[companionKey];
  if (!Array.isArray(value) && !Array.isArray(companion)) {
    appendValue(value, companion, type, found, types);
    return;
  }
  const values = Array.isArray(value) ? value : [value];
  const companions = Array.isArray(companion) ? companion : [companion];
  for (let index = 0; index < Math.max(values.length, companions.length); index++) {
    appendValue(values[index], companions[index], type, found, types);
  }
}

function appendValue(
  value: unknown,
  companion: unknown,
  type: TypeInfo | undefined,
  found: Node[],
  types: Types,
): void {
  if ((value ?? companion ?? null) === null) return;
  found.push(new Node(value ?? undefined, companion ?? undefined, type ?? types.ofResource(value)));
}

/** All children of a node, in the order of its properties. */
export function appendChildren(node: Node, found: Node[], types: Types): void {
  const holder = childHolder(node);
  if (holder === undefined) return;
  for (const key in holder) {
    const property = node.type.property(key);
    // A companion beside its value has come with it.
    if (property !== undefined && (key === property.key || holder[property.key] === undefined)) {
      appendProperty(holder, property, found, types);
    }
  }
}

/** How many children a node has. */
export function countChildren(node: Node): number {
  const holder = childHolder(node);
  let sum = 0;
  for (const key in holder) {
    const property = node.type.property(key);
    if (property === undefined || (key !== property.key && holder[property.key] !== undefined)) continue;
    sum += countProperty(holder, property, false);
  }
  return sum;
}
