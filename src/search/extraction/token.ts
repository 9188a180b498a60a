import type { CodeableConcept, Coding, ContactPoint, Identifier } from 'fhir/r4.d.ts';
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
    add(values, code, systemOf(String(value)), String(value));
  };

const coding: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { system, code: codeOfSystem } = value as Coding;
    add(values, code, system, codeOfSystem);
  };

const codeableConcept: Writer =
  ({ code }) =>
  (value, { values }) => {
    for (const { system, code: codeOfSystem } of (value as CodeableConcept).coding ?? []) {
      add(values, code, system, codeOfSystem);
    }
  };

const identifier: Writer =
  ({ code }) =>
  (value, { values }) => {
    const { system, value: text } = value as Identifier;
    add(values, code, system, text);
  };

const contactPoint: Writer =
  ({ code }) =>
  (value, { values }) => {
    add(values, code, undefined, (value as ContactPoint).value);
  };

/** Token values (search.html#token). A `code` element has the system that its required binding implies. */
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
