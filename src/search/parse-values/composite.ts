import { anyOf } from '../combine.ts';
import { compositeParameter } from '../derived-parameters.ts';
import type { Expression, RangeTest } from '../expression.ts';
import type { SearchParameter } from '../search-parameter.ts';
import { type CriterionContext, malformedValue, type ValueParser } from './context.ts';
import { splitUnescaped } from './escapes.ts';
import { numberAlternatives } from './number.ts';
import { parseTokenValue } from './token.ts';

/**
 * The condition of one value `token$value` or `token$start$end` of a composite parameter (search.html#composite).
 * @param code the name under which the composite is indexed
 * @param parse reads the second component
 * @throws FhirError 400 `value` when the components are not all there or the token has no code
 */
export function parseCompositeValue(
  code: string,
  { value: second, end }: NonNullable<SearchParameter['components']>,
  value: string,
  context: CriterionContext,
  parse: ValueParser,
): Expression {
  const parts = splitUnescaped(value, '$');
  const [key = '', first = '', last] = parts;
  const isWhole = key !== '' && first !== '' && parts.length === (end === undefined ? 2 : 3);
  const token = isWhole ? parseTokenValue(second, key, context, undefined) : undefined;
  if (token?.kind !== 'token' || token.code === undefined) throw malformed(second, end, context);
  const parameter = { ...second, code: compositeParameter(code, token.code, token.system) };
  if (last === undefined) return parse(parameter, first, context, undefined);
  const [starts, ends] = [numberAlternatives(first), numberAlternatives(last)];
  if (starts === undefined || ends === undefined) throw malformed(second, end, context);
  return anyOf(
    starts.flatMap((start) =>
      ends.map(
        (until): Expression => ({
          kind: 'number',
          parameter: parameter.code,
          tests: [...onBound('low', start), ...onBound('high', until)],
        }),
      ),
    ),
  );
}

/** The tests of a single number on the bound of the range where it stands. */
function onBound(bound: RangeTest['bound'], tests: readonly RangeTest[]): RangeTest[] {
  return tests.map((test) => ({ ...test, bound }));
}

function malformed(second: SearchParameter, end: SearchParameter | undefined, { name }: CriterionContext) {
  const values = end === undefined ? 'value' : 'start$end';
  const article = end === undefined ? 'the value being a' : 'start and end being a';
  return malformedValue(name, `code$${values} or system|code$${values}, ${article} ${second.type}`);
}
