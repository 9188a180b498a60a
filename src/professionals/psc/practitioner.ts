import type { HumanName, Identifier, Practitioner, PractitionerQualification } from 'fhir/r4.d.ts';
import { identifierSystems as systems } from '../identifier-systems.ts';
import { conceptOf, nomenclatures } from '../nomenclatures.ts';
import { isSameIdentifier } from './identifiers.ts';
import type { Practice, Professional } from './professional.ts';

/**
 * A Practitioner of these claims.
 * @param source of the claims, by which a later login knows that the Practitioner is made of them
 */
export function practitionerOf(
  professional: Professional,
  identifier: readonly Identifier[],
  source: string,
): Practitioner {
  return {
    resourceType: 'Practitioner',
    meta: { source },
    identifier: [...identifier],
    active: true,
    ...described(professional),
  };
}

/**
 * A Practitioner that is here already, with what a login tells. One that another source made, such as the directory,
 * gains identifiers alone.
 */
export function updatedPractitioner(
  current: Practitioner,
  professional: Professional,
  identifier: readonly Identifier[],
  source: string,
): Practitioner {
  const known = current.identifier ?? [];
  const hasNational = known.some(({ system, use }) => system === systems.nationalIdentifier && use !== 'old');
  const added = identifier.filter(
    (each) =>
      !known.some((other) => isSameIdentifier(each, other)) &&
      // FR Core has room for one.
      !(hasNational && each.system === systems.nationalIdentifier),
  );
  const identified = added.length === 0 ? current : { ...current, identifier: [...known, ...added] };
  return current.meta?.source === source ? { ...identified, ...described(professional) } : identified;
}

function described(professional: Professional): Pick<Practitioner, 'name' | 'qualification'> {
  const name = nameOf(professional);
  const qualification = professional.practices.flatMap(qualificationsOf);
  return {
    ...(name === undefined ? {} : { name: [name] }),
    ...(qualification.length === 0 ? {} : { qualification }),
  };
}

/** The name of practice before that of the register of births. */
function nameOf({ practices, familyName, givenName, civility }: Professional): HumanName | undefined {
  const [practice] = practices;
  const family = practice?.familyName ?? familyName;
  const given = practice?.givenName ?? givenName;
  if (family === undefined && given === undefined) return undefined;
  return {
    use: 'usual',
    ...(family === undefined ? {} : { family }),
    ...(given === undefined ? {} : { given: [given] }),
    ...(civility === undefined ? {} : { prefix: [civility] }),
    ...(practice?.title === undefined ? {} : { suffix: [practice.title] }),
  };
}

/** Profession and category, then the know-how, as the Annuaire Santé slices them. */
function qualificationsOf({ profession, category, skillType, skill }: Practice): PractitionerQualification[] {
  const practice = conceptOf([nomenclatures.profession, profession], [nomenclatures.category, category]);
  if (skill === undefined) return [{ code: practice }];
  const knowHow = conceptOf([nomenclatures.specialty, skill], [nomenclatures.skillType, skillType]);
  return [{ code: practice }, { code: knowHow }];
}
