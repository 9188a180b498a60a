import type { Practitioner, PractitionerRole } from 'fhir/r4.d.ts';
import { coding, concept, frCore, identifierTypes, nosSystem } from '../fr-core.ts';
import { hospital } from './hospital.ts';

interface ProfessionalRecord {
  /** Ends the ids `prat-…` and `role-…`. */
  id: string;
  /** Of the test range 99799, valid by its Luhn key. */
  rpps: string;
  family: string;
  given: string;
  gender: 'male' | 'female';
  /** Civilité d'exercice, TRE_R11. */
  title?: 'DR' | 'PR';
  /** TRE_G15-ProfessionSante. */
  profession: { code: string; display: string };
  /** TRE_R09: C civil, E student. */
  category: 'C' | 'E';
  /** TRE_R38-SpecialiteOrdinale. */
  specialty?: { code: string; display: string };
  organization: string;
}

const specialties = nosSystem('TRE_R38-SpecialiteOrdinale');
const physician = { code: '10', display: 'Médecin' };
const nurse = { code: '60', display: 'Infirmier' };

const professionals: readonly ProfessionalRecord[] = [
  {
    id: 'exemple-camille',
    rpps: '99799000015',
    family: 'EXEMPLE',
    given: 'Camille',
    gender: 'female',
    title: 'DR',
    profession: physician,
    category: 'C',
    specialty: { code: 'SM54', display: 'Médecine générale (SM)' },
    organization: hospital.medicine,
  },
  {
    id: 'fictif-malik',
    rpps: '99799000023',
    family: 'FICTIF',
    given: 'Malik',
    gender: 'male',
    profession: nurse,
    category: 'C',
    organization: hospital.medicine,
  },
  {
    id: 'essai-jeanne',
    rpps: '99799000031',
    family: 'ESSAI',
    given: 'Jeanne',
    gender: 'female',
    title: 'DR',
    profession: { code: '21', display: 'Pharmacien' },
    category: 'C',
    organization: hospital.site,
  },
  {
    id: 'formation-ines',
    rpps: '99799000049',
    family: 'FORMATION',
    given: 'Inès',
    gender: 'female',
    profession: physician,
    category: 'E',
    organization: hospital.emergency,
  },
  {
    id: 'pairing-noe',
    rpps: '99799000056',
    family: 'PAIRING',
    given: 'Noé',
    gender: 'male',
    profession: { code: '50', display: 'Sage-Femme' },
    category: 'C',
    organization: hospital.site,
  },
  {
    id: 'specimen-hugo',
    rpps: '99799000064',
    family: 'SPECIMEN',
    given: 'Hugo',
    gender: 'male',
    title: 'PR',
    profession: physician,
    category: 'C',
    specialty: {
      code: 'SM04',
      display: 'Cardiologie et Maladies vasculaires (SM)',
    },
    organization: hospital.medicine,
  },
  {
    id: 'epreuve-salome',
    rpps: '99799000072',
    family: 'EPREUVE',
    given: 'Salomé',
    gender: 'female',
    title: 'DR',
    profession: physician,
    category: 'C',
    specialty: { code: 'SM59', display: "Médecine d'urgence (SM)" },
    organization: hospital.emergency,
  },
  {
    id: 'maquette-yann',
    rpps: '99799000080',
    family: 'MAQUETTE',
    given: 'Yann',
    gender: 'male',
    title: 'DR',
    profession: physician,
    category: 'C',
    specialty: { code: 'SM40', display: 'Pédiatrie (SM)' },
    organization: hospital.medicine,
  },
  {
    id: 'prototype-lea',
    rpps: '99799000098',
    family: 'PROTOTYPE',
    given: 'Léa',
    gender: 'female',
    profession: nurse,
    category: 'C',
    organization: hospital.emergency,
  },
  {
    id: 'gabarit-tristan',
    rpps: '99799000106',
    family: 'GABARIT',
    given: 'Tristan',
    gender: 'male',
    profession: { code: '70', display: 'Masseur-Kinésithérapeute' },
    category: 'C',
    organization: hospital.medicine,
  },
];

/** Ten professionals, with their RPPS and the national identifier (IDNPS: the digit 8, then the RPPS). */
export function practitioners(): Practitioner[] {
  return professionals.map((record) => ({
    resourceType: 'Practitioner',
    id: `prat-${record.id}`,
    meta: { profile: [frCore('practitioner')] },
    identifier: [
      {
        use: 'official',
        type: concept(identifierTypes, 'IDNPS'),
        system: 'urn:oid:1.2.250.1.71.4.2.1',
        value: `8${record.rpps}`,
      },
      {
        use: 'official',
        type: concept(identifierTypes, 'RPPS'),
        system: 'https://rpps.esante.gouv.fr',
        value: record.rpps,
      },
    ],
    active: true,
    name: [
      {
        use: 'usual',
        family: record.family,
        given: [record.given],
        ...(record.title ? { suffix: [record.title] } : {}),
      },
    ],
    gender: record.gender,
    qualification: [
      {
        code: {
          coding: [
            coding(nosSystem('TRE_G15-ProfessionSante'), record.profession.code, record.profession.display),
            coding(nosSystem('TRE_R09-CategorieProfessionnelle'), record.category),
          ],
        },
      },
      ...(record.specialty
        ? [
            {
              code: concept(specialties, record.specialty.code, record.specialty.display),
            },
          ]
        : []),
    ],
  }));
}

/** One salaried activity at the hospital for each professional. */
export function practitionerRoles(): PractitionerRole[] {
  return professionals.map((record) => ({
    resourceType: 'PractitionerRole',
    id: `role-${record.id}`,
    meta: { profile: [frCore('practitioner-role')] },
    active: true,
    practitioner: { reference: `Practitioner/prat-${record.id}` },
    organization: { reference: record.organization },
    code: [
      concept(nosSystem('TRE_R22-GenreActivite'), 'GENR01'),
      concept(nosSystem('TRE_R23-ModeExercice'), 'S'),
    ],
    ...(record.specialty
      ? {
          specialty: [concept(specialties, record.specialty.code, record.specialty.display)],
        }
      : {}),
  }));
}
