import { rppsOfNationalIdentifier } from '../person-identifiers.ts';
import type { Activity, Practice, Professional, ProfessionalIdentifier } from './professional.ts';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Reads a professional from the claims of UserInfo. Whatever has another shape than Pro Santé Connect documents counts
 * as absent, as its empty texts do.
 */
export function readProfessional(claims: Claims): Professional {
  const nationalId = text(claims['SubjectNameID']) ?? text(claims['preferred_username']);
  const others = otherIdentifiers(claims);
  const register = objectOf(claims['SubjectRefPro']);
  const organization = present({
    identifier: text(claims['SubjectOrganizationID']),
    name: text(claims['SubjectOrganization']),
    sector: codeOf(claims['Secteur_Activite']),
  });
  return {
    ...present({
      nationalId,
      rpps: rppsOf(nationalId, others),
      familyName: text(claims['family_name']),
      givenName: text(claims['given_name']),
      civility: text(register['codeCivilite']) ?? text(claims['codeCivilite']),
    }),
    identifiers: distinct([
      ...others,
      ...(nationalId === undefined ? [] : [{ value: nationalId, origin: 'national' }]),
    ]),
    subjectRoles: list(claims['SubjectRole']).flatMap((role) => codeOf(role) ?? []),
    ...(Object.keys(organization).length === 0 ? {} : { organization }),
    practices: list(register['exercices']).flatMap((each) => readPractice(objectOf(each)) ?? []),
  };
}

/**
 * The RPPS among the other identifiers first: since Pro Santé Identité the national one may be a UUID. Its control key
 * is not looked at: Pro Santé Connect has authenticated who holds it.
 */
function rppsOf(
  nationalId: string | undefined,
  others: readonly ProfessionalIdentifier[],
): string | undefined {
  const [registered] = others.flatMap(({ value, origin }) => {
    if (origin !== 'RPPS') return [];
    return /^\d{11}$/.test(value) ? [value] : (rppsOfNationalIdentifier(value) ?? []);
  });
  return registered ?? rppsOfNationalIdentifier(nationalId ?? '');
}

/** One description of the ANS spells the claim with a capital D. */
function otherIdentifiers(claims: Claims): ProfessionalIdentifier[] {
  return list(claims['otherIds'] ?? claims['otherIDs']).flatMap((each) => {
    const { identifiant, origine } = objectOf(each);
    const value = text(identifiant);
    return value === undefined ? [] : [{ value, origin: text(origine) ?? 'RASS' }];
  });
}

function distinct(identifiers: readonly ProfessionalIdentifier[]): ProfessionalIdentifier[] {
  return identifiers.filter(
    ({ value }, index) => identifiers.findIndex((other) => other.value === value) === index,
  );
}

function readPractice(given: Claims): Practice | undefined {
  const profession = text(given['codeProfession']);
  if (profession === undefined) return undefined;
  return {
    profession,
    ...present({
      category: text(given['codeCategorieProfessionnelle']),
      title: text(given['codeCiviliteDexercice']),
      familyName: text(given['nomDexercice']),
      givenName: text(given['prenomDexercice']),
      skillType: text(given['codeTypeSavoirFaire']),
      skill: text(given['codeSavoirFaire']),
    }),
    activities: list(given['activities']).map((each) => readActivity(objectOf(each))),
  };
}

function readActivity(given: Claims): Activity {
  return present({
    mode: text(given['codeModeExercice']),
    sector: text(given['codeSecteurDactivite']),
    kind: text(given['codeGenreActivite']),
    function: text(given['codeRole']),
    pharmacistSection: text(given['codeSectionPharmacien']),
    finess: text(given['numeroFinessSite']),
    legalFiness: text(given['numeroFinessetablissementJuridique']),
    siret: text(given['numeroSiretSite']),
    siren: text(given['numeroSirenSite']),
    technicalId: text(given['identifiantTechniqueDeLaStructure']),
    nationalStructureId: text(given['ancienIdentifiantDeLaStructure']),
    organizationName: text(given['raisonSocialeSite']),
    tradeName: text(given['enseigneCommercialeSite']),
    postalCode: text(given['codePostal']),
  });
}

/** A code that its OID follows, such as `10^1.2.250.1.213.1.1.5.5`. */
function codeOf(value: unknown): string | undefined {
  return text(value)?.split('^', 1)[0] || undefined;
}

function text(value: unknown): string | undefined {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  return trimmed === '' ? undefined : trimmed;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : {};
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
