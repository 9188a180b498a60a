import type { CodeableConcept, Coding } from 'fhir/r4.d.ts';

/** URL of a nomenclature (NOS) of the Agence du Numérique en Santé, such as `TRE_R22-GenreActivite`. */
function nomenclature(name: string): string {
  return `https://mos.esante.gouv.fr/NOS/${name}/FHIR/${name.replace('_', '-')}`;
}

/** The nomenclatures that Pro Santé Connect takes its codes from. */
export const nomenclatures = {
  profession: nomenclature('TRE_G15-ProfessionSante'),
  category: nomenclature('TRE_R09-CategorieProfessionnelle'),
  specialty: nomenclature('TRE_R38-SpecialiteOrdinale'),
  skillType: nomenclature('TRE_R04-TypeSavoirFaire'),
  activityKind: nomenclature('TRE_R22-GenreActivite'),
  mode: nomenclature('TRE_R23-ModeExercice'),
  function: nomenclature('TRE_R21-Fonction'),
  pharmacistSection: nomenclature('TRE_G05-SousSectionTableauCNOP'),
  sector: nomenclature('TRE_R02-SecteurActivite'),
} as const;

/** One notion in codes of several nomenclatures; those without a code are left out. */
export function conceptOf(
  ...codings: readonly [system: string, code: string | undefined][]
): CodeableConcept {
  return {
    coding: codings.flatMap(([system, code]): Coding[] => (code === undefined ? [] : [{ system, code }])),
  };
}
