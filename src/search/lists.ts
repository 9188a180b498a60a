import { fhirError } from '../fhir/error.ts';
import { isId, parseReference } from '../fhir/reference.ts';
import { allOf, anyOf } from './combine.ts';
import type { Expression } from './expression.ts';
import { type CriterionContext, malformedValue } from './parse-values/context.ts';

const USES = 'http://terminology.hl7.org/CodeSystem/list-example-use-codes';
const LOINC = 'http://loinc.org';

/** What makes a List the current one of a patient: its code, and what its items are beside. */
interface CurrentList {
  codes: readonly { system: string; code: string }[];
  items?: Expression;
}

const ALLERGIES: CurrentList = {
  codes: [
    { system: USES, code: 'allergies' },
    { system: LOINC, code: '48765-2' },
  ],
};

/** The current lists of a patient that R4 names (lifecycle.html#current). */
const CURRENT_LISTS: ReadonlyMap<string, CurrentList> = new Map([
  ['$current-allergies', ALLERGIES],
  [
    '$current-drug-allergies',
    { ...ALLERGIES, items: { kind: 'token', parameter: 'category', code: 'medication' } as const },
  ],
  [
    '$current-problems',
    {
      codes: [
        { system: USES, code: 'problems' },
        { system: LOINC, code: '11450-4' },
      ],
    },
  ],
  [
    '$current-medications',
    {
      codes: [
        { system: USES, code: 'medications' },
        { system: LOINC, code: '10160-0' },
      ],
    },
  ],
]);

/**
 * The items of lists (search.html#list): of the List of each id, or of the current List of a kind (`$current-…`) of
 * the patients that the search is about.
 * @throws FhirError 400: `value` for what is no id and no such name, `required` for a current list without a patient
 */
export function parseList(value: string, context: CriterionContext): Expression {
  const names = value.split(',').filter((name) => name !== '');
  const ids = names.filter((name) => !name.startsWith('$'));
  const current = names.filter((name) => name.startsWith('$')).map((name) => CURRENT_LISTS.get(name));
  if (!ids.every(isId) || current.includes(undefined)) {
    throw malformedValue(context.name, `the id of a List, or ${[...CURRENT_LISTS.keys()].join(', ')}`);
  }
  return anyOf([
    ...(ids.length === 0 ? [] : [itemsOf({ kind: 'ids', ids })]),
    ...current.flatMap((list) => (list === undefined ? [] : [itemsOfCurrent(list, context)])),
  ]);
}

function itemsOf(list: Expression): Expression {
  return { kind: 'has', parameter: 'item', sourceType: 'List', expression: list };
}

function itemsOfCurrent({ codes, items }: CurrentList, { patients, name }: CriterionContext): Expression {
  if (patients.length === 0) {
    const diagnostics = `${name}: a current list is one of a patient: give the parameter patient or subject`;
    throw fhirError(400, 'required', diagnostics, name);
  }
  const list = itemsOf(
    allOf([
      { kind: 'token', parameter: 'status', code: 'current' },
      anyOf(codes.map((code) => ({ kind: 'token', parameter: 'code', ...code }))),
      anyOf(patients.map((id) => ({ kind: 'reference', parameter: 'subject', type: 'Patient', id }))),
    ]),
  );
  return items === undefined ? list : allOf([list, items]);
}

/** The ids of the patients that a search names by `patient` or `subject`. */
export function patientsOf(
  query: readonly (readonly [name: string, value: string])[],
  baseUrls: readonly string[],
): string[] {
  return query
    .filter(([name]) => /^(?:patient|subject)(?::Patient)?$/.test(name))
    .flatMap(([, value]) => value.split(','))
    .flatMap((value) => {
      if (isId(value)) return [value];
      const target = parseReference(value, baseUrls);
      return target?.kind === 'local' && target.type === 'Patient' ? [target.id] : [];
    });
}
