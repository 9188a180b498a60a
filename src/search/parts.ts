import { allOf, anyOf } from './combine.ts';
import { canonicalParameter, textParameter } from './derived-parameters.ts';
import type { Expression, ValueFamily } from './expression.ts';
import type { IndexValues, QuantityValue, TokenValue } from './index-values.ts';
import type { SearchParameter } from './search-parameter.ts';

/** A family of which one value may stand for several parameters. */
type SharedFamily = Extract<ValueFamily, 'string' | 'token' | 'quantity'>;

const sharedFamilies: readonly unknown[] = ['string', 'token', 'quantity'];

function isShared(family: SearchParameter['family']): family is SharedFamily {
  return sharedFamilies.includes(family);
}

/**
 * The codes of the other parameters of a type whose values a parameter has among its own: `family` and `given` are
 * parts of `name`, `phone` of `telecom`. Such a value is indexed once, under the part: each index row costs a page
 * of the log on a write. An alias (`phonetic` of `name`) has the whole of the other as its part.
 */
export function partsOf(type: string, parameter: SearchParameter, all: readonly SearchParameter[]): string[] {
  const { family, code } = parameter;
  const whole = branchesOf(type, parameter);
  if (!isShared(family) || whole === undefined) return [];
  return all.flatMap((other) => {
    const branches = other.family === family && other.code !== code ? branchesOf(type, other) : undefined;
    if (branches === undefined) return [];
    const isAlias = branches.join() === whole.join();
    const isPart = isAlias ? other.code < code : branches.every((branch) => isWithin(branch, whole, family));
    return isPart ? [other.code] : [];
  });
}

/**
 * The composites that a composite is the union of, such as `code-value-quantity` and `component-code-value-quantity`
 * of `combo-code-value-quantity`: it needs no index of its own.
 */
export function compositeParts(parameter: SearchParameter, all: readonly SearchParameter[]): string[] {
  const branches = elementsOf(parameter);
  if (branches.length < 2) return [];
  const parts = branches.map((branch) =>
    all.find((other) => elementsOf(other).join() === branch && hasComponentsOf(parameter, other)),
  );
  return parts.every((part) => part !== undefined) ? parts.map(({ code }) => code) : [];
}

function elementsOf({ components, expression = '' }: SearchParameter): string[] {
  return components === undefined ? [] : expression.split('|').map((branch) => branch.trim());
}

function hasComponentsOf(
  { components: one }: SearchParameter,
  { components: other }: SearchParameter,
): boolean {
  return (
    one?.key.expression === other?.key.expression &&
    one?.value.expression === other?.value.expression &&
    one?.value.type === other?.value.type
  );
}

/** The branches of an expression for one type; `undefined` when one of them is more than a path with a filter. */
export function branchesOf(type: string, { expression, components }: SearchParameter): string[] | undefined {
  if (expression === undefined || components !== undefined) return undefined;
  const branches = expression
    .split('|')
    .map((branch) => branch.trim())
    .filter((branch) => branch.includes(`${type}.`));
  const isPath = /^(\w+(\.\w+)+(\.where\(\w+ ?= ?'[\w-]+'\))?|\(\w+(\.\w+)+\.ofType\(\w+\)\))$/;
  return branches.length > 0 && branches.every((branch) => isPath.test(branch)) ? branches : undefined;
}

/** The same path; or a string element of a name or an address; or the values of a token path that pass a filter. */
function isWithin(branch: string, whole: readonly string[], family: SharedFamily): boolean {
  const rest = { string: /^\.\w+$/, token: /^\.where\(.*\)$/, quantity: /^$/ }[family];
  return whole.some(
    (path) => branch === path || (branch.startsWith(path) && rest.test(branch.slice(path.length))),
  );
}

/** A name under which values are indexed, with the names under which some of them stand already. */
export interface Shared {
  family: SharedFamily;
  code: string;
  parts: ReadonlySet<string>;
}

/** The names of a type that have parts: its parameters, and what is derived from them. */
export function sharedParameters(parameters: readonly SearchParameter[]): Shared[] {
  return parameters.flatMap(sharedNames);
}

function sharedNames({ family, code, parts }: SearchParameter): Shared[] {
  if (parts.length === 0 || !isShared(family)) return [];
  const own = { family, code, parts: new Set(parts) };
  switch (family) {
    case 'string':
      return [own];
    case 'token':
      return [own, { family: 'string', code: textParameter(code), parts: new Set(parts.map(textParameter)) }];
    case 'quantity':
      return [own, { family, code: canonicalParameter(code), parts: new Set(parts.map(canonicalParameter)) }];
  }
}

/** Removes from the index values of a resource those that also stand under a part of their parameter. */
export function removeShared(values: IndexValues, shared: readonly Shared[]): void {
  for (const { family, code, parts } of shared) {
    switch (family) {
      case 'string':
        values.string = uncovered(values.string, code, parts, ({ exact }) => exact);
        break;
      case 'token':
        values.token = uncovered(values.token, code, parts, tokenName);
        break;
      case 'quantity':
        values.quantity = uncovered(values.quantity, code, parts, quantityName);
    }
  }
}

function tokenName({ system, code }: TokenValue): string {
  return `${system}|${code}`;
}

function quantityName({ low, high, system, code, unit }: QuantityValue): string {
  return [low, high, system, code, unit].join('|');
}

function uncovered<V extends { parameter: string }>(
  values: V[],
  code: string,
  parts: ReadonlySet<string>,
  identity: (value: V) => string,
): V[] {
  const covered = new Set<string>();
  for (const value of values) if (parts.has(value.parameter)) covered.add(identity(value));
  if (covered.size === 0) return values;
  return values.filter((value) => value.parameter !== code || !covered.has(identity(value)));
}

/** A condition on a parameter, to be met by a value of it or of one of its parts. */
export function withParts(
  parameter: SearchParameter,
  conditionOn: (parameter: SearchParameter) => Expression,
): Expression {
  return anyOf([parameter.code, ...parameter.parts].map((code) => conditionOn({ ...parameter, code })));
}

/** Missing is a parameter of which neither a value of its own nor one of a part is there. */
export function missingWithParts(
  { code, parts }: SearchParameter,
  family: ValueFamily,
  missing: boolean,
): Expression {
  const nodes = [code, ...parts].map(
    (parameter): Expression => ({ kind: 'missing', parameter, family, missing }),
  );
  return missing ? allOf(nodes) : anyOf(nodes);
}
