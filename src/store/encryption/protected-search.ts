import { fhirError } from '../../fhir/error.ts';
import { anyOf } from '../../search/combine.ts';
import { ofTypeParameter } from '../../search/derived-parameters.ts';
import type { Expression, TokenExpression } from '../../search/expression.ts';
import type { KeyedNames } from './keyed-names.ts';

/** What `protectedSearch` goes by. */
export interface SearchProtection {
  systems: ReadonlySet<string>;
  names: KeyedNames;
  /** Resources may still be indexed in clear too. */
  isMixed: boolean;
}

/** True for the index of identifiers by type. */
export function isOfType(parameter: string): boolean {
  return parameter.endsWith(ofTypeParameter(''));
}

/**
 * A condition as it is met by index values of `protectedIndex`, also in chains and `_has`.
 * @throws FhirError 400 for words of texts, which are not indexed
 */
export function protectedSearch(expression: Expression, protection: SearchProtection): Expression {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return {
        ...expression,
        operands: expression.operands.map((operand) => protectedSearch(operand, protection)),
      };
    case 'not':
      return { ...expression, operand: protectedSearch(expression.operand, protection) };
    case 'chain':
    case 'has':
      return { ...expression, expression: protectedSearch(expression.expression, protection) };
    case 'token':
      return tokenSearch(expression, protection);
    case 'text':
      throw fhirError(400, 'not-supported', 'Bodies are encrypted here: they cannot be searched by words');
    default:
      return expression;
  }
}

function tokenSearch(token: TokenExpression, { systems, names, isMixed }: SearchProtection): Expression {
  const { parameter, system, code } = token;
  if (code === undefined || system === null) return token;
  if (isOfType(parameter)) return anyOf([token, { ...token, code: names.ofType(system, code) }]);
  if (system !== undefined) {
    if (!systems.has(system)) return token;
    const hashed = { ...token, code: names.identifier(system, code) };
    return isMixed ? anyOf([hashed, token]) : hashed;
  }
  // To look for each code in each system would slow down all searches by codes.
  if (!/identifier/i.test(parameter)) return token;
  return anyOf([
    token,
    ...[...systems].map((one): Expression => ({ ...token, system: one, code: names.identifier(one, code) })),
  ]);
}
