/** A professional whom the simulator authenticates; all are fictitious, with RPPS of the test range 99799. */
export interface SimulatedProfessional {
  /** Chosen by `sim_user`. */
  key: string;
  /** What the login page says about them beside their name. */
  description: string;
  nationalId: string;
  givenName: string;
  familyName: string;
  authenticationMode: 'CARD' | 'MOBILE';
  /** The level that they reach, when the switches leave it to them. */
  acr: 'eidas1' | 'eidas2' | 'eidas3';
  /** The claims of UserInfo beside those of the identity. */
  claims: Readonly<Record<string, unknown>>;
  otherIds: readonly OtherId[];
}

interface OtherId {
  identifiant: string;
  origine: string;
  qualite: number;
}

const roleValueSet = '1.2.250.1.213.1.1.5.5';
const sectors = '1.2.250.1.71.4.2.4';

/** All members of an activity, as Pro Santé Connect sends them: those without a value are empty texts. */
const emptyActivity = Object.fromEntries(
  [
    'codeModeExercice',
    'codeSecteurDactivite',
    'codeSectionPharmacien',
    'codeRole',
    'codeGenreActivite',
    'numeroSiretSite',
    'numeroSirenSite',
    'numeroFinessSite',
    'numeroFinessetablissementJuridique',
    'identifiantTechniqueDeLaStructure',
    'raisonSocialeSite',
    'enseigneCommercialeSite',
    'complementDestinataire',
    'complementPointGeographique',
    'numeroVoie',
    'indiceRepetitionVoie',
    'codeTypeDeVoie',
    'libelleVoie',
    'mentionDistribution',
    'bureauCedex',
    'codePostal',
    'codeCommune',
    'codePays',
    'telephone',
    'telephone2',
    'telecopie',
    'adresseEMail',
    'codeDepartement',
    'ancienIdentifiantDeLaStructure',
    'autoriteDenregistrement',
  ].map((member) => [member, '']),
);

const surgery = {
  ...emptyActivity,
  codeModeExercice: 'L',
  codeSecteurDactivite: 'SA07',
  codeGenreActivite: 'GENR01',
  numeroSiretSite: '99999001300016',
  numeroSirenSite: '999990013',
  identifiantTechniqueDeLaStructure: 'R900001',
  raisonSocialeSite: 'CABINET DU DR EXEMPLE',
  codePostal: '75000',
  ancienIdentifiantDeLaStructure: '499799000015015',
  autoriteDenregistrement: 'CNOM/CNOM/CNOM',
};

const hospital = {
  ...emptyActivity,
  codeModeExercice: 'S',
  codeSecteurDactivite: 'SA01',
  codeGenreActivite: 'GENR01',
  numeroFinessSite: '990000010',
  numeroFinessetablissementJuridique: '990000028',
  identifiantTechniqueDeLaStructure: 'F990000010',
  raisonSocialeSite: 'HOPITAL FICTIF',
  codePostal: '75000',
  ancienIdentifiantDeLaStructure: '1990000010',
  autoriteDenregistrement: 'CNOM/CNOM/ARS',
};

const pharmacy = {
  ...emptyActivity,
  codeModeExercice: 'L',
  codeSecteurDactivite: 'SA33',
  codeSectionPharmacien: 'A',
  codeGenreActivite: 'GENR01',
  numeroFinessSite: '990000036',
  identifiantTechniqueDeLaStructure: 'F990000036',
  raisonSocialeSite: 'PHARMACIE ESSAI',
  codePostal: '75000',
  ancienIdentifiantDeLaStructure: '1990000036',
  autoriteDenregistrement: 'CNOP/CNOP/CNOP',
};

const groupPractice = {
  ...emptyActivity,
  codeModeExercice: 'L',
  codeSecteurDactivite: 'SA08',
  codeGenreActivite: 'GENR01',
  identifiantTechniqueDeLaStructure: 'R900002',
  raisonSocialeSite: 'CABINET DE GROUPE FICTIF',
  codePostal: '75000',
};

/** The people of the simulator: one for each shape that the claims of Pro Santé Connect take. */
export const simulatedProfessionals: readonly SimulatedProfessional[] = [
  {
    key: 'medecin',
    description: 'Médecin généraliste, cabinet et hôpital',
    ...identity('899799000015', 'Camille', 'EXEMPLE'),
    authenticationMode: 'MOBILE',
    acr: 'eidas1',
    otherIds: [registered('899799000015')],
    claims: {
      ...structure('CABINET DU DR EXEMPLE', 'R900001', 'SA07'),
      ...practice('10', 'C', 'MME', [surgery, hospital], {
        codeCiviliteDexercice: 'DR',
        codeTypeSavoirFaire: 'S',
        codeSavoirFaire: 'SM54',
      }),
    },
  },
  {
    key: 'infirmier',
    description: 'Infirmier, hôpital, carte CPS',
    ...identity('899799000023', 'Malik', 'FICTIF'),
    authenticationMode: 'CARD',
    acr: 'eidas2',
    otherIds: [registered('899799000023')],
    claims: { ...structure('HOPITAL FICTIF', 'F990000010', 'SA01'), ...practice('60', 'C', 'M', [hospital]) },
  },
  {
    key: 'pharmacien',
    description: 'Pharmacienne titulaire d’officine',
    ...identity('899799000031', 'Jeanne', 'ESSAI'),
    authenticationMode: 'MOBILE',
    acr: 'eidas1',
    otherIds: [registered('899799000031')],
    claims: {
      ...structure('PHARMACIE ESSAI', 'F990000036', 'SA33'),
      ...practice('21', 'C', 'MME', [pharmacy], { codeCiviliteDexercice: 'DR' }),
    },
  },
  {
    key: 'secretaire',
    description: 'Secrétaire médical, carte CPE, sans RPPS',
    ...identity('3990000010/SEC0001', 'Paul', 'MODELE'),
    authenticationMode: 'CARD',
    acr: 'eidas1',
    otherIds: [{ identifiant: '3990000010/SEC0001', origine: 'FINESS', qualite: 1 }],
    claims: {
      ...structure('HOPITAL FICTIF', 'F990000010', 'SA01'),
      SubjectRole: [`SECRETARIAT_MEDICAL^${roleValueSet}`],
      SubjectRefPro: { codeCivilite: 'M', exercices: [] },
    },
  },
  {
    key: 'interne',
    description: 'Interne en médecine, carte CPF',
    ...identity('899799000049', 'Inès', 'FORMATION'),
    authenticationMode: 'CARD',
    acr: 'eidas1',
    otherIds: [registered('899799000049')],
    claims: {
      ...structure('HOPITAL FICTIF', 'F990000010', 'SA01'),
      ...practice('10', 'E', 'MME', [hospital]),
    },
  },
  {
    key: 'psi',
    description: 'Sage-femme, Pro Santé Identité',
    ...identity('0f1e2d3c-4b5a-4678-9abc-def012345678', 'Noé', 'PAIRING'),
    authenticationMode: 'MOBILE',
    acr: 'eidas1',
    otherIds: [
      registered('899799000056'),
      { identifiant: '0f1e2d3c-4b5a-4678-9abc-def012345678', origine: 'PSI', qualite: 2 },
    ],
    claims: { ...structure('HOPITAL FICTIF', 'F990000010', 'SA01'), ...practice('50', 'C', 'M', [hospital]) },
  },
  {
    key: 'edit',
    description: 'Masseur-kinésithérapeute, identité de test sans RPPS',
    ...identity('ANS20250101120000', 'Test', 'EDIT'),
    authenticationMode: 'MOBILE',
    acr: 'eidas1',
    otherIds: [{ identifiant: 'ANS20250101120000', origine: 'EDIT', qualite: 1 }],
    claims: {
      ...structure('CABINET DE GROUPE FICTIF', 'R900002', 'SA08'),
      ...practice('70', 'C', 'M', [groupPractice]),
    },
  },
];

function identity(nationalId: string, givenName: string, familyName: string) {
  return { nationalId, givenName, familyName };
}

function registered(identifiant: string): OtherId {
  return { identifiant, origine: 'RPPS', qualite: 1 };
}

function structure(name: string, identifier: string, sector: string): Record<string, string> {
  return {
    SubjectOrganization: name,
    SubjectOrganizationID: identifier,
    Secteur_Activite: `${sector}^${sectors}`,
  };
}

function practice(
  profession: string,
  category: string,
  civility: string,
  activities: readonly object[],
  more: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const empty = {
    codeCiviliteDexercice: '',
    nomDexercice: '',
    prenomDexercice: '',
    codeTypeSavoirFaire: '',
    codeSavoirFaire: '',
  };
  return {
    SubjectRole: [`${profession}^${roleValueSet}`],
    SubjectRefPro: {
      codeCivilite: civility,
      exercices: [
        {
          codeProfession: profession,
          codeCategorieProfessionnelle: category,
          ...empty,
          ...more,
          activities,
        },
      ],
    },
  };
}
