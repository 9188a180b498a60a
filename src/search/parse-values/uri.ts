import { anyOf } from '../combine.ts';
import type { Expression } from '../expression.ts';
import { malformedValue, type ValueParser } from './context.ts';
import { resolveEscapes } from './escapes.ts';

/** Segments of the path of a URL that is searched by what is above it. */
const MOST_SEGMENTS = 100;

/**
 * search.html#uri: the whole uri as written, case and all. `:below` finds it and those that continue it by path
 * segments, or those of the versions that begin with the one of a canonical, `:above` it and those that it continues.
 */
export const parseUriValue: ValueParser = ({ code }, value, { name }, modifier) => {
  const uri = resolveEscapes(value);
  if (modifier === undefined) return exactly(code, uri);
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(uri)) {
    throw malformedValue(name, 'a URL with a path, because other URIs have no hierarchy');
  }
  const stem = withoutSlashes(uri);
  const start = stem.indexOf('://') + 3;
  if (modifier === 'below') {
    const separator = stem.includes('|') ? '.' : '/';
    const longer: Expression = { kind: 'uri', parameter: code, value: stem + separator, match: 'prefix' };
    return anyOf([exactly(code, stem), longer]);
  }
  const ends: number[] = [];
  for (let end = stem.indexOf('/', start + 1); end >= 0; end = stem.indexOf('/', end + 1)) {
    ends.push(end);
    if (ends.length > MOST_SEGMENTS) throw malformedValue(name, `a URL of at most ${MOST_SEGMENTS} segments`);
  }
  const urls = [...ends, stem.length].flatMap((end) => [stem.slice(0, end), `${stem.slice(0, end)}/`]);
  return anyOf(urls.map((url) => exactly(code, url)));
};

/** Without those at its end. */
function withoutSlashes(uri: string): string {
  let end = uri.length;
  while (uri[end - 1] === '/') end -= 1;
  return uri.slice(0, end);
}

function exactly(parameter: string, value: string): Expression {
  return { kind: 'uri', parameter, value };
}
