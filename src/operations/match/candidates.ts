import { dateRange } from '../../fhir/date.ts';
import { allOf, anyOf } from '../../search/combine.ts';
import type { Expression } from '../../search/expression.ts';
import type { ResourceStore, StoredVersion } from '../../store/contract.ts';
import type { MatchTraits } from './traits.ts';

/** Patients that one search may bring. */
const searchLimit = 200;

/** The traits to search by do not suffice. */
export const tooFewTraits = 'too few traits';

/**
 * The Patients that are worth comparing, each found by an index: by identifier; by birth date, also with day and month
 * swapped; by family name with given name; by family name with birth year. Someone whose birth date and family name
 * are both recorded otherwise is not found.
 */
export async function matchCandidates(
  store: ResourceStore,
  traits: MatchTraits,
): Promise<StoredVersion[] | typeof tooFewTraits> {
  const expressions = searches(traits);
  if (expressions.length === 0) return tooFewTraits;
  const found = new Map<string, StoredVersion>();
  for (const expression of expressions) {
    const page = await store.search({ type: 'Patient', expression, sort: [], count: searchLimit });
    for (const version of page.matches) found.set(version.id, version);
  }
  return [...found.values()];
}

function searches({ identifiers, familyNames, firstGivenNames, birthDate }: MatchTraits): Expression[] {
  const families = anyPrefix('family', familyNames.flatMap(beginnings));
  const givens = anyPrefix('given', firstGivenNames.flatMap(beginnings));
  const named = familyNames.length > 0;
  const hasGiven = firstGivenNames.length > 0;
  const found: Expression[] = [];
  if (identifiers.length > 0) {
    found.push(
      anyOf(
        identifiers.map(({ system, value }) => ({
          kind: 'token',
          parameter: 'identifier',
          system,
          code: value,
        })),
      ),
    );
  }
  if (birthDate !== undefined && (named || hasGiven)) {
    const days = /^\d{4}-\d\d-\d\d$/.test(birthDate);
    if (days) found.push(anyOf([birthDate, swapped(birthDate)].flatMap(bornWithin)));
    if (named) found.push(allOf([families, anyOf(bornWithin(birthDate.slice(0, 4)))]));
  }
  if (named && hasGiven) found.push(allOf([families, givens]));
  return found;
}

function bornWithin(text: string): Expression[] {
  const range = dateRange(text);
  if (range === undefined) return [];
  return [
    {
      kind: 'date',
      parameter: 'birthdate',
      tests: [
        { bound: 'low', operator: '>=', value: range.low },
        { bound: 'high', operator: '<=', value: range.high },
      ],
    },
  ];
}

function swapped(date: string): string {
  const [year, month, day] = date.split('-');
  return `${year}-${day}-${month}`;
}

function anyPrefix(parameter: string, values: readonly string[]): Expression {
  return anyOf(values.map((value) => ({ kind: 'string', parameter, match: 'prefix', value })));
}

/**
 * How a recorded name may begin: with the first word, which a compound name and its first half have in common; where
 * that is a particle (`d almeida`, `le goff`), with all words, whatever parts them.
 */
function beginnings(name: string): string[] {
  const [first = '', ...others] = name.split(' ');
  if (first.length > 2 || others.length === 0) return [first];
  return [' ', "'", '-', ''].map((separator) => [first, ...others].join(separator));
}
