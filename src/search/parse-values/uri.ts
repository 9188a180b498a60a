import type { ValueParser } from './context.ts';
import { resolveEscapes } from './escapes.ts';

/** search.html#uri: the whole uri as written, case and all. */
export const parseUriValue: ValueParser = ({ code }, value) => ({
  kind: 'uri',
  parameter: code,
  value: resolveEscapes(value),
});
