import type { Place } from '../place.ts';

function commune(cog: string, name: string, postalCode: string): Place {
  return { cog, name, postalCode, country: 'FRA' };
}

/** Places of birth and residence of the demo patients; codes of the COG of Insee. */
export const places = {
  ajaccio: commune('2A004', 'Ajaccio', '20000'),
  angers: commune('49007', 'Angers', '49000'),
  bastia: commune('2B033', 'Bastia', '20200'),
  brest: commune('29019', 'Brest', '29200'),
  lyon3: commune('69383', 'Lyon 3e Arrondissement', '69003'),
  mazoires: commune('63220', 'Mazoires', '63420'),
  nantes: commune('44109', 'Nantes', '44000'),
  noumea: commune('98818', 'Nouméa', '98800'),
  paris13: commune('75113', 'Paris 13e Arrondissement', '75013'),
  rennes: commune('35238', 'Rennes', '35000'),
  saintDenisReunion: commune('97411', 'Saint-Denis', '97400'),
  algeria: { cog: '99352', name: 'Algérie', country: 'DZA' },
  spain: { cog: '99134', name: 'Espagne', country: 'ESP' },
  vietnam: { cog: '99243', name: 'Viêt Nam', country: 'VNM' },
  /** Place unknown: a local convention of the RNIV that INSi never returns. */
  unknown: { cog: '99999', name: 'Lieu de naissance inconnu' },
} satisfies Record<string, Place>;
