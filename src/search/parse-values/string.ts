import { anyOf } from '../combine.ts';
import { foldedKey } from '../fold.ts';
import { malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes } from './escapes.ts';

/**
 * search.html#string: by default the folded value starts with the folded text. A text of punctuation alone is the
 * start of no value.
 */
export const parseStringValue: ValueParser = ({ code }, value, { name }, modifier) => {
  const text = resolveEscapes(value);
  if (modifier === 'exact') {
    return { kind: 'string', parameter: code, match: 'exact', value: text };
  }
  if (text.trim() === '') {
    throw malformedValue(name, 'a text that is more than white space');
  }
  const folded = foldedKey(text);
  if (folded === '') return anyOf([]);
  return {
    kind: 'string',
    parameter: code,
    match: modifier === 'contains' ? 'contains' : 'prefix',
    value: folded,
  };
};
