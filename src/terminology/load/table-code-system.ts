import type {
  CodeSystem,
  CodeSystemConcept,
  CodeSystemConceptProperty,
  CodeSystemProperty,
} from 'fhir/r4.d.ts';
import { CsvError, csvRecords } from './csv.ts';

const standard = 'http://hl7.org/fhir/concept-properties#';

/** Columns that are a property of the standard, and how its values are written. */
const standardColumns: Readonly<Record<string, { type: 'code' | 'boolean'; code: string }>> = {
  parent: { type: 'code', code: 'parent' },
  status: { type: 'code', code: 'status' },
  inactive: { type: 'boolean', code: 'inactive' },
  abstract: { type: 'boolean', code: 'notSelectable' },
};

const trueValues = new Set(['true', '1', 'yes', 'oui']);

type Column =
  | { kind: 'code' | 'display' | 'definition' }
  | { kind: 'designation'; language: string }
  | { kind: 'property'; property: CodeSystemProperty };

/**
 * The code system of a table with a header line: the column `code`, and as there are `display`, `definition`, `parent`
 * (several codes separated by a vertical bar), `status`, `inactive`, `abstract`, and `display:fr` for another language.
 * Every other column is a property of that name.
 * @throws CsvError when there is no column code, or a record is without a code, has one that was there before, or a
 *   parent that is not there
 */
export function tableCodeSystem(text: string, header: Omit<CodeSystem, 'concept' | 'property'>): CodeSystem {
  const [first, ...records] = csvRecords(text);
  const columns = (first?.fields ?? []).map(columnOf);
  if (!columns.some(({ kind }) => kind === 'code')) throw new CsvError('line 1: there is no column code');
  const lines = new Map<string, number>();
  const concepts = records.map(({ fields, line }) => {
    const concept = conceptOf(columns, fields);
    const known = lines.get(concept.code);
    if (concept.code === '') throw new CsvError(`line ${line}: there is no code`);
    if (known !== undefined)
      throw new CsvError(`line ${line}: the code ${concept.code} is on line ${known} too`);
    lines.set(concept.code, line);
    return concept;
  });
  for (const { code, property = [] } of concepts) {
    const missing = property.find((one) => one.code === 'parent' && !lines.has(one.valueCode ?? ''));
    if (missing === undefined) continue;
    throw new CsvError(`line ${lines.get(code)}: there is no code ${missing.valueCode}, its parent`);
  }
  const properties = columns.flatMap((column) => (column.kind === 'property' ? column.property : []));
  return {
    ...header,
    ...(properties.some(({ code }) => code === 'parent') ? { hierarchyMeaning: 'is-a' as const } : {}),
    ...(properties.length === 0 ? {} : { property: properties }),
    concept: concepts,
  };
}

function columnOf(name: string): Column {
  const plain = name.trim();
  const lower = plain.toLowerCase();
  if (lower === 'code' || lower === 'display' || lower === 'definition') return { kind: lower };
  const language = /^display:([A-Za-z]{2,8}(?:-[0-9A-Za-z]{1,8})*)$/i.exec(plain)?.[1];
  if (language !== undefined) return { kind: 'designation', language };
  const known = Object.hasOwn(standardColumns, lower) ? standardColumns[lower] : undefined;
  if (known !== undefined) {
    return { kind: 'property', property: { code: known.code, uri: standard + known.code, type: known.type } };
  }
  if (!/^\S+(?: \S+)*$/.test(plain)) throw new CsvError('line 1: a column has no name');
  return { kind: 'property', property: { code: plain, type: 'string' } };
}

function conceptOf(columns: readonly Column[], fields: readonly string[]): CodeSystemConcept {
  const concept: CodeSystemConcept = { code: '' };
  const designation: NonNullable<CodeSystemConcept['designation']> = [];
  const property: CodeSystemConceptProperty[] = [];
  for (const [position, column] of columns.entries()) {
    const value = (fields[position] ?? '').trim();
    if (value === '') continue;
    if (column.kind === 'designation') designation.push({ language: column.language, value });
    else if (column.kind === 'property') property.push(...propertiesOf(column.property, value));
    else concept[column.kind] = value;
  }
  return {
    ...concept,
    ...(designation.length === 0 ? {} : { designation }),
    ...(property.length === 0 ? {} : { property }),
  };
}

function propertiesOf({ code, type }: CodeSystemProperty, value: string): CodeSystemConceptProperty[] {
  switch (type) {
    case 'boolean':
      return [{ code, valueBoolean: trueValues.has(value.toLowerCase()) }];
    case 'code':
      return (code === 'parent' ? value.split('|') : [value]).map((one) => ({ code, valueCode: one.trim() }));
    default:
      return [{ code, valueString: value }];
  }
}
