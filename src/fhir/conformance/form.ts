import { childElements, loadDefinitions, typeDefinition } from '../definitions/load.ts';
import type { ElementDefinition } from '../definitions/model.ts';
import { propertyName } from '../definitions/property-name.ts';

type Members = Readonly<Record<string, unknown>>;

/** One JSON property that R4 knows. */
interface Property {
  element: ElementDefinition;
  type: string;
}

/** What R4 says of the objects of one type. */
interface Form {
  properties: ReadonlyMap<string, Property>;
  /** By element of a minimum above 0: its properties and their companions. */
  required: ReadonlyMap<string, readonly string[]>;
}

/** Parts of definitions that nobody here reads. */
const unread = new Set(['mapping', 'example']);

const numbers = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt']);

const forms = new Map<readonly ElementDefinition[], Form>();

/**
 * Why a conformance resource that was not validated cannot be worked with: an element of a wrong JSON form, or one that
 * lacks within another one. Elements that R4 does not know are passed over, so that those of other versions do no harm.
 * @param needed elements of the resource itself that must be there
 * @returns path and reason; undefined where the form is right
 */
export function formProblem(
  resource: { readonly resourceType: string },
  needed: readonly string[] = [],
): string | undefined {
  const { resourceType } = resource;
  const lacking = needed.find((name) => !Object.hasOwn(resource, name));
  if (lacking !== undefined) return `${resourceType}.${lacking} is missing`;
  const elements = typeDefinition(loadDefinitions(), resourceType)?.elements;
  return elements && objectProblem(resource as Members, elements, resourceType, true);
}

function objectProblem(
  object: Members,
  elements: readonly ElementDefinition[],
  path: string,
  isRoot: boolean,
): string | undefined {
  const { properties, required } = formOf(elements);
  for (const key in object) {
    const property = properties.get(key);
    const problem = property && propertyProblem(object[key], property, `${path}.${key}`);
    if (problem !== undefined) return problem;
  }
  if (isRoot) return undefined;
  for (const [name, keys] of required) {
    if (!keys.some((key) => object[key] !== undefined)) return `${path}.${name} is missing`;
  }
  return undefined;
}

function propertyProblem(value: unknown, { element, type }: Property, path: string): string | undefined {
  if (!element.array) return valueProblem(value, element, type, path);
  if (!Array.isArray(value)) return `${path} must be an array`;
  for (const [index, entry] of value.entries()) {
    const problem = valueProblem(entry, element, type, `${path}[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function valueProblem(
  value: unknown,
  element: ElementDefinition,
  type: string,
  path: string,
): string | undefined {
  const definitions = loadDefinitions();
  const definition = typeDefinition(definitions, type);
  if (element.elements === undefined && definition?.kind === 'primitive-type') {
    const expected = type === 'boolean' ? 'boolean' : numbers.has(type) ? 'number' : 'string';
    return typeof value === expected ? undefined : `${path} must be a ${expected}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`;
  const object = value as Members;
  if (definition?.kind === 'resource') {
    return typeof object['resourceType'] === 'string'
      ? formProblem(object as Members & { resourceType: string })
      : `${path} must be a resource`;
  }
  return objectProblem(object, childElements(definitions, element, type), path, false);
}

function formOf(elements: readonly ElementDefinition[]): Form {
  let form = forms.get(elements);
  if (form === undefined) {
    const read = elements.filter(({ name }) => !unread.has(name));
    form = {
      properties: new Map(
        read.flatMap((element) =>
          propertiesOf(element).map(([key, type]): [string, Property] => [key, { element, type }]),
        ),
      ),
      required: new Map(
        read
          .filter(({ min }) => min > 0)
          .map((element) => [element.name, propertiesOf(element).flatMap(([key]) => [key, `_${key}`])]),
      ),
    };
    forms.set(elements, form);
  }
  return form;
}

/** The JSON properties of an element with their types; an element that borrows its children from another one has no type. */
function propertiesOf(element: ElementDefinition): readonly [string, string][] {
  if (element.types.length === 0) return [[element.name, '']];
  return element.types.map(({ code }) => [propertyName(element, code), code]);
}
