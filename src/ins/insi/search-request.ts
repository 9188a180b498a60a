import {
  foldSeparators,
  type NormalisedName,
  normaliseBirthName,
  normaliseGivenNames,
} from '../normalisation.ts';
import { type IdentityTrait, insiDatePattern, type Sex, type StrictTraits } from '../traits.ts';
import { bodyElement } from './envelope.ts';
import { namespaces } from './namespaces.ts';
import type { InsiFailure } from './port.ts';
import { element } from './xml-writer.ts';

/** Traits in the form INSi takes, with the given names to try, one per call and in this order. */
export interface SearchPlan {
  birthName: string;
  givenNames: readonly string[];
  sex: Sex;
  birthDate: string;
  birthPlace?: string;
}

/** One person has few given names: a longer list is more likely an error than a search to run. */
const maximumGivenNames = 10;

/**
 * Puts traits in the alphabet of INSi and lays out the calls: the first given name, each of the others,
 * then all of them together.
 */
export function planSearch(traits: StrictTraits): { plan: SearchPlan } | { failure: InsiFailure } {
  const birthName = normaliseBirthName(traits.birthName);
  if (birthName.outcome === 'refused') return refused('birthName', birthName);
  const first = normaliseGivenNames(traits.firstGivenName);
  if (first.outcome === 'refused') return refused('firstGivenName', first);
  const list = normaliseGivenNames(traits.givenNames);
  if (list.outcome === 'refused') return refused('givenNames', list);
  if (!insiDatePattern.test(traits.birthDate)) return { failure: rejected('format', 'birthDate') };
  if (traits.birthPlace !== undefined && !/^[0-9A-Z]{5}$/.test(traits.birthPlace)) {
    return { failure: rejected('format', 'birthPlace') };
  }
  const { sex, birthDate, birthPlace } = traits;
  const givenNames = givenNamesToTry(first.text, list.text);
  const place = birthPlace === undefined ? {} : { birthPlace };
  return { plan: { birthName: birthName.text, givenNames, sex, birthDate, ...place } };
}

/** The body of one search by traits: exactly one given name, children in the order of the schema. */
export function searchBody(plan: SearchPlan, givenName: string, withBirthPlace: boolean): string {
  return element(bodyElement('RECSANSVITALE', namespaces.searchByTraits), [
    element('NomNaissance', plan.birthName),
    element('Prenom', givenName),
    element('Sexe', plan.sex),
    element('DateNaissance', plan.birthDate),
    element('LieuNaissance', withBirthPlace ? plan.birthPlace : undefined),
  ]);
}

function givenNamesToTry(first: string, list: string): string[] {
  const startsList = `${foldSeparators(list)} `.startsWith(`${foldSeparators(first)} `);
  const others = startsList ? list.slice(first.length) : list;
  const each = [first, ...others.split(' ').filter((name) => name !== '')];
  return [...new Set([...each.slice(0, maximumGivenNames), list])];
}

function refused(
  trait: IdentityTrait,
  name: NormalisedName & { outcome: 'refused' },
): { failure: InsiFailure } {
  return { failure: rejected(name.reason, trait) };
}

function rejected(reason: string, trait: IdentityTrait): InsiFailure {
  return { outcome: 'rejected-input', reason, trait };
}
