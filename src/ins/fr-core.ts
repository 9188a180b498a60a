/** Canonical URLs of FR Core 2.2.0 and of Passerelle that the identity of a patient uses. */

const frCore = 'https://hl7.fr/ig/fhir/core/';

export const extensionUrls = {
  birthListGivenName: `${frCore}StructureDefinition/fr-core-patient-birth-list-given-name`,
  identityReliability: `${frCore}StructureDefinition/fr-core-identity-reliability`,
  inseeCode: `${frCore}StructureDefinition/fr-core-address-insee-code`,
  lunarDate: `${frCore}StructureDefinition/fr-core-lunar-date`,
  birthPlace: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
  /** The status in the four values of the RNIV, which FR Core 2.2.0 cannot say. */
  identityStatus: 'https://passerelle.fr/fhir/StructureDefinition/identity-status',
  /** The day from which a new check of the INS is due. */
  insCheckDue: 'https://passerelle.fr/fhir/StructureDefinition/ins-check-due',
  /** The Binary with the sealed answer of INSi behind a VerificationResult. */
  insiAnswer: 'https://passerelle.fr/fhir/StructureDefinition/insi-answer',
} as const;

/** FR Core's profiles of Patient; the second is for a qualified identity. */
export const profiles = {
  patient: `${frCore}StructureDefinition/fr-core-patient`,
  patientIns: `${frCore}StructureDefinition/fr-core-patient-ins`,
} as const;

export const codeSystems = {
  operation: 'https://passerelle.fr/fhir/CodeSystem/operation',
  insiOperation: 'https://passerelle.fr/fhir/CodeSystem/insi-operation',
  verifyInsOutcome: 'https://passerelle.fr/fhir/CodeSystem/verify-ins-outcome',
  identityReliability: `${frCore}CodeSystem/fr-core-cs-v2-0445`,
  /** Of the unpublished draft that tells the four statuses apart. */
  identityStatus: `${frCore}CodeSystem/fr-core-cs-identity-status`,
  methodCollection: `${frCore}CodeSystem/fr-core-cs-method-collection`,
  validationMode: `${frCore}CodeSystem/fr-core-cs-mode-validation-identity`,
  commune: 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM',
  /** Older name of the commune code system, still found in exchanges. */
  communeAlias: 'https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune',
} as const;
