import { loadDefinitions } from '../definitions/load.ts';
import type { ElementDefinition } from '../definitions/model.ts';
import { choiceName } from '../definitions/property-name.ts';

/** By the name of a choice of types, its properties: `valueQuantity` of `value`. */
let keysByName: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** Whether a property of JSON, or an element of XML, is the choice of a name with one of its types. */
export function isChoiceKey(key: string, name: string): boolean {
  if (key.length === name.length || !key.startsWith(name)) return false;
  keysByName ??= readChoiceKeys();
  return keysByName.get(name)?.has(key) === true;
}

function readChoiceKeys(): ReadonlyMap<string, ReadonlySet<string>> {
  const keys = new Map<string, Set<string>>();
  for (const { elements } of Object.values(loadDefinitions().types)) addChoices(elements, keys);
  return keys;
}

function addChoices(elements: readonly ElementDefinition[], keys: Map<string, Set<string>>): void {
  for (const { name, choice, types, elements: below } of elements) {
    if (below !== undefined) addChoices(below, keys);
    if (!choice) continue;
    const known = keys.get(name) ?? new Set();
    for (const { code } of types) known.add(choiceName(name, code));
    keys.set(name, known);
  }
}
