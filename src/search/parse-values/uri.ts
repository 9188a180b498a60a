import { anyOf } from '../combine.ts';
import type { Expression } from '../expression.ts';
import { malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes } from './escapes.ts';

/**
 * search.html#uri: the whole uri as written, case and all. `:below` finds it and those that continue it by path
 * segments, `:above` it and those that it continues.
 */
export const parseUriValue: ValueParser = ({ code }, value, { name }, modifier) => {
  const uri = resolveEscapes(value);
  if (modifier === undefined) return exactly(code, uri);
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(uri)) {
    throw malformedValue(name, 'a URL with a path, because other URIs have no hierarchy');
  }
  const stem = uri.replace(/\/+$/, '');
  const start = stem.indexOf('://') + 3;
  if (modifier === 'below') {
    return anyOf([exactly(code, stem), { kind: 'uri', parameter: code, value: `${stem}/`, match: 'prefix' }]);
  }
  const ends = [...stem.matchAll(/\//g)].map(({ index }) => index).filter((end) => end > start);
  const urls = [...ends, stem.length].flatMap((end) => [stem.slice(0, end), `${stem.slice(0, end)}/`]);
  return anyOf(urls.map((url) => exactly(code, url)));
};

function exactly(parameter: string, value: string): Expression {
  return { kind: 'uri', parameter, value };
}
