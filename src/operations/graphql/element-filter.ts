import type { ASTNode } from 'graphql';
import type { R4Definitions } from '../../fhir/definitions/model.ts';
import { type Collect, collector } from '../../fhir/fhirpath/branch.ts';
import { compileFhirPathFrom } from '../../fhir/fhirpath/compile.ts';
import { FhirPathError } from '../../fhir/fhirpath/error.ts';
import { decimalText } from '../../fhir/json.ts';
import type { Resource } from '../../fhir/resource.ts';
import { refusal } from './query-error.ts';
import type { TypeView } from './types.ts';
import type { Arguments } from './values.ts';

/** A value of the data with what is needed to go on from it. */
export interface Focus {
  value: unknown;
  view: TypeView;
  /** The resource that it is in, for references to contained resources. */
  resource: Resource;
  /** A resource within another, to which nothing refers by its id. */
  isInner?: true;
}

/** Compiled expressions that are kept for a type: callers may send any number of them. */
const keptExpressions = 100;

/** FHIRPath over values of a type, each expression compiled once. */
export class FhirPaths {
  readonly #definitions: R4Definitions;
  readonly #compiled = new WeakMap<TypeView, Map<string, Collect>>();

  constructor(definitions: R4Definitions) {
    this.#definitions = definitions;
  }

  /** @throws QueryError on an expression outside of the subset that this server evaluates */
  evaluate(expression: string, { value, view, resource }: Focus, node: ASTNode): readonly unknown[] {
    const byText = this.#compiled.get(view) ?? new Map<string, Collect>();
    this.#compiled.set(view, byText);
    let collect = byText.get(expression);
    if (collect === undefined) {
      collect = this.#compile(expression, view, node);
      if (byText.size >= keptExpressions) byText.clear();
      byText.set(expression, collect);
    }
    return collect(value, { resource });
  }

  /** Whether a criterion holds: true, or a value that is none of true and false. */
  holds(expression: string, focus: Focus, node: ASTNode): boolean {
    const [first] = this.evaluate(expression, focus, node);
    return first !== undefined && first !== false;
  }

  #compile(expression: string, { name, elements }: TypeView, node: ASTNode): Collect {
    try {
      const focus = { type: name, elements, bind: <V>(visit: V) => visit };
      return collector(compileFhirPathFrom(expression, focus, this.#definitions));
    } catch (error) {
      if (!(error instanceof FhirPathError)) throw error;
      const diagnostics =
        'The FHIRPath is not one that is evaluated here: paths, where(), exists(), extension(), ofType(), [n], = and !=';
      throw refusal(node, diagnostics, 'not-supported');
    }
  }
}

/**
 * The values of an element that its arguments choose: those that have all of the given properties, then those that
 * meet the FHIRPath, then the stretch of `_offset` and `_count` (graphql.html#list).
 * @throws QueryError on an argument of the wrong type
 */
export function chosen(
  given: Arguments,
  values: readonly Focus[],
  paths: FhirPaths,
  node: ASTNode,
): readonly Focus[] {
  const { fhirpath, _offset: offset, _count: count, ...properties } = given;
  let found = values;
  for (const [name, wanted] of Object.entries(properties)) {
    const text = scalarText(wanted);
    if (text === undefined) throw refusal(node, `The argument ${name} takes one simple value`);
    found = found.filter(({ value }) => hasProperty(value, name, text));
  }
  if (fhirpath !== undefined) {
    if (typeof fhirpath !== 'string') throw refusal(node, 'fhirpath must be a text');
    found = found.filter((focus) => paths.holds(fhirpath, focus, node));
  }
  const start = wholeNumber(offset, '_offset', node) ?? 0;
  return found.slice(start, start + (wholeNumber(count, '_count', node) ?? found.length));
}

/** @throws QueryError when it is given and is no whole number of 0 or more */
export function wholeNumber(value: unknown, name: string, node: ASTNode): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw refusal(node, `${name} must be a whole number of 0 or more`, 'value');
}

/** A simple value as a text: numbers with the digits that they were written with. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : decimalText(value);
}

function hasProperty(value: unknown, name: string, text: string): boolean {
  const property = (value as Readonly<Record<string, unknown>>)[name];
  const items: readonly unknown[] = Array.isArray(property) ? property : [property];
  return items.some((item) => scalarText(item) === text);
}
