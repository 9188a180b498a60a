import { matriculeKey } from '../../src/ins/matricule.ts';
import type { Place } from '../place.ts';
import { communes } from './communes.ts';
import { countries, type NameOrigin } from './countries.ts';
import { integerBetween, type Random, WeightedChoice } from './random.ts';

/** The day on which the population is counted; every age is that of this day. */
export const censusDay = '2026-01-01';

const dayMilliseconds = 86_400_000;

/** Age bands of five years: share of the population and share of women, in percent (rough shape of Insee's). */
const agePyramid: readonly { from: number; share: number; women: number }[] = [
  { from: 0, share: 5.0, women: 49 },
  { from: 5, share: 5.6, women: 49 },
  { from: 10, share: 6.2, women: 49 },
  { from: 15, share: 6.3, women: 49 },
  { from: 20, share: 6.0, women: 49 },
  { from: 25, share: 5.7, women: 50 },
  { from: 30, share: 5.9, women: 51 },
  { from: 35, share: 6.1, women: 51 },
  { from: 40, share: 6.4, women: 51 },
  { from: 45, share: 6.0, women: 51 },
  { from: 50, share: 6.5, women: 51 },
  { from: 55, share: 6.4, women: 51 },
  { from: 60, share: 6.1, women: 52 },
  { from: 65, share: 5.7, women: 53 },
  { from: 70, share: 5.3, women: 54 },
  { from: 75, share: 4.6, women: 56 },
  { from: 80, share: 2.9, women: 59 },
  { from: 85, share: 2.0, women: 64 },
  { from: 90, share: 1.0, women: 71 },
  { from: 95, share: 0.3, women: 78 },
];

/** Share of residents born abroad. */
const bornAbroad = 0.13;

interface BirthPlace extends Place {
  weight: number;
  names: NameOrigin;
}

const birthPlaces: readonly BirthPlace[] = [
  ...communes.map((commune) => ({ ...commune, names: 'france' as const })),
  ...countries,
];

const ageChoice = new WeightedChoice(agePyramid, ({ share }) => share);
const communeChoice = new WeightedChoice(communes, ({ weight }) => weight);
const countryChoice = new WeightedChoice(countries, ({ weight }) => weight);

/** What the first ten characters of a matricule say, and the day. */
export interface Birth {
  gender: 'female' | 'male';
  /** YYYY-MM-DD. */
  date: string;
  place: BirthPlace;
  /** Index of the place, for the register. */
  placeIndex: number;
}

/** Draws the birth of one person. */
export function drawBirth(random: Random): Birth {
  const band = ageChoice.pick(random);
  const gender = random() * 100 < band.women ? 'female' : 'male';
  const placeIndex =
    random() < bornAbroad
      ? communes.length + countryChoice.pickIndex(random)
      : communeChoice.pickIndex(random);
  const youngest = yearsBefore(band.from);
  const oldest = yearsBefore(band.from + 5);
  const days = Math.round((youngest - oldest) / dayMilliseconds);
  const born = oldest + integerBetween(random, 0, days - 1) * dayMilliseconds;
  const date = new Date(born).toISOString().slice(0, 10);
  return {
    gender,
    date,
    place: birthPlaces[placeIndex] as BirthPlace,
    placeIndex,
  };
}

/** The census day, so many years earlier, in milliseconds. */
function yearsBefore(years: number): number {
  return Date.UTC(Number(censusDay.slice(0, 4)) - years, 0, 1);
}

/** Highest order number that the register gives; those above belong to the demo patients. */
const lastOrder = 900;

/**
 * Gives order numbers within the same sex, year, month and place, as the civil registers do: so no matricule comes
 * twice. Its memory is fixed, whatever the number of births.
 */
export class BirthRegister {
  readonly #births = new Uint16Array(2 * 100 * 12 * birthPlaces.length);

  /**
   * Records a birth and returns its order number, from 1.
   * @throws RangeError after 900 births of the same sex, year, month and place
   */
  record({ gender, date, placeIndex }: Birth): number {
    const months = Number(date.slice(2, 4)) * 12 + Number(date.slice(5, 7)) - 1;
    const sexes = gender === 'male' ? 0 : 1;
    const cell = (placeIndex * 1200 + months) * 2 + sexes;
    const order = (this.#births[cell] ?? 0) + 1;
    if (order > lastOrder) throw new RangeError('The population is too large for unique matricules');
    this.#births[cell] = order;
    return order;
  }
}

/** The matricule of a birth with its key, 15 characters; Corsica counts as department 20 before 1976. */
export function matriculeOf(birth: Birth, order: number): string {
  const { gender, date, place } = birth;
  const before1976 = Number(date.slice(0, 4)) < 1976;
  const cog = before1976 ? place.cog.replace(/^2[AB]/, '20') : place.cog;
  const sex = gender === 'male' ? '1' : '2';
  const number = `${sex}${date.slice(2, 4)}${date.slice(5, 7)}${cog}${String(order).padStart(3, '0')}`;
  return number + matriculeKey(number);
}

/** A commune to live in: that of the birth more often than not, else any. */
export function drawResidence(random: Random, birthPlace: BirthPlace): Place {
  const stays = birthPlace.postalCode !== undefined && random() < 0.6;
  return stays ? birthPlace : communeChoice.pick(random);
}
