import { compositeParameter } from '../derived-parameters.ts';
import type { SearchParameter } from '../search-parameter.ts';
import { type CriterionContext, malformedValue } from './context.ts';
import { splitUnescaped } from './escapes.ts';
import { parseTokenValue } from './token.ts';

/**
 * Splits `token$value` of a composite parameter (search.html#composite): the parameter under which the second
 * component is indexed, and its value.
 * @throws FhirError 400 `value` when there are not two components or the token has no code
 */
export function splitComposite(
  code: string,
  second: SearchParameter,
  value: string,
  context: CriterionContext,
): { parameter: SearchParameter; value: string } {
  const [key = '', rest = '', ...more] = splitUnescaped(value, '$');
  const expected = `code$value or system|code$value, the value being a ${second.type}`;
  if (key === '' || rest === '' || more.length > 0) throw malformedValue(context.name, expected);
  const token = parseTokenValue(second, key, context, undefined);
  if (token.kind !== 'token' || token.code === undefined) throw malformedValue(context.name, expected);
  const name = compositeParameter(code, token.code, token.system);
  return { parameter: { ...second, code: name }, value: rest };
}
