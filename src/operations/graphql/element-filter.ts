import type { ASTNode } from 'graphql';
import type { R4Definitions } from '../../fhir/definitions/model.ts';
import { compileExpression } from '../../fhir/fhirpath/compile-expression.ts';
import { FhirPathError } from '../../fhir/fhirpath/error.ts';
import {
  type Environment,
  type Expression,
  type Focus as ExpressionFocus,
  Work,
} from '../../fhir/fhirpath/expression.ts';
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

/** Steps that the expressions of one query may take: they keep others waiting. */
const mostSteps = 1_000_000;

/** FHIRPath as the parts of one query evaluate it. */
export interface QueryPaths {
  /** @throws QueryError on what is no FHIRPath here, and on too much work for one query */
  evaluate(expression: string, focus: Focus, node: ASTNode): readonly unknown[];
  /** Whether a criterion holds: true, or a value that is none of true and false; as `evaluate` otherwise. */
  holds(expression: string, focus: Focus, node: ASTNode): boolean;
}

/** FHIRPath over values of a type, each expression compiled once. */
export class FhirPaths {
  readonly #definitions: R4Definitions;
  readonly #compiled = new WeakMap<TypeView, Map<string, Expression>>();

  constructor(definitions: R4Definitions) {
    this.#definitions = definitions;
  }

  forQuery(): QueryPaths {
    const work = new Work(mostSteps);
    const run = <Result>(
      text: string,
      { value, view, resource }: Focus,
      node: ASTNode,
      use: (expression: Expression, on: ExpressionFocus, environment: Environment) => Result,
    ): Result => {
      try {
        const environment = { resource, rootResource: resource, work };
        return use(this.#expression(text, view), { value }, environment);
      } catch (error) {
        if (!(error instanceof FhirPathError)) throw error;
        if (work.steps < 0) throw refusal(node, 'The FHIRPath takes too much work', 'too-costly');
        throw refusal(node, 'The FHIRPath cannot be evaluated here', 'not-supported');
      }
    };
    return {
      evaluate: (text, focus, node) =>
        run(text, focus, node, (expression, on, environment) => expression.evaluate(on, environment)),
      holds: (text, focus, node) =>
        run(text, focus, node, (expression, on, environment) => expression.test(on, environment)),
    };
  }

  #expression(text: string, view: TypeView): Expression {
    const byText = this.#compiled.get(view) ?? new Map<string, Expression>();
    this.#compiled.set(view, byText);
    const known = byText.get(text);
    if (known !== undefined) return known;
    const compiled = compileExpression(text, view.path, this.#definitions);
    if (byText.size >= keptExpressions) byText.clear();
    byText.set(text, compiled);
    return compiled;
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
  paths: QueryPaths,
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
