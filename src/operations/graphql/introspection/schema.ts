import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  specifiedDirectives,
} from 'graphql';
import type { ElementDefinition, R4Definitions } from '../../../fhir/definitions/model.ts';
import { elementKeys, Types, type TypeView } from '../types.ts';

/** A search parameter as an argument of a search. */
export interface SearchArgument {
  /** The code, `-` written as `_`. */
  name: string;
  /** FHIR search parameter type. */
  type: string;
  /** Resource types that a reference parameter refers to. */
  targets: readonly string[];
}

/** What a schema is made from. */
export interface SchemaInput {
  resourceTypes: readonly string[];
  /** By resource type. */
  searches: Readonly<Record<string, readonly SearchArgument[]>>;
  /** The resource type of the instance that queries run on; absent for those on the server. */
  instance?: string;
}

type Field = GraphQLFieldConfig<unknown, unknown>;
type Fields = GraphQLFieldConfigMap<unknown, unknown>;

/** The primitive types that GraphQL has itself; the others are scalars under their FHIR names. */
const ownScalars: Readonly<Record<string, GraphQLScalarType>> = {
  boolean: GraphQLBoolean,
  integer: GraphQLInt,
  positiveInt: GraphQLInt,
  unsignedInt: GraphQLInt,
  string: GraphQLString,
};

/**
 * The queries that the server answers as a schema (R4 graphql.html#conformance), made from the R4 definitions. Its types
 * are made when something asks for them.
 */
export function createSchema(definitions: R4Definitions, input: SchemaInput): GraphQLSchema {
  const types = new Types(definitions, new Set(input.resourceTypes));
  const made = new SchemaTypes(types, input);
  const resources = input.resourceTypes.map((type) => made.object(types.view(type)!));
  return new GraphQLSchema({
    query: input.instance === undefined ? made.query() : made.object(types.view(input.instance)!),
    ...(input.instance === undefined ? { mutation: made.mutation() } : {}),
    types: resources,
    directives: [...specifiedDirectives, ...dataDirectives],
  });
}

/** graphql.html#flattening */
const dataDirectives = [
  ...['first', 'singleton', 'flatten'].map(
    (name) => new GraphQLDirective({ name, locations: [DirectiveLocation.FIELD] }),
  ),
  new GraphQLDirective({
    name: 'slice',
    locations: [DirectiveLocation.FIELD],
    args: { path: { type: GraphQLString }, fhirpath: { type: GraphQLString } },
  }),
];

class SchemaTypes {
  readonly #types: Types;
  readonly #input: SchemaInput;
  readonly #objects = new Map<string, GraphQLObjectType>();
  readonly #scalars = new Map<string, GraphQLScalarType>();
  readonly #resource: GraphQLInterfaceType;

  constructor(types: Types, input: SchemaInput) {
    this.#types = types;
    this.#input = input;
    this.#resource = new GraphQLInterfaceType({
      name: 'Resource',
      fields: () => this.#fields(types.view('Resource')!),
    });
  }

  query(): GraphQLObjectType {
    const fields: Fields = {};
    for (const type of this.#input.resourceTypes) {
      const args = { id: { type: new GraphQLNonNull(this.#scalar('id')) } };
      fields[type] = { type: this.object(this.#types.view(type)!), args };
      Object.assign(fields, this.#searches(type, this.#searchArguments(type)));
    }
    return new GraphQLObjectType({ name: 'Query', fields });
  }

  /** A resource that is written is a value without fields of its own: its elements are those of its type. */
  mutation(): GraphQLObjectType {
    const fields: Fields = {};
    for (const type of this.#input.resourceTypes) {
      const id = { type: new GraphQLNonNull(this.#scalar('id')) };
      const res = { type: new GraphQLNonNull(this.#scalar(`${type}_Input`)) };
      const written = this.object(this.#types.view(type)!);
      fields[`${type}Create`] = { type: written, args: { res } };
      fields[`${type}Update`] = { type: written, args: { id, res } };
      fields[`${type}Delete`] = { type: GraphQLBoolean, args: { id } };
    }
    return new GraphQLObjectType({ name: 'Mutation', fields });
  }

  object(view: TypeView): GraphQLObjectType {
    const { typeName } = view;
    let object = this.#objects.get(typeName);
    if (object === undefined) {
      object = new GraphQLObjectType({
        name: typeName,
        fields: () => this.#fields(view),
        interfaces: view.isResource ? [this.#resource] : [],
      });
      this.#objects.set(typeName, object);
    }
    return object;
  }

  #fields(view: TypeView): Fields {
    const fields: Fields = {};
    for (const element of view.elements) this.#addElement(fields, view, element);
    if (view.name === 'Reference') {
      const args = { optional: { type: GraphQLBoolean }, type: { type: this.#scalar('code') } };
      fields['resource'] = { type: this.#resource, args };
    }
    if (!view.isResource) return fields;
    fields['resourceType'] = { type: this.#scalar('code') };
    if (view.name !== 'Resource') Object.assign(fields, this.#referrers(view.name));
    return fields;
  }

  #addElement(fields: Fields, view: TypeView, element: ElementDefinition): void {
    for (const key of elementKeys(element)) {
      for (const name of [key, `_${key}`]) {
        const field = this.#types.field(view, name);
        if (field?.kind !== 'element') continue;
        const type = field.view === undefined ? this.#scalar(field.type) : this.#value(field.view);
        const args = field.view === undefined ? {} : this.#elementArguments(field.view, field.list);
        fields[name] = { type: field.list ? new GraphQLList(type) : type, args };
      }
    }
  }

  #value(view: TypeView): GraphQLOutputType {
    return view.name === 'Resource' ? this.#resource : this.object(view);
  }

  /** graphql.html#list */
  #elementArguments(view: TypeView, list: boolean): GraphQLFieldConfigArgumentMap {
    const stretch = list ? { _count: { type: GraphQLInt }, _offset: { type: GraphQLInt } } : {};
    const args: GraphQLFieldConfigArgumentMap = { fhirpath: { type: GraphQLString }, ...stretch };
    // Of an element with a choice of types, such as the value of an extension, fhirpath chooses.
    for (const { name } of view.elements.filter(({ choice }) => !choice)) {
      const child = this.#types.field(view, name);
      if (child?.kind === 'element' && child.view === undefined) {
        args[name] = { type: this.#scalar(child.type) };
      }
    }
    return args;
  }

  /** The searches for what refers to a resource of this type (graphql.html#reverse). */
  #referrers(target: string): Fields {
    const { searches, resourceTypes } = this.#input;
    const fields: Fields = {};
    for (const type of resourceTypes) {
      if (!searches[type]?.some(({ targets }) => targets.includes(target))) continue;
      const _reference = { type: new GraphQLNonNull(this.#scalar('code')) };
      const { _filter, _sort } = this.#searchArguments(type);
      Object.assign(
        fields,
        this.#searches(type, { _reference, _filter: _filter!, _sort: _sort! }, 'reverse'),
      );
    }
    return fields;
  }

  /** `[Type]List` and `[Type]Connection`; a cursor is for the root of a query. */
  #searches(type: string, given: GraphQLFieldConfigArgumentMap, place?: 'reverse'): Fields {
    const text = { type: GraphQLString };
    const number = { type: GraphQLInt };
    const common = { ...given, fhirpath: text, _count: number };
    const list: Field = {
      type: new GraphQLList(this.object(this.#types.view(type)!)),
      args: { ...common, _offset: number },
      ...(place === undefined
        ? {}
        : { description: `Takes the other arguments of ${type}List on the server too` }),
    };
    const cursors = place === undefined ? { cursor: text, _cursor: text } : {};
    const connection: Field = {
      type: this.object(this.#types.connection(type)),
      args: { ...common, ...cursors },
      ...(place === undefined ? {} : { description: list.description! }),
    };
    return { [`${type}List`]: list, [`${type}Connection`]: connection };
  }

  /** A value of a search parameter, or a list of alternatives. */
  #searchArguments(type: string): GraphQLFieldConfigArgumentMap {
    const given = this.#input.searches[type] ?? [];
    const all = [...given.map(({ name, type }) => [name, type] as const), ...searchControls];
    return Object.fromEntries(
      all.map(([name, kind]) => [name, { type: new GraphQLList(this.#scalar(kind)) }]),
    );
  }

  #scalar(name: string): GraphQLScalarType {
    const own = Object.hasOwn(ownScalars, name) ? ownScalars[name] : undefined;
    if (own !== undefined) return own;
    const scalar = this.#scalars.get(name) ?? new GraphQLScalarType({ name });
    this.#scalars.set(name, scalar);
    return scalar;
  }
}

/** The parameters of searches on all types that are no search parameters of any. */
const searchControls = [
  ['_filter', 'string'],
  ['_sort', 'string'],
] as const;
