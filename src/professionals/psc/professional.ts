/** A professional as Pro Santé Connect describes them, its empty texts left out and its labels not resolved. */
export interface Professional {
  /** The national identifier (IdNat_PS): the digit 8 and the RPPS as a rule, but also `3<FINESS>/<number>` or a UUID. */
  nationalId?: string;
  /** 11 digits, from `otherIds` or from the national identifier; absent for those who are in no register. */
  rpps?: string;
  /** Every identifier that the claims hold, the national one included, each once. */
  identifiers: readonly ProfessionalIdentifier[];
  familyName?: string;
  givenName?: string;
  /** TRE_R81-Civilite, such as MME. */
  civility?: string;
  /** The codes of `SubjectRole` without their OIDs. */
  subjectRoles: readonly string[];
  /** The structure of the activity by default. */
  organization?: { identifier?: string; name?: string; sector?: string };
  /** Exercices professionnels: one for each profession and category. */
  practices: readonly Practice[];
}

export interface ProfessionalIdentifier {
  value: string;
  /** Where it comes from: RPPS, ADELI, FINESS, SIRET, PSI, EDIT…; `national` for that of `SubjectNameID`. */
  origin: string;
}

/** An exercice professionnel. */
export interface Practice {
  /** TRE_G15-ProfessionSante, or the lists R94, R95 and R291 of other professions. */
  profession: string;
  /** TRE_R09: C civil, E student, M agent of the State, F civil servant. */
  category?: string;
  /** Civilité d'exercice, TRE_R11, such as DR. */
  title?: string;
  familyName?: string;
  givenName?: string;
  /** Type of know-how, such as S for a specialty, and its code, such as SM54. */
  skillType?: string;
  skill?: string;
  activities: readonly Activity[];
}

/** An activity of a practice: where and how it is exercised. */
export interface Activity {
  /** TRE_R23: L self-employed, S employed, B volunteer. */
  mode?: string;
  /** TRE_R02-SecteurActivite. */
  sector?: string;
  /** TRE_R22-GenreActivite. */
  kind?: string;
  /** TRE_R21-Fonction. */
  function?: string;
  /** Section of the register of pharmacists, TRE_G05. */
  pharmacistSection?: string;
  /** FINESS of the geographic entity, of the legal entity; SIRET and SIREN. */
  finess?: string;
  legalFiness?: string;
  siret?: string;
  siren?: string;
  /** Identifiant technique de la structure, such as R900001. */
  technicalId?: string;
  /** Struct_IdNat: a digit for the kind, then the identifier. */
  nationalStructureId?: string;
  organizationName?: string;
  tradeName?: string;
  postalCode?: string;
}
