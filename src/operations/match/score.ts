import { insTypeOf } from '../../fhir/ins-oids.ts';
import type { MatchTraits } from './traits.ts';
import { isOneLetterApart } from './typing-error.ts';

/** How one trait of two persons compares; `unknown` where one side does not say it. */
type Agreement = 'exact' | 'close' | 'different' | 'unknown';

interface Evidence {
  agreement: Agreement;
  /** Binary logarithm of how much likelier this is for one person than for two. */
  weight: number;
}

export interface MatchScore {
  /** Probability that both are the same person, 0 to 1. */
  probability: number;
  /** What may be called certain, if no other record may: see `matchScore`. */
  conclusive: boolean;
}

const unknown: Evidence = { agreement: 'unknown', weight: 0 };

/** Two Patients drawn at random are the same person once in about 2^17, a middle-sized base of patients. */
const prior = -17;

/**
 * Compares two persons in the manner of Fellegi and Sunter: each trait adds the binary logarithm of the ratio between
 * its likelihood for one person and for two, and the sum over a prior becomes a probability. A trait that one side
 * lacks adds nothing.
 *
 * | trait | exact | close | different |
 * |---|---|---|---|
 * | family name (best of birth and used names) | 9 | 6: one letter, or the words of one within the other | -5 |
 * | first given name (best of all uses) | 6 | 4: one letter or part of a compound; 3: another given name | -7 |
 * | birth date | 14 | 10: day and month swapped; 8: one digit; 7, 4: completed or partial dates | -7 |
 * | sex | 1 | | -4 |
 * | identifier of one system | 25 | | -15 for an INS, else 0 |
 * | birth place | 5 | | -3 |
 * | telephone or e-mail | 8 | | 0 |
 * | postal code | 3 | | -0.5 |
 *
 * It is conclusive when no trait differs and either an identifier is shared, or family name, first given name, birth
 * date and sex are all exact.
 */
export function matchScore(a: MatchTraits, b: MatchTraits): MatchScore {
  const evidence = {
    identifier: compareIdentifiers(a, b),
    family: best(a.familyNames, b.familyNames, compareFamilyNames),
    given: compareGivenNames(a, b),
    birthDate: compareBirthDates(a.birthDate, b.birthDate),
    sex: equality(a.sex, b.sex, 1, -4),
    birthPlace: equality(a.birthPlace, b.birthPlace, 5, -3),
    telecom: shared(a.telecoms, b.telecoms, 8, 0),
    postalCode: shared(a.postalCodes, b.postalCodes, 3, -0.5),
  };
  const weight = Object.values(evidence).reduce((sum, each) => sum + each.weight, prior);
  const { identifier, family, given, birthDate, sex } = evidence;
  const strict = [family, given, birthDate, sex];
  const contradicted = [identifier, ...strict, evidence.birthPlace].some(
    ({ agreement }) => agreement === 'different',
  );
  const established =
    identifier.agreement === 'exact' || strict.every(({ agreement }) => agreement === 'exact');
  return { probability: 1 / (1 + 2 ** -weight), conclusive: established && !contradicted };
}

function compareIdentifiers(a: MatchTraits, b: MatchTraits): Evidence {
  const values = new Set(b.identifiers.map(({ system, value }) => JSON.stringify([system, value])));
  if (a.identifiers.some(({ system, value }) => values.has(JSON.stringify([system, value])))) {
    return { agreement: 'exact', weight: 25 };
  }
  // Two matricules are two persons.
  const hasIns = ({ identifiers }: MatchTraits) =>
    identifiers.some(({ system }) => insTypeOf(system) !== undefined);
  return hasIns(a) && hasIns(b) ? { agreement: 'different', weight: -15 } : unknown;
}

function compareFamilyNames(a: string, b: string): Evidence {
  if (joined(a) === joined(b)) return { agreement: 'exact', weight: 9 };
  if (isOneLetterApart(joined(a), joined(b)) || isPart(a, b)) return { agreement: 'close', weight: 6 };
  return { agreement: 'different', weight: -5 };
}

function compareGivenNames(a: MatchTraits, b: MatchTraits): Evidence {
  const first = best(a.firstGivenNames, b.firstGivenNames, (one, other) => {
    if (joined(one) === joined(other)) return { agreement: 'exact', weight: 6 };
    if (isOneLetterApart(joined(one), joined(other)) || isPart(one, other)) {
      return { agreement: 'close', weight: 4 };
    }
    return { agreement: 'different', weight: -7 };
  });
  if (first.agreement !== 'different') return first;
  const anyShared = a.givenNames.some((name) => b.givenNames.includes(name));
  return anyShared ? { agreement: 'close', weight: 3 } : first;
}

function compareBirthDates(a: string | undefined, b: string | undefined): Evidence {
  if (a === undefined || b === undefined) return unknown;
  const [yearA, monthA, dayA] = a.split('-');
  const [yearB, monthB, dayB] = b.split('-');
  if (monthA === undefined || monthB === undefined) return partialDates(yearA === yearB, 4);
  if (dayA === undefined || dayB === undefined) return partialDates(yearA === yearB && monthA === monthB, 7);
  if (a === b) return { agreement: 'exact', weight: 14 };
  if (yearA === yearB) {
    if (monthA === dayB && dayA === monthB) return { agreement: 'close', weight: 10 };
    // RNIV EXI ID 11: an unknown day is the first of the month, an unknown day and month 31 December.
    if (monthA === monthB && (dayA === '01' || dayB === '01')) return { agreement: 'close', weight: 7 };
    if (a.endsWith('-12-31') || b.endsWith('-12-31')) return { agreement: 'close', weight: 4 };
  }
  const digits = [...a].filter((digit, index) => digit !== b[index]).length;
  return digits === 1 ? { agreement: 'close', weight: 8 } : { agreement: 'different', weight: -7 };
}

function partialDates(agree: boolean, weight: number): Evidence {
  return agree ? { agreement: 'close', weight } : { agreement: 'different', weight: -7 };
}

function equality(a: string | undefined, b: string | undefined, same: number, other: number): Evidence {
  if (a === undefined || b === undefined) return unknown;
  return a === b ? { agreement: 'exact', weight: same } : { agreement: 'different', weight: other };
}

function shared(a: readonly string[], b: readonly string[], some: number, none: number): Evidence {
  if (a.length === 0 || b.length === 0) return unknown;
  const agree = a.some((value) => b.includes(value));
  return agree ? { agreement: 'exact', weight: some } : { agreement: 'different', weight: none };
}

/** The comparison of the pair that agrees most. */
function best(
  a: readonly string[],
  b: readonly string[],
  compare: (a: string, b: string) => Evidence,
): Evidence {
  const pairs = a.flatMap((one) => b.map((other) => compare(one, other)));
  return pairs.sort((one, other) => other.weight - one.weight)[0] ?? unknown;
}

function joined(name: string): string {
  return name.replaceAll(' ', '');
}

/** True when every word of one name is a word of the other: `dupont` and `dupont martin`. */
function isPart(a: string, b: string): boolean {
  const [short, long] = [a.split(' '), b.split(' ')].sort((one, other) => one.length - other.length);
  return short!.length < long!.length && short!.every((word) => long!.includes(word));
}
