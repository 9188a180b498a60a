import { anyOf } from './combine.ts';
import { canonicalParameter, compositeParameter } from './derived-parameters.ts';
import type { Expression, QuantityExpression, TokenExpression } from './expression.ts';
import { branchesOf } from './parts.ts';
import type { Pair, SearchParameter } from './search-parameter.ts';

/** With more alternatives than this the criteria stay as they are. */
const mostAlternatives = 16;

/** The pair of a composite of `type`, when it has one among these parameters. */
export function pairOf(
  type: string,
  { components, expression }: SearchParameter,
  parameters: readonly SearchParameter[],
): Pair | undefined {
  if (components === undefined || components.end !== undefined || expression !== type) return undefined;
  const { key, value } = components;
  const token = parameters.find(
    (one) => one.family === 'token' && pathsOf(type, one).join() === (key.expression ?? ''),
  );
  const quantity = parameters.find(
    (one) => one.family === 'quantity' && pathsOf(type, one).includes(value.expression ?? ''),
  );
  if (token === undefined || quantity === undefined) return undefined;
  const rest = pathsOf(type, quantity).filter((path) => path !== value.expression);
  return { key: token.code, value: quantity.code, rest };
}

/** The paths of a parameter from the resource on; none when its values are indexed under other parameters too. */
function pathsOf(type: string, parameter: SearchParameter): string[] {
  const branches = parameter.parts.length > 0 ? [] : (branchesOf(type, parameter) ?? []);
  return branches.map((branch) => branch.replace(/^\((.*)\)$/, '$1').slice(type.length + 1));
}

/** The name under which the quantities are indexed that a composite leaves out. */
function restCode(composite: string): string {
  return `${composite}:rest`;
}

/** Composites, beside those that can be searched by, that make the pairs of these whole. */
export function restComposites(parameters: readonly SearchParameter[]): SearchParameter[] {
  return parameters.flatMap((composite) => {
    const { components, code, pair } = composite;
    if (components === undefined || pair === undefined || pair.rest.length === 0) return [];
    const value = { ...components.value, expression: pair.rest.join(' | ') };
    return [{ ...composite, code: restCode(code), components: { ...components, value } }];
  });
}

/**
 * The criteria of a search with those on the quantity of a pair, beside one on its token, answered by the index of
 * both.
 * @param parameters those of the type that is searched
 */
export function withPairs(
  criteria: readonly Expression[],
  parameters: readonly SearchParameter[],
): Expression[] {
  if (criteria.length < 2) return [...criteria];
  let joined = [...criteria];
  for (const { code: composite, pair } of parameters) {
    if (pair === undefined) continue;
    const { key, value, rest } = pair;
    const tokens = joined.map((one) => tokensOf(one, key)).find((found) => found !== undefined);
    if (tokens === undefined) continue;
    const codes = rest.length === 0 ? [composite] : [composite, restCode(composite)];
    joined = joined.map((one) => {
      const quantities = quantitiesOf(one, value);
      const count = tokens.length * (quantities?.length ?? 0);
      if (quantities === undefined || count > mostAlternatives) return one;
      return anyOf(
        codes.flatMap((code) =>
          tokens.flatMap((token) =>
            quantities.map((quantity) => ({
              ...quantity,
              parameter:
                compositeParameter(code, token.code, token.system) + quantity.parameter.slice(value.length),
            })),
          ),
        ),
      );
    });
  }
  return joined;
}

/** The alternatives of a criterion that asks for codes of the parameter and for nothing else. */
function tokensOf(
  criterion: Expression,
  parameter: string,
): (TokenExpression & { code: string })[] | undefined {
  const tokens = alternatives(criterion).filter(
    (one): one is TokenExpression & { code: string } =>
      one.kind === 'token' && one.parameter === parameter && one.code !== undefined,
  );
  return tokens.length > 0 && tokens.length === alternatives(criterion).length ? tokens : undefined;
}

/** The alternatives of a criterion that asks for quantities of the parameter, as written or in UCUM base units. */
function quantitiesOf(criterion: Expression, parameter: string): QuantityExpression[] | undefined {
  const names = [parameter, canonicalParameter(parameter)];
  const quantities = alternatives(criterion).filter(
    (one): one is QuantityExpression => one.kind === 'quantity' && names.includes(one.parameter),
  );
  return quantities.length > 0 && quantities.length === alternatives(criterion).length
    ? quantities
    : undefined;
}

function alternatives(criterion: Expression): Expression[] {
  return criterion.kind === 'or' ? criterion.operands.flatMap(alternatives) : [criterion];
}
