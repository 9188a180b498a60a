import { foldedKey } from '../fold.ts';
import { malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes } from './escapes.ts';

/** search.html#string: by default the folded value starts with the folded text. */
export const parseStringValue: ValueParser = ({ code }, value, { name }, modifier) => {
  const text = resolveEscapes(value);
  if (modifier === 'exact') {
    return { kind: 'string', parameter: code, match: 'exact', value: text };
  }
  const folded = foldedKey(text);
  if (folded === '') {
    throw malformedValue(name, 'a text that is more than white space');
  }
  return {
    kind: 'string',
    parameter: code,
    match: modifier === 'contains' ? 'contains' : 'prefix',
    value: folded,
  };
};
