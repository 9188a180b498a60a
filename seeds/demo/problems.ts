import type { AllergyIntolerance, Condition } from 'fhir/r4.d.ts';
import { concept } from '../fr-core.ts';

const terminology = 'http://terminology.hl7.org/CodeSystem';

function problem(
  id: string,
  patient: string,
  [code, display]: readonly [string, string],
  recordedDate: string,
  encounter?: string,
): Condition {
  return {
    resourceType: 'Condition',
    id: `cond-${id}`,
    clinicalStatus: concept(`${terminology}/condition-clinical`, 'active'),
    verificationStatus: concept(`${terminology}/condition-ver-status`, 'confirmed'),
    category: [
      concept(`${terminology}/condition-category`, encounter ? 'encounter-diagnosis' : 'problem-list-item'),
    ],
    code: concept('http://hl7.org/fhir/sid/icd-10', code, display),
    subject: { reference: `Patient/${patient}` },
    ...(encounter ? { encounter: { reference: `Encounter/${encounter}` } } : {}),
    recordedDate,
  };
}

/** Diagnoses and lasting problems, coded in CIM-10. */
export function conditions(): Condition[] {
  return [
    problem(
      'martin-insuffisance-cardiaque',
      'patient-martin-jeanne',
      ['I50.0', 'Insuffisance cardiaque congestive'],
      '2026-01-05',
      'enc-26000101',
    ),
    problem(
      'martin-hypertension',
      'patient-martin-jeanne',
      ['I10', 'Hypertension essentielle (primitive)'],
      '2009-03-17',
    ),
    problem(
      'bernard-diabete',
      'patient-bernard-jean-pierre',
      ['E11.9', 'Diabète sucré de type 2, sans complication'],
      '2014-06-02',
    ),
    problem('dubois-asthme', 'patient-dubois-camille', ['J45.9', 'Asthme, sans précision'], '2005-10-11'),
    problem(
      'casanova-entorse',
      'patient-casanova-ghjulia',
      ['S93.4', 'Entorse et foulure de la cheville'],
      '2026-01-11',
      'enc-26000104',
    ),
    problem(
      'garcia-hypertension',
      'patient-garcia-maria',
      ['I10', 'Hypertension essentielle (primitive)'],
      '2012-09-25',
    ),
    problem(
      'laurent-fibrillation',
      'patient-laurent-paul',
      ['I48.9', 'Fibrillation et flutter auriculaires, sans précision'],
      '2026-01-05',
      'enc-26000110',
    ),
  ];
}

function allergy(
  id: string,
  patient: string,
  category: 'food' | 'medication',
  [code, display]: readonly [string, string],
  reaction: string,
): AllergyIntolerance {
  return {
    resourceType: 'AllergyIntolerance',
    id: `allergy-${id}`,
    clinicalStatus: concept(`${terminology}/allergyintolerance-clinical`, 'active'),
    verificationStatus: concept(`${terminology}/allergyintolerance-verification`, 'confirmed'),
    type: 'allergy',
    category: [category],
    criticality: 'high',
    code: concept('http://snomed.info/sct', code, display),
    patient: { reference: `Patient/${patient}` },
    reaction: [{ manifestation: [{ text: reaction }] }],
  };
}

/** Substances in SNOMED CT. */
export function allergies(): AllergyIntolerance[] {
  return [
    allergy(
      'payet-arachide',
      'patient-payet-kevin',
      'food',
      ['762952008', 'Peanut (substance)'],
      'Urticaire et œdème',
    ),
    allergy(
      'benali-amoxicilline',
      'patient-benali-karim',
      'medication',
      ['372687004', 'Amoxicillin (substance)'],
      'Éruption cutanée',
    ),
    allergy(
      'lefevre-penicilline',
      'patient-lefevre-leo',
      'medication',
      ['764146007', 'Penicillin (substance)'],
      'Urticaire',
    ),
  ];
}
