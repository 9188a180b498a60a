import type { Writer, Writers } from './writer.ts';

const primitive: Writer =
  ({ code }) =>
  (value, { values }) => {
    values.uri.push({ parameter: code, value: String(value) });
  };

/** With a version it is found without it too. */
const canonical: Writer =
  ({ code }) =>
  (value, { values }) => {
    const text = String(value);
    const url = text.split('|', 1)[0] ?? text;
    values.uri.push({ parameter: code, value: url });
    if (url !== text) {
      values.uri.push({ parameter: code, value: text });
    }
  };

/** Uri values (search.html#uri), as written. */
export const uriWriters: Writers = {
  canonical,
  oid: primitive,
  uri: primitive,
  url: primitive,
  uuid: primitive,
};
