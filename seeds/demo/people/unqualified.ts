import { concept, frCore, nosSystem } from '../../fr-core.ts';
import { places } from '../places.ts';
import { type DemoPerson, fictionalMobile, testMatricule } from './demo-person.ts';

/** Récupérées: obtained from INSi, no document checked yet. The server keeps their matricule to itself. */
export const retrievedPeople: readonly DemoPerson[] = [
  {
    id: 'patient-petit-lucas',
    ipp: '1000013',
    status: 'RECUP',
    birthName: 'PETIT',
    givenNames: ['LUCAS'],
    gender: 'male',
    birthDate: '2003-03-11',
    birthPlace: places.lyon3,
    matricule: testMatricule('1 03 03 69 383 913 38'),
    retrievedOn: '2026-01-08',
    checkDue: '2029-01-08',
    telecom: fictionalMobile('00 13'),
    insi: {},
  },
  {
    // INSi has replaced the matricule on record since.
    id: 'patient-roux-sophie',
    ipp: '1000014',
    status: 'RECUP',
    birthName: 'ROUX',
    givenNames: ['SOPHIE', 'HELENE'],
    gender: 'female',
    birthDate: '1982-12-05',
    birthPlace: places.angers,
    matricule: testMatricule('2 82 12 49 007 914 29'),
    retrievedOn: '2024-02-19',
    checkDue: '2027-02-19',
    telecom: fictionalMobile('00 14'),
    insi: {
      matricule: '282124900792617',
      formerMatricules: [{ value: '282124900791429', start: '1982-12-08', end: '2025-04-30' }],
    },
  },
  {
    // Corsica before 1976: department 20 in the matricule, 2A in today's COG.
    id: 'patient-colonna-dominique',
    ipp: '1000015',
    status: 'RECUP',
    birthName: 'COLONNA',
    givenNames: ['DOMINIQUE', 'ANTOINE'],
    gender: 'male',
    birthDate: '1948-08-15',
    birthPlace: places.ajaccio,
    matricule: testMatricule('1 48 08 20 004 916 30'),
    retrievedOn: '2026-01-12',
    checkDue: '2029-01-12',
    insi: {},
  },
  {
    // New Caledonia.
    id: 'patient-waema-rose-may',
    ipp: '1000016',
    status: 'RECUP',
    birthName: 'WAEMA',
    givenNames: ['ROSE-MAY'],
    usedGivenName: 'ROSE',
    gender: 'female',
    birthDate: '1976-09-27',
    birthPlace: places.noumea,
    matricule: testMatricule('2 76 09 98 818 917 33'),
    retrievedOn: '2026-01-13',
    checkDue: '2029-01-13',
    insi: {},
  },
];

/** Validées: a document was checked, INSi not asked yet. */
export const validatedPeople: readonly DemoPerson[] = [
  {
    id: 'patient-laurent-paul',
    ipp: '1000017',
    status: 'VALI',
    birthName: 'LAURENT',
    givenNames: ['PAUL', 'EMILE'],
    gender: 'male',
    birthDate: '1955-09-30',
    birthPlace: places.nantes,
    evidence: { mode: 'CN', date: '2026-01-05' },
    telecom: fictionalMobile('00 17'),
    insi: { matricule: '155094410991874' },
  },
  {
    // Recently arrived: INSi does not know her yet.
    id: 'patient-nguyen-thi-lan',
    ipp: '1000018',
    status: 'VALI',
    birthName: 'NGUYEN',
    givenNames: ['THI LAN'],
    gender: 'female',
    birthDate: '1979-11-02',
    birthPlace: places.vietnam,
    evidence: { mode: 'CS', date: '2026-01-06' },
    telecom: fictionalMobile('00 18'),
  },
  {
    // Apostrophes and spaces in the birth name.
    id: 'patient-dargent-marie-claire',
    ipp: '1000019',
    status: 'VALI',
    birthName: "D'ARGENT DE L'ISLE",
    givenNames: ['MARIE-CLAIRE', 'ODILE'],
    gender: 'female',
    birthDate: '1969-04-18',
    birthPlace: places.paris13,
    evidence: { mode: 'LE', date: '2026-01-07' },
    insi: { matricule: '269047511392045' },
  },
];

/** Provisoires: neither INSi nor a document. */
export const provisionalPeople: readonly DemoPerson[] = [
  {
    id: 'patient-fontaine-eric',
    ipp: '1000020',
    status: 'PROV',
    birthName: 'FONTAINE',
    givenNames: ['ERIC'],
    gender: 'male',
    birthDate: '1991-06-19',
    birthPlace: places.angers,
    telecom: fictionalMobile('00 20'),
    insi: { matricule: '191064900792120' },
  },
  {
    // Brought unconscious: year estimated, so 31 December by the rule of the RNIV; place and sex unknown.
    id: 'patient-inconnu-janvier',
    ipp: '1000021',
    status: 'PROV',
    attributes: ['DOUT'],
    birthName: 'INCONNU',
    givenNames: ['JANVIER'],
    gender: 'unknown',
    birthDate: '1980-12-31',
    birthDateCompleted: true,
    birthPlace: places.unknown,
  },
  {
    // Imaginary identity for the training of the staff.
    id: 'patient-formation-test',
    ipp: '1000022',
    status: 'PROV',
    attributes: ['FICT'],
    birthName: 'FORMATION',
    givenNames: ['TEST'],
    gender: 'female',
    birthDate: '2000-01-01',
    birthPlace: places.angers,
  },
  {
    id: 'patient-leroy-marie',
    ipp: '1000023',
    status: 'PROV',
    attributes: ['HOMA'],
    birthName: 'LEROY',
    givenNames: ['MARIE', 'LOUISE'],
    gender: 'female',
    birthDate: '1948-05-21',
    birthPlace: places.angers,
    insi: { matricule: '248054900792223' },
  },
  {
    // The only pair of attributes that the RNIV lets stand together.
    id: 'patient-girard-luc',
    ipp: '1000024',
    status: 'PROV',
    attributes: ['DOUT', 'HOMA'],
    birthName: 'GIRARD',
    givenNames: ['LUC'],
    gender: 'male',
    birthDate: '1964-02-29',
    birthPlace: places.brest,
  },
  {
    // Newborn: the matricule comes about eight days after the birth, INSi does not know her yet.
    id: 'patient-lambert-zelie',
    ipp: '1000025',
    status: 'PROV',
    birthName: 'LAMBERT',
    givenNames: ['ZELIE', 'ROSE'],
    gender: 'female',
    birthDate: '2026-01-10',
    birthPlace: places.angers,
    address: { line: '8 allée des Glycines', place: places.angers },
    contact: [
      {
        relationship: [
          {
            extension: [
              {
                url: frCore('patient-contact-relationship-category'),
                valueCode: 'relationType',
              },
            ],
            ...concept(nosSystem('TRE_R216-HL7RoleCode'), 'MTH', 'Mère'),
          },
        ],
        name: { use: 'official', family: 'LAMBERT', given: ['JULIE'] },
        telecom: fictionalMobile('00 25'),
      },
    ],
  },
];

/**
 * Provisional identities of persons whom the Cnam publishes for the qualification of software: the INSi
 * simulator knows them by itself.
 */
export const qualificationPeople: readonly DemoPerson[] = [
  {
    // One identity, CR 00.
    id: 'adrun-zoe',
    ipp: '1000026',
    status: 'PROV',
    birthName: 'ADRUN',
    givenNames: ['ZOE'],
    gender: 'female',
    birthDate: '1975-12-31',
    birthPlace: places.mazoires,
    telecom: fictionalMobile('00 26'),
  },
  {
    // INSi has no OLA: found by the second given name.
    id: 'tchitchi-ola',
    ipp: '1000027',
    status: 'PROV',
    birthName: 'TCHITCHI',
    givenNames: ['OLA', 'CATARINA', 'BELLA'],
    gender: 'female',
    birthDate: '1936-06-21',
    birthPlace: places.mazoires,
  },
  {
    // Several identities, CR 02, until PIERO or the birth place 63220 is added.
    id: 'de-vinci-leonardo',
    ipp: '1000028',
    status: 'PROV',
    birthName: 'DE VINCI',
    givenNames: ['LEONARDO'],
    gender: 'male',
    birthDate: '2014-02-01',
  },
  {
    // INSi gives a history of matricules.
    id: 'ecetinsi-pierre-alain',
    ipp: '1000029',
    status: 'PROV',
    birthName: 'ECETINSI',
    givenNames: ['PIERRE-ALAIN', 'MURIEL', 'FLORIANT'],
    gender: 'male',
    birthDate: '2009-07-14',
    birthPlace: places.mazoires,
  },
  {
    // No identity, CR 01, whatever the given name.
    id: 'houilles-pierre',
    ipp: '1000030',
    status: 'PROV',
    birthName: 'HOUILLES',
    givenNames: ['PIERRE', 'PAUL', 'JACQUES'],
    gender: 'male',
    birthDate: '1993-01-27',
    birthPlace: places.mazoires,
  },
];
