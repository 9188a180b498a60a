import type { CodeableConcept, Coding, ContactPoint, Identifier } from 'fhir/r4.d.ts';
import { mediaTypeParameter, ofTypeCode, ofTypeParameter, textParameter } from '../derived-parameters.ts';
import { foldedKey } from '../fold.ts';
import type { IndexValues, TokenValue } from '../index-values.ts';
import type { Writer, Writers } from './writer.ts';

const primitive: Writer =
  ({ code }) =>
  (value, { values }) => {
    values.token.push({ parameter: code, code: String(value) });
  };

const boundCode: Writer =
  ({ code }, { systemOf }) =>
  (value, { values }) => {
    const text = String(value);
    add(values, code, systemOf(text), text);
    const type = mediaTypeWithParameters.exec(text)?.[1];
    if (type !== undefined) add(values, mediaTypeParameter(code), undefined, type.toLowerCase());
  };

const mediaTypeWithParameters = /^([\w.+-]+\/[\w.+-]+) ?;/;

const coding: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { system, code: codeOfSystem, display } = value as Coding;
    add(values, code, system, codeOfSystem);
    addText(values, code, display);
  };

const codeableConcept: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { coding: codings = [], text } = value as CodeableConcept;
    for (const { system, code: codeOfSystem, display } of codings) {
      add(values, code, system, codeOfSystem);
      if (display !== text) addText(values, code, display);
    }
    addText(values, code, text);
  };

const identifier: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { system, value: text, type } = value as Identifier;
    add(values, code, system, text);
    addText(values, code, type?.text);
    for (const { system: typeSystem, code: typeCode } of type?.coding ?? []) {
      if (typeCode !== undefined && text !== undefined) {
        add(values, ofTypeParameter(code), typeSystem, ofTypeCode(typeCode, text));
      }
    }
  };

/**
 * A contact has no namespace: the kind of contact (`phone`, `email`) stands in its place. The case of an address of
 * mail does not count (search.html#token on strings).
 */
const contactPoint: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { system, value: text } = value as ContactPoint;
    if (text === undefined) return;
    add(values, code, system, text);
    const lower = text.includes('@') ? text.toLowerCase() : text;
    if (lower !== text) add(values, code, system, lower);
  };

/** Token values (search.html#token), the texts beside them, and identifiers by type. A `code` element has the system that its required binding implies. */
export const tokenWriters: Writers = {
  boolean: primitive,
  canonical: primitive,
  code: boundCode,
  id: primitive,
  integer: primitive,
  oid: primitive,
  positiveInt: primitive,
  string: primitive,
  unsignedInt: primitive,
  uri: primitive,
  url: primitive,
  uuid: primitive,
  Coding: coding,
  CodeableConcept: codeableConcept,
  Identifier: identifier,
  ContactPoint: contactPoint,
};

function add(
  values: IndexValues,
  parameter: string,
  system: string | undefined,
  code: string | undefined,
): void {
  if (system === undefined && code === undefined) {
    return;
  }
  const token: TokenValue = { parameter };
  if (system !== undefined) {
    token.system = system;
  }
  if (code !== undefined) {
    token.code = code;
  }
  values.token.push(token);
}

function addText(values: IndexValues, parameter: string, text: string | undefined): void {
  if (text !== undefined) {
    values.string.push({ parameter: textParameter(parameter), folded: foldedKey(text), exact: text });
  }
}
