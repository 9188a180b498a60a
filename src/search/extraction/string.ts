import type { Address, Annotation, HumanName } from 'fhir/r4.d.ts';
import { foldedKey } from '../fold.ts';
import type { IndexValues } from '../index-values.ts';
import type { Writer, Writers } from './writer.ts';

const primitive: Writer =
  ({ code }) =>
  (value, { values }) => {
    add(values, code, value);
  };

const humanName: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { family, given, prefix, suffix, text } = value as HumanName;
    add(values, code, family);
    addEach(values, code, given);
    addEach(values, code, prefix);
    addEach(values, code, suffix);
    add(values, code, text);
  };

const address: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { line, city, district, state, postalCode, country, text } = value as Address;
    addEach(values, code, line);
    add(values, code, city);
    add(values, code, district);
    add(values, code, state);
    add(values, code, postalCode);
    add(values, code, country);
    add(values, code, text);
  };

const annotation: Writer =
  ({ code }) =>
  (value, { values }) => {
    add(values, code, (value as Annotation).text);
  };

/** String values (search.html#string): each part of a name or an address is a value of its own. */
export const stringWriters: Writers = {
  code: primitive,
  id: primitive,
  markdown: primitive,
  string: primitive,
  uri: primitive,
  HumanName: humanName,
  Address: address,
  Annotation: annotation,
};

function addEach(
  values: IndexValues,
  parameter: string,
  texts: readonly (string | null)[] | undefined,
): void {
  if (texts !== undefined) {
    for (const text of texts) {
      add(values, parameter, text);
    }
  }
}

/** An item of a primitive array is null where it has extensions only. */
function add(values: IndexValues, parameter: string, text: unknown): void {
  if (typeof text === 'string') {
    values.string.push({ parameter, folded: foldedKey(text), exact: text });
  }
}
