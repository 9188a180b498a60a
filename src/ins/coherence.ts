/**
 * What a matricule seems to say about a person, set beside what the record says. Every remark is
 * information, never an error: a change of civil sex gives a new NIR, incomplete records have
 * pseudo-months, and the department is the one of the time of birth.
 */
import type { Matricule } from './matricule.ts';
import type { Sex } from './traits.ts';

export interface CoherenceRemark {
  trait: 'sex' | 'birthYear' | 'birthMonth' | 'birthPlace';
  /**
   * - `differs`: both say something, and not the same;
   * - `not-comparable`: the matricule encodes no month (incomplete civil record);
   * - `historical-coding`: the codes differ as those of former departments do.
   */
  code: 'differs' | 'not-comparable' | 'historical-coding';
}

/** The facts of the record; what is absent gives no remark. */
export interface CoherenceFacts {
  sex?: Sex;
  /** `YYYY-MM-DD`, or the parts known. */
  birthDate?: string;
  /** Five characters of the COG. */
  birthPlace?: string;
}

/** The remarks on a matricule; none when all that can be compared agrees. */
export function matriculeCoherence({ number }: Matricule, facts: CoherenceFacts): CoherenceRemark[] {
  const remarks: CoherenceRemark[] = [];
  if (facts.sex !== undefined && (facts.sex === 'M') !== number.startsWith('1')) {
    remarks.push({ trait: 'sex', code: 'differs' });
  }
  const [year, month] = facts.birthDate?.split('-') ?? [];
  if (year !== undefined && year.slice(-2) !== number.slice(1, 3)) {
    remarks.push({ trait: 'birthYear', code: 'differs' });
  }
  if (month !== undefined) {
    if (Number(number.slice(3, 5)) >= 20) remarks.push({ trait: 'birthMonth', code: 'not-comparable' });
    else if (month !== number.slice(3, 5)) remarks.push({ trait: 'birthMonth', code: 'differs' });
  }
  const place =
    facts.birthPlace === undefined ? undefined : placeRemark(number.slice(5, 10), facts.birthPlace, year);
  if (place !== undefined) remarks.push({ trait: 'birthPlace', code: place });
  return remarks;
}

/** COG of Algeria, Morocco and Tunisia: births before independence may be coded 91 to 96. */
const formerDepartments: Readonly<Record<string, readonly string[]>> = {
  '99352': ['91', '92', '93', '94'],
  '99350': ['95'],
  '99351': ['96'],
};

/** Departments of the Paris region since 1968, and those that held their communes before. */
const splitIn1968: Readonly<Record<string, readonly string[]>> = {
  '75': ['92', '93', '94'],
  '78': ['91', '92', '93', '94', '95'],
};

function placeRemark(
  coded: string,
  place: string,
  year: string | undefined,
): CoherenceRemark['code'] | undefined {
  if (coded === place) return undefined;
  const department = coded.slice(0, 2);
  const bornBefore = (limit: number) => year === undefined || Number(year) < limit;
  if (formerDepartments[place]?.includes(department) && bornBefore(1963)) return 'historical-coding';
  if (splitIn1968[department]?.includes(place.slice(0, 2)) && bornBefore(1968)) return 'historical-coding';
  if (department === '20' && /^2[AB]/.test(place) && bornBefore(1976)) return 'historical-coding';
  return 'differs';
}
