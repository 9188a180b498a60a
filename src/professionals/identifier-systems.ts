/** Identifier systems of FR Core 2.2.0 for professionals and structures. */
export const identifierSystems = {
  rpps: 'https://rpps.esante.gouv.fr',
  /** Retired; what is left of it is history. */
  adeli: 'https://adeli.esante.gouv.fr',
  /** IdNat_PS. */
  nationalIdentifier: 'urn:oid:1.2.250.1.71.4.2.1',
  /** Struct_IdNat. */
  nationalStructure: 'urn:oid:1.2.250.1.71.4.2.2',
  finess: 'https://finess.esante.gouv.fr',
  /** SIREN and SIRET. */
  sirene: 'https://sirene.fr',
  /** Of those whom Pro Santé Connect names otherwise, as by a UUID of Pro Santé Identité: the ANS has published none. */
  proSanteIdentite: 'https://passerelle.fr/fhir/sid/pro-sante-identite',
  /** Identifiant technique de la structure, as Pro Santé Connect sends it. */
  technicalStructure: 'https://passerelle.fr/fhir/sid/structure-technique',
  /** An activity of a professional: structure, profession and mode. */
  activity: 'https://passerelle.fr/fhir/sid/activite-professionnelle',
  rppsRank: 'https://rppsrang.esante.gouv.fr',
  /** The code system of `Identifier.type`. */
  types: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203',
} as const;
