import type { WeightedPlace } from './communes.ts';

/** Where the names of a person born abroad come from; `france` for the lists of French names. */
export type NameOrigin = 'france' | 'maghreb' | 'africa' | 'southern-europe' | 'eastern-europe' | 'asia';

/** A country of birth, by its code in the COG of Insee (99 and three digits). */
export interface BirthCountry extends WeightedPlace {
  names: NameOrigin;
}

/** COG, name, ISO 3166-1 alpha-3, residents of France born there in tens of thousands (rough), names. */
const rows: readonly (readonly [string, string, string, number, NameOrigin])[] = [
  ['99109', 'Allemagne', 'DEU', 20, 'france'],
  ['99114', 'Roumanie', 'ROU', 14, 'eastern-europe'],
  ['99122', 'Pologne', 'POL', 10, 'eastern-europe'],
  ['99127', 'Italie', 'ITA', 29, 'southern-europe'],
  ['99131', 'Belgique', 'BEL', 14, 'france'],
  ['99134', 'Espagne', 'ESP', 25, 'southern-europe'],
  ['99139', 'Portugal', 'PRT', 60, 'southern-europe'],
  ['99140', 'Suisse', 'CHE', 8, 'france'],
  ['99208', 'Turquie', 'TUR', 25, 'maghreb'],
  ['99216', 'Chine', 'CHN', 12, 'asia'],
  ['99234', 'Cambodge', 'KHM', 6, 'asia'],
  ['99243', 'Viêt Nam', 'VNM', 8, 'asia'],
  ['99312', 'République démocratique du Congo', 'COD', 10, 'africa'],
  ['99322', 'Cameroun', 'CMR', 10, 'africa'],
  ['99326', "Côte d'Ivoire", 'CIV', 14, 'africa'],
  ['99333', 'Madagascar', 'MDG', 13, 'africa'],
  ['99335', 'Mali', 'MLI', 10, 'africa'],
  ['99341', 'Sénégal', 'SEN', 13, 'africa'],
  ['99350', 'Maroc', 'MAR', 105, 'maghreb'],
  ['99351', 'Tunisie', 'TUN', 42, 'maghreb'],
  ['99352', 'Algérie', 'DZA', 135, 'maghreb'],
  ['99410', 'Haïti', 'HTI', 9, 'africa'],
];

/** The countries of birth of most residents of France born abroad. */
export const countries: readonly BirthCountry[] = rows.map(([cog, name, country, weight, names]) => ({
  cog,
  name,
  country,
  weight,
  names,
}));
