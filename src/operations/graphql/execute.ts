import { isId } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import { searchDeadline } from '../../interactions/limits.ts';
import { pacer } from '../../interactions/pacer.ts';
import type { FhirRequest } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { StoredVersion } from '../../store/contract.ts';
import { chosen, type Focus, type QueryPaths, scalarText } from './element-filter.ts';
import { FieldSelector, type SelectedField, type Selections } from './fields.ts';
import { mutate } from './mutation.ts';
import { OutputObject } from './output.ts';
import type { Query } from './parse-query.ts';
import { refusal } from './query-error.ts';
import type { Resources } from './resources.ts';
import { connection, listMatches, type SearchInput } from './search-field.ts';
import type { ElementField, Field, Types, TypeView } from './types.ts';

/** What a query runs on. */
export interface ExecutionContext {
  spine: Spine;
  request: FhirRequest;
  query: Query;
  types: Types;
  paths: QueryPaths;
  resources: Resources;
}

/** Where the values of a selection go. */
interface Place {
  output: OutputObject;
  /** What `@slice` adds to the names. */
  suffix: string;
  /** A flattened field above makes lists of all names. */
  inList: boolean;
  collated: boolean;
}

/** Runs a checked query on the data. */
export class Execution {
  readonly #context: ExecutionContext;
  readonly #fields: FieldSelector;
  readonly #pause = pacer();
  readonly #checkTime: () => void;

  constructor(context: ExecutionContext) {
    this.#context = context;
    this.#checkTime = searchDeadline(context.spine.limits);
    this.#fields = new FieldSelector(context.query, context.types);
  }

  /**
   * The `data` of the answer.
   * @param focus the resource of an instance level query, or nothing of the view of a root
   * @throws FhirError when a part of the query cannot be answered
   */
  run(focus: Focus): Promise<Record<string, unknown>> {
    return this.#object([this.#context.query.operation.selectionSet], focus);
  }

  async #object(selections: Selections, focus: Focus): Promise<Record<string, unknown>> {
    this.#checkTime();
    await this.#pause();
    const output = new OutputObject();
    await this.#select(selections, focus, { output, suffix: '', inList: false, collated: false });
    return output.json();
  }

  async #select(selections: Selections, focus: Focus, place: Place): Promise<void> {
    for (const selected of this.#fields.fields(selections, focus.view)) {
      const field = this.#context.types.field(focus.view, selected.name);
      // The check has seen that another type that may be here has it.
      if (field !== undefined) await this.#field(selected, field, focus, place);
    }
  }

  async #field(selected: SelectedField, field: Field, focus: Focus, place: Place): Promise<void> {
    switch (field.kind) {
      case 'typename':
        return this.#write(
          selected,
          { type: 'string', list: false },
          [{ ...focus, value: focus.view.typeName }],
          place,
        );
      case 'element':
        return this.#element(selected, field, focus, place);
      case 'target':
        return this.#one(selected, await this.#target(selected, focus), place);
      case 'read': {
        const resource = await this.#context.resources.read(field.type, idOf(selected));
        return this.#one(selected, this.#root(resource), place);
      }
      case 'list':
        return this.#list(selected, this.#search(selected, field, focus), place);
      case 'connection':
        return this.#connection(selected, this.#search(selected, field, focus), place);
      default: {
        const resource = await mutate(this.#context, selected, field);
        return this.#one(selected, resource && this.#root(resource), place);
      }
    }
  }

  #element(selected: SelectedField, field: ElementField, focus: Focus, place: Place): Promise<void> {
    const { paths } = this.#context;
    const property = (focus.value as Readonly<Record<string, unknown>>)[field.key];
    const items = Array.isArray(property) ? property : [property];
    const values = items
      .filter((item) => item !== undefined && item !== null)
      .map((value) => this.#focusOn(value, field.view, focus));
    const wanted =
      field.view === undefined ? values : chosen(selected.arguments, values, paths, selected.node);
    return this.#write(selected, field, wanted, place);
  }

  #focusOn(value: unknown, view: TypeView | undefined, { resource }: Focus): Focus {
    // The elements of a primitive value are never asked for.
    if (view === undefined) return { value, view: this.#context.types.view('Element')!, resource };
    if (view.name === 'Resource') return this.#inner(value as Resource, resource);
    return view.isResource ? this.#root(value as Resource) : { value, view, resource };
  }

  /** What a contained resource refers to within is contained beside it; an entry of a Bundle has its own. */
  #inner(value: Resource, container: Resource): Focus {
    const resource = value['contained'] === undefined ? container : value;
    return { ...this.#root(value), resource, isInner: true };
  }

  async #target({ arguments: given, node }: SelectedField, focus: Focus): Promise<Focus | undefined> {
    const { optional = false, type } = given;
    if (typeof optional !== 'boolean') throw refusal(node, 'optional is true or false');
    const target = await this.#context.resources.target(focus.value, focus.resource);
    if (target === undefined) {
      if (optional) return undefined;
      const diagnostics =
        'A reference leads to no resource that can be seen here; optional: true allows that';
      throw refusal(node, diagnostics, 'not-found');
    }
    const { resource, isContained } = target;
    if (type !== undefined && resource.resourceType !== type) return undefined;
    return isContained ? this.#inner(resource, focus.resource) : this.#root(resource);
  }

  #search(
    selected: SelectedField,
    field: Field & { kind: 'list' | 'connection' },
    focus: Focus,
  ): SearchInput {
    const { spine, request, resources } = this.#context;
    resources.count();
    const input = { spine, request, type: field.type, field: selected };
    if (!field.reverse) return input;
    const { resourceType, id } = focus.value as Resource;
    if (focus.isInner || id === undefined) {
      throw refusal(selected.node, 'No other resource refers to one that is part of another');
    }
    return { ...input, target: { type: resourceType, id } };
  }

  async #list(selected: SelectedField, input: SearchInput, place: Place): Promise<void> {
    const values = await this.#meeting(selected, await listMatches(input));
    if (values.length === 0) {
      place.output.addEmptyList(selected.key + place.suffix, input.type, selected.node);
    }
    return this.#write(selected, { type: input.type, list: true }, values, place);
  }

  async #connection(selected: SelectedField, input: SearchInput, place: Place): Promise<void> {
    const view = this.#context.types.connection(input.type);
    const counted = this.#fields.fields(selected.selections, view).some(({ name }) => name === 'count');
    const { matches, ...page } = await connection(input, counted);
    const found = await this.#meeting(selected, matches);
    const value = { ...page, edges: found.map((match) => ({ mode: 'match', resource: match.value })) };
    const focus = { value, view, resource: { resourceType: 'Bundle' } };
    return this.#write(selected, { type: view.name, list: false }, [focus], place);
  }

  /** The matches of a search that meet its argument `fhirpath`. */
  async #meeting(
    { arguments: { fhirpath }, node }: SelectedField,
    matches: readonly StoredVersion[],
  ): Promise<Focus[]> {
    if (fhirpath !== undefined && typeof fhirpath !== 'string')
      throw refusal(node, 'fhirpath must be a text');
    const found: Focus[] = [];
    for (const match of matches) {
      await this.#pause();
      const focus = this.#root(this.#context.resources.parsed(match));
      if (fhirpath === undefined || this.#context.paths.holds(fhirpath, focus, node)) found.push(focus);
    }
    return found;
  }

  #one(selected: SelectedField, focus: Focus | undefined, place: Place): Promise<void> {
    return this.#write(
      selected,
      { type: 'Resource', list: false },
      focus === undefined ? [] : [focus],
      place,
    );
  }

  #root(resource: Resource): Focus {
    return { value: resource, view: this.#context.types.view(resource.resourceType)!, resource };
  }

  /** Writes the values of a field as its directives say (graphql.html#flattening). */
  async #write(
    selected: SelectedField,
    { type, list }: { type: string; list: boolean },
    values: readonly Focus[],
    place: Place,
  ): Promise<void> {
    const { key, node, directives, selections } = selected;
    const { first, flatten, singleton } = directives;
    for (const [index, focus] of (first ? values.slice(0, 1) : values).entries()) {
      const suffix = place.suffix + this.#sliceOf(selected, focus, index);
      if (flatten && selections.length > 0) {
        await this.#select(selections, focus, {
          ...place,
          suffix,
          inList: list || place.inList,
          collated: true,
        });
        continue;
      }
      place.output.add(key + suffix, {
        value: selections.length === 0 ? focus.value : await this.#object(selections, focus),
        type,
        list: !singleton && (list || place.inList),
        collated: place.collated,
        node,
      });
    }
  }

  #sliceOf({ directives: { slice }, node }: SelectedField, focus: Focus, index: number): string {
    if (slice === undefined) return '';
    if (slice === '$index') return `.${index}`;
    const [value, ...others] = this.#context.paths.evaluate(slice, focus, node);
    if (value === undefined) return '';
    const text = others.length === 0 ? scalarText(value) : undefined;
    if (text === undefined) throw refusal(node, 'The path of @slice must give one simple value');
    return `.${text}`;
  }
}

function idOf({ arguments: { id }, name, node }: SelectedField): string {
  const text = scalarText(id);
  if (text === undefined || !isId(text)) {
    throw refusal(node, `${name} takes the argument id, the id of a resource`, 'required');
  }
  return text;
}
