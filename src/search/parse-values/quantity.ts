import { UCUM } from '../../fhir/ucum-library.ts';
import { anyOf } from '../combine.ts';
import { canonicalParameter } from '../derived-parameters.ts';
import type { QuantityExpression } from '../expression.ts';
import { canonicalUnit } from '../ucum.ts';
import { malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes, splitUnescaped } from './escapes.ts';
import { numberAlternatives } from './number.ts';

const EXPECTED = '[prefix]number, [prefix]number|system|code or [prefix]number||unit';

/**
 * search.html#quantity: the number compares as a number parameter does, in the unit that is given. A UCUM unit
 * finds the same quantity in any other unit of its dimension.
 */
export const parseQuantityValue: ValueParser = ({ code }, value, { name }) => {
  const parts = splitUnescaped(value, '|').map(resolveEscapes);
  const [number = '', system = '', unit = ''] = parts;
  const alternatives = numberAlternatives(number);
  if (alternatives === undefined || (parts.length !== 1 && parts.length !== 3)) {
    throw malformedValue(name, EXPECTED);
  }
  const canonical = system === UCUM ? canonicalUnit(unit) : undefined;
  if (canonical !== undefined) {
    return anyOf(
      alternatives.map(
        (tests): QuantityExpression => ({
          kind: 'quantity',
          parameter: canonicalParameter(code),
          tests: tests.map((test) => ({ ...test, value: canonical.convert(test.value) })),
          unit: canonical.unit,
        }),
      ),
    );
  }
  return anyOf(
    alternatives.map(
      (tests): QuantityExpression => ({
        kind: 'quantity',
        parameter: code,
        tests,
        ...(system === '' ? {} : { system }),
        ...(unit === '' ? {} : { unit }),
      }),
    ),
  );
};
