import { childElements, typeDefinition } from '../../fhir/definitions/load.ts';
import type { ElementDefinition, R4Definitions } from '../../fhir/definitions/model.ts';
import { choiceName } from '../../fhir/definitions/property-name.ts';

/** What a value is, as far as the fields of a query are concerned. */
export interface TypeView {
  /** FHIR type, `Query` or `Mutation` for the roots. */
  name: string;
  /** What `__typename` says: for elements defined in place a name of their own, such as `PatientContact`. */
  typeName: string;
  /** The type, or where R4 defines the element in place: `Patient.contact`. */
  path: string;
  elements: readonly ElementDefinition[];
  isResource: boolean;
  /** Resource types that a Reference may point to; absent when any may. */
  targets?: readonly string[];
}

/** A field, by what gives its values. */
export type Field =
  | { kind: 'typename' }
  | ElementField
  /** The resource that a Reference points to. */
  | { kind: 'target' }
  /** A resource by its id, or a search; `reverse` searches for what refers to the resource at hand. */
  | { kind: 'read'; type: string }
  | { kind: 'list' | 'connection'; type: string; reverse: boolean }
  | { kind: 'create' | 'update' | 'delete'; type: string };

/** A property of the JSON form of a value. */
export interface ElementField {
  kind: 'element';
  key: string;
  type: string;
  list: boolean;
  /** Absent for a primitive value; `Resource` stands for a resource whose own value names its type. */
  view?: TypeView;
}

/** The FHIR types as the fields of queries see them: elements by their JSON names (graphql.html#fields). */
export class Types {
  readonly resourceTypes: ReadonlySet<string>;
  readonly #definitions: R4Definitions;
  readonly #views = new Map<string, TypeView>();
  readonly #fields = new WeakMap<TypeView, Map<string, Field | undefined>>();

  constructor(definitions: R4Definitions, resourceTypes: ReadonlySet<string>) {
    this.#definitions = definitions;
    this.resourceTypes = resourceTypes;
  }

  /** The view of a resource type or another type of R4; undefined when there is none of this name. */
  view(name: string): TypeView | undefined {
    let view = this.#views.get(name);
    const definition = typeDefinition(this.#definitions, name);
    if (view === undefined && definition !== undefined) {
      view = {
        name,
        typeName: name,
        path: name,
        elements: definition.elements,
        isResource: definition.kind === 'resource',
      };
      this.#views.set(name, view);
    }
    return view;
  }

  /** The page of a search (graphql.html#searching), as a view of its own. */
  connection(type: string): TypeView {
    const name = `${type}Connection`;
    let view = this.#views.get(name);
    if (view === undefined) {
      view = { name, typeName: name, path: name, elements: connectionElements(type), isResource: false };
      this.#views.set(name, view);
    }
    return view;
  }

  /** True when a fragment on this type is for values of that view. */
  meets({ name, typeName }: TypeView, condition: string): boolean {
    if (typeName === condition) return true;
    for (let type: string | undefined = name; type !== undefined; ) {
      if (type === condition) return true;
      type = typeDefinition(this.#definitions, type)?.base;
    }
    return false;
  }

  field(view: TypeView, name: string): Field | undefined {
    const known = this.#fields.get(view) ?? new Map<string, Field | undefined>();
    this.#fields.set(view, known);
    if (!known.has(name)) known.set(name, this.#find(view, name));
    return known.get(name);
  }

  #find(view: TypeView, name: string): Field | undefined {
    if (name === '__typename') return { kind: 'typename' };
    if (view.name === 'Mutation') return this.#mutation(name);
    if (view.name === 'Query' && this.resourceTypes.has(name)) return { kind: 'read', type: name };
    if (view.name === 'Query' || view.isResource) {
      const [, type = '', form] = /^([A-Za-z]+)(List|Connection)$/.exec(name) ?? [];
      if (this.resourceTypes.has(type)) {
        const kind = form === 'List' ? 'list' : 'connection';
        return { kind, type, reverse: view.isResource };
      }
    }
    if (view.isResource && name === 'resourceType') {
      return { kind: 'element', key: name, type: 'code', list: false };
    }
    if (view.name === 'Reference' && name === 'resource') return { kind: 'target' };
    return this.#element(view, name);
  }

  #mutation(name: string): Field | undefined {
    const [, type = '', verb = ''] = /^([A-Za-z]+)(Create|Update|Delete)$/.exec(name) ?? [];
    if (!this.resourceTypes.has(type)) return undefined;
    return { kind: verb.toLowerCase() as 'create' | 'update' | 'delete', type };
  }

  #element(view: TypeView, name: string): ElementField | undefined {
    const isCompanion = name.startsWith('_');
    const key = isCompanion ? name.slice(1) : name;
    for (const element of view.elements) {
      if (element.max === 0) continue;
      const code = typeAt(element, key);
      if (code === undefined) continue;
      const isPrimitive = typeDefinition(this.#definitions, code)?.kind === 'primitive-type';
      if (isCompanion) {
        if (!isPrimitive) return undefined;
        return {
          kind: 'element',
          key: name,
          type: 'Element',
          list: element.array,
          view: this.view('Element')!,
        };
      }
      const field: ElementField = { kind: 'element', key, type: code, list: element.array };
      return isPrimitive ? field : { ...field, view: this.#child(view, element, code) };
    }
    return undefined;
  }

  #child(owner: TypeView, element: ElementDefinition, code: string): TypeView {
    const targets = element.types.find((type) => type.code === code)?.targets;
    const isInPlace = element.elements !== undefined || element.contentReference !== undefined;
    if (!isInPlace && targets === undefined) return this.view(code)!;
    const isResource = this.resourceTypes.has(code);
    const typeName = isInPlace ? inPlaceName(owner.typeName, element) : code;
    const path = isInPlace ? (element.contentReference ?? `${owner.path}.${element.name}`) : code;
    const elements = childElements(this.#definitions, element, code);
    const view = { name: code, typeName, path, elements, isResource };
    return targets === undefined ? view : { ...view, targets };
  }
}

/** The type that an element has under this JSON name: `valueQuantity` is value[x] as Quantity. */
function typeAt(
  { name, choice, types, contentReference }: ElementDefinition,
  key: string,
): string | undefined {
  if (!choice) return name === key ? (types[0]?.code ?? (contentReference && 'BackboneElement')) : undefined;
  return types.find(({ code }) => choiceName(name, code) === key)?.code;
}

/** The JSON names that an element may have, its companion aside. */
export function elementKeys({ name, choice, types }: ElementDefinition): string[] {
  return choice ? types.map(({ code }) => choiceName(name, code)) : [name];
}

/** Elements that borrow their children are of the type of those that they borrow from. */
function inPlaceName(owner: string, { name, elements, contentReference }: ElementDefinition): string {
  if (elements !== undefined) return owner + capitalised(name);
  return contentReference!.split('.').map(capitalised).join('');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function connectionElements(type: string): ElementDefinition[] {
  const element = (name: string, code: string): ElementDefinition => ({
    name,
    min: 0,
    max: 1,
    array: false,
    choice: false,
    types: [{ code }],
    isSummary: false,
    isModifier: false,
  });
  const edge = [element('mode', 'code'), element('score', 'decimal'), element('resource', type)];
  return [
    ...['count', 'offset', 'pagesize'].map((name) => element(name, 'integer')),
    { ...element('edges', 'BackboneElement'), max: null, array: true, elements: edge },
    ...['first', 'previous', 'next', 'last'].map((name) => element(name, 'string')),
  ];
}
