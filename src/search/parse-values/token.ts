import type { TokenExpression } from '../expression.ts';
import { malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes, splitUnescaped } from './escapes.ts';

const EXPECTED = 'code, system|code, |code or system|';

/** search.html#token, matched literally. */
export const parseTokenValue: ValueParser = ({ code }, value, { name }) => {
  const parts = splitUnescaped(value, '|').map(resolveEscapes);
  const [first = '', second] = parts;
  if (parts.length > 2 || (first === '' && !second)) {
    throw malformedValue(name, EXPECTED);
  }
  const token: TokenExpression = { kind: 'token', parameter: code };
  if (second === undefined) {
    return { ...token, code: first };
  }
  const system = first === '' ? null : first;
  return second === '' ? { ...token, system } : { ...token, system, code: second };
};
