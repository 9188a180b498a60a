import { readFileSync } from 'node:fs';
import type { ConformanceIndex, ElementDefinition, R4Definitions, TypeDefinition } from './model.ts';

let loaded: R4Definitions | undefined;

/**
 * The R4 definitions, read once per process and shared: treat them as read-only.
 * @throws Error when the extract was not compiled yet.
 */
export function loadDefinitions(): R4Definitions {
  loaded ??= readCompiled('r4.json') as R4Definitions;
  return loaded;
}

/**
 * Where the conformance resources of R4 lie, and the file that they lie in.
 * @throws Error when they were not compiled yet.
 */
export function loadConformanceIndex(): { index: ConformanceIndex; file: URL } {
  const index = readCompiled('r4-conformance.json') as ConformanceIndex;
  return { index, file: new URL('r4-conformance.ndjson', import.meta.url) };
}

function readCompiled(name: string): unknown {
  try {
    return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
  } catch (cause) {
    throw new Error('The compiled R4 definitions are missing: run npm run definitions', { cause });
  }
}

/** Names of the 146 resource types that can be instantiated. */
export function resourceTypes(definitions: R4Definitions): ReadonlySet<string> {
  return new Set(
    Object.entries(definitions.types).flatMap(([name, { kind, abstract }]) =>
      kind === 'resource' && !abstract ? [name] : [],
    ),
  );
}

/** The definition of a resource, complex or primitive type, undefined when R4 has none of that name. */
export function typeDefinition(definitions: R4Definitions, name: string): TypeDefinition | undefined {
  return Object.hasOwn(definitions.types, name) ? definitions.types[name] : undefined;
}

/**
 * The children of an element whose value is of type `code`: those defined in place, those of the element that it
 * refers to (`contentReference`), or those of the type.
 */
export function childElements(
  definitions: R4Definitions,
  element: ElementDefinition,
  code: string | undefined = element.types[0]?.code,
): readonly ElementDefinition[] {
  if (element.elements) return element.elements;
  if (element.contentReference) return elementAt(definitions, element.contentReference)?.elements ?? [];
  return code === undefined ? [] : (typeDefinition(definitions, code)?.elements ?? []);
}

/** The element at a path without choice types, such as `Questionnaire.item`. */
export function elementAt(definitions: R4Definitions, path: string): ElementDefinition | undefined {
  const [type = '', ...names] = path.split('.');
  let elements: readonly ElementDefinition[] = typeDefinition(definitions, type)?.elements ?? [];
  let element: ElementDefinition | undefined;
  for (const name of names) {
    element = elements.find((child) => child.name === name);
    if (element === undefined) return undefined;
    elements = childElements(definitions, element);
  }
  return element;
}
