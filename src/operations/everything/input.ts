import { type DateRange, dateRange, EARLIEST, LATEST } from '../../fhir/date.ts';
import { fhirError } from '../../fhir/error.ts';
import type { OperationParameter } from '../../interactions/operation.ts';
import { GivenParameters, textOf } from '../../interactions/operation-parameters.ts';
import type { QueryParameter } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';

/** What a caller of `$everything` asks for. */
export interface EverythingInput {
  /** Resources last written before this instant (milliseconds since 1970 UTC) are left out. */
  since?: number;
  /** The resource types that are sent; absent: all. */
  types?: ReadonlySet<string>;
  /** The dates of care, where they are limited. */
  care?: DateRange;
  /** Matches of a page. */
  count: number;
  /** The same as query parameters, for the page links. */
  query: QueryParameter[];
}

/** Without `_count`, and at most: most records are one page. */
const largestCount = 1000;

/** @throws FhirError 400 on an unknown, repeated or malformed parameter */
export function readInput(
  spine: Spine,
  parameters: readonly OperationParameter[],
  limitedByDates: boolean,
): EverythingInput {
  const dates = limitedByDates ? ({ start: 1, end: 1 } as const) : {};
  const given = new GivenParameters('everything', parameters, { ...dates, _since: 1, _type: '*', _count: 1 });
  const count = given.positiveInteger('_count');
  const types = readTypes(spine, given);
  const since = readDate(given, '_since', 'instant');
  const start = readDate(given, 'start', 'date');
  const end = readDate(given, 'end', 'date');
  if (start !== undefined && end !== undefined && start.low >= end.high) {
    throw fhirError(400, 'value', 'end must not be before start', given.one('end')!.expression);
  }
  const limited = start !== undefined || end !== undefined;
  return {
    ...(since === undefined ? {} : { since: since.low }),
    ...(types.length === 0 ? {} : { types: new Set(types) }),
    ...(limited ? { care: { low: start?.low ?? EARLIEST, high: end?.high ?? LATEST } } : {}),
    count: Math.min(count ?? largestCount, largestCount),
    query: parameters.map(({ name, value }) => [name, String(value)]),
  };
}

function readTypes(spine: Spine, given: GivenParameters): string[] {
  return given.all('_type').flatMap((parameter) => {
    const types = textOf(parameter, ['code']).split(',');
    const unknown = types.some((type) => !spine.resourceTypes.has(type));
    if (unknown) throw fhirError(400, 'value', '_type takes names of resource types', parameter.expression);
    return types;
  });
}

function readDate(given: GivenParameters, name: string, type: 'date' | 'instant'): DateRange | undefined {
  const text = given.text(name, type, 'dateTime');
  const range = text === undefined ? undefined : dateRange(text);
  if (text !== undefined && range === undefined) {
    throw fhirError(400, 'value', `${name} must be a date, such as 2024-05-31`, given.one(name)!.expression);
  }
  return range;
}
