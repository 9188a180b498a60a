import { childElements, elementAt, typeDefinition } from '../../definitions/load.ts';
import type { ElementDefinition, R4Definitions } from '../../definitions/model.ts';
import { propertyName } from '../../definitions/property-name.ts';

/** The System type that a FHIR primitive converts into (FHIR R4 fhirpath.html#types), or that a value made by an expression has. */
export type SystemType =
  | 'Boolean'
  | 'String'
  | 'Integer'
  | 'Decimal'
  | 'Date'
  | 'DateTime'
  | 'Time'
  | 'Quantity';

/** One JSON property that a child element may stand in. */
export interface Property {
  /** Element name: `value` of `valueQuantity`. */
  name: string;
  key: string;
  /** On a primitive: the key of its companion, `_birthDate`. */
  companionKey: string | undefined;
  /** Whether the element may repeat. */
  repeats: boolean;
  /** Absent on a resource, whose type its `resourceType` tells. */
  type: TypeInfo | undefined;
}

/** A child element: one property, or one a type where it is a choice. */
export interface Child {
  properties: readonly Property[];
  /** The same by key and by companion key. */
  byKey: ReadonlyMap<string, Property>;
}

/** A type of the R4 definitions or of FHIRPath itself; one object a type, so that identity is equality. */
export class TypeInfo {
  readonly name: string;
  readonly kind: 'resource' | 'complex' | 'primitive' | 'system';
  readonly isAbstract: boolean;
  /** Its name and those of its base types. */
  readonly ancestors: ReadonlySet<string>;
  /** On a primitive and a System type. */
  readonly system: SystemType | undefined;
  readonly #listProperties: () => Iterable<Property>;
  #children: Map<string, Child> | undefined;
  #byKey: Map<string, Property> | undefined;

  constructor(
    name: string,
    kind: TypeInfo['kind'],
    ancestors: readonly string[],
    listProperties: () => Iterable<Property> = () => [],
    isAbstract = false,
  ) {
    this.name = name;
    this.kind = kind;
    this.isAbstract = isAbstract;
    this.ancestors = new Set(ancestors);
    this.system = kind === 'system' ? (name as SystemType) : primitiveSystemType(kind, ancestors);
    this.#listProperties = listProperties;
  }

  child(name: string): Child | undefined {
    this.#children ??= this.#childrenByName();
    return this.#children.get(name);
  }

  /** By key and by companion key. */
  property(key: string): Property | undefined {
    this.#byKey ??= keyed(this.#listProperties());
    return this.#byKey.get(key);
  }

  #childrenByName(): Map<string, Child> {
    const byName = Map.groupBy(this.#listProperties(), (property) => property.name);
    return new Map(
      [...byName].map(([name, properties]) => [name, { properties, byKey: keyed(properties) }] as const),
    );
  }
}

function keyed(properties: Iterable<Property>): Map<string, Property> {
  const byKey = new Map<string, Property>();
  for (const property of properties) {
    byKey.set(property.key, property);
    if (property.companionKey !== undefined) byKey.set(property.companionKey, property);
  }
  return byKey;
}

const systemTypes: Readonly<Record<string, SystemType>> = {
  boolean: 'Boolean',
  integer: 'Integer',
  decimal: 'Decimal',
  date: 'Date',
  dateTime: 'DateTime',
  instant: 'DateTime',
  time: 'Time',
};

function primitiveSystemType(kind: string, ancestors: readonly string[]): SystemType | undefined {
  if (kind !== 'primitive') return undefined;
  const known = ancestors.find((name) => Object.hasOwn(systemTypes, name));
  return known === undefined ? 'String' : systemTypes[known];
}

/** The System types (FHIRPath N1, types and reflection). */
export const system = {
  Boolean: new TypeInfo('Boolean', 'system', ['Boolean']),
  String: new TypeInfo('String', 'system', ['String']),
  Integer: new TypeInfo('Integer', 'system', ['Integer']),
  Decimal: new TypeInfo('Decimal', 'system', ['Decimal']),
  Date: new TypeInfo('Date', 'system', ['Date']),
  DateTime: new TypeInfo('DateTime', 'system', ['DateTime']),
  Time: new TypeInfo('Time', 'system', ['Time']),
  Quantity: new TypeInfo('Quantity', 'system', ['Quantity']),
} as const satisfies Record<SystemType, TypeInfo>;

/** The types of one set of definitions, each made when it is asked for. */
export class Types {
  readonly #definitions: R4Definitions;
  readonly #byName = new Map<string, TypeInfo | undefined>();
  readonly #inPlace = new Map<ElementDefinition, TypeInfo>();

  constructor(definitions: R4Definitions) {
    this.#definitions = definitions;
  }

  /** A resource, complex or primitive type. */
  named(name: string): TypeInfo | undefined {
    if (!this.#byName.has(name)) this.#byName.set(name, this.#make(name));
    return this.#byName.get(name);
  }

  /** The type of a resource by what it says itself; `Resource` where R4 has none of that name. */
  ofResource(value: unknown): TypeInfo {
    const name = (value as { resourceType?: unknown } | null | undefined)?.resourceType;
    const type = typeof name === 'string' ? this.named(name) : undefined;
    return type?.kind === 'resource' ? type : (this.named('Resource') as TypeInfo);
  }

  /** The types that the value at a path may have, the path of a choice with or without its type. */
  at(path: string): readonly TypeInfo[] {
    const [first = '', ...steps] = path.split('.');
    let types = [this.named(first)].filter((type) => type !== undefined);
    for (const step of steps) {
      const name = step.replace(/\[x\]$/, '');
      types = types.flatMap((type) => {
        const properties = type.child(name)?.properties ?? [type.property(name)];
        return properties.map((property) => property?.type).filter((found) => found !== undefined);
      });
    }
    return types;
  }

  #make(name: string): TypeInfo | undefined {
    const definition = typeDefinition(this.#definitions, name);
    if (definition === undefined) return undefined;
    const kind =
      definition.kind === 'resource'
        ? 'resource'
        : definition.kind === 'primitive-type'
          ? 'primitive'
          : 'complex';
    return new TypeInfo(
      name,
      kind,
      this.#ancestors(name),
      () => this.#properties(definition.elements),
      definition.abstract,
    );
  }

  #ancestors(name: string): string[] {
    const ancestors: string[] = [];
    let next: string | undefined = name;
    while (next !== undefined) {
      ancestors.push(next);
      next = typeDefinition(this.#definitions, next)?.base;
    }
    return ancestors;
  }

  *#properties(elements: readonly ElementDefinition[]): Generator<Property> {
    for (const element of elements) {
      const { name, array: repeats, types } = element;
      for (const code of types.length === 0 ? ['BackboneElement'] : types.map((type) => type.code)) {
        const key = propertyName(element, code);
        const type = this.#typeOf(element, code);
        const companionKey = type?.kind === 'primitive' ? `_${key}` : undefined;
        yield { name, key, companionKey, repeats, type };
      }
    }
  }

  #typeOf(element: ElementDefinition, code: string): TypeInfo | undefined {
    if (element.contentReference !== undefined) {
      const referred = elementAt(this.#definitions, element.contentReference);
      return referred && this.#definedInPlace(referred);
    }
    if (element.elements !== undefined) return this.#definedInPlace(element);
    const type = this.named(code);
    return type?.kind === 'resource' ? undefined : type;
  }

  #definedInPlace(element: ElementDefinition): TypeInfo {
    let type = this.#inPlace.get(element);
    if (type === undefined) {
      const name = element.types[0]?.code ?? 'BackboneElement';
      type = new TypeInfo(name, 'complex', this.#ancestors(name), () =>
        this.#properties(childElements(this.#definitions, element)),
      );
      this.#inPlace.set(element, type);
    }
    return type;
  }
}

const ofDefinitions = new WeakMap<R4Definitions, Types>();

/** The types of these definitions, made once. */
export function typesOf(definitions: R4Definitions): Types {
  let types = ofDefinitions.get(definitions);
  if (types === undefined) {
    types = new Types(definitions);
    ofDefinitions.set(definitions, types);
  }
  return types;
}
