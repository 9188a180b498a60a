import type { Observation } from 'fhir/r4.d.ts';
import { type Random, randomAt } from './random.ts';

/** A kind of measurement: how often it is made, and what it gives. */
export interface Measurement {
  code: string;
  display: string;
  category: 'vital-signs' | 'laboratory';
  /** UCUM. */
  unit: string;
  mean: number;
  deviation: number;
  /** Share among all others, by the rank in the list: the first is a hundred times the last. */
  weight: number;
}

type MeasurementRow = [
  code: string,
  display: string,
  category: 'v' | 'l',
  unit: string,
  mean: number,
  deviation: number,
];

const rows: readonly MeasurementRow[] = [
  ['85354-9', 'Blood pressure', 'v', 'mm[Hg]', 128, 15],
  ['8867-4', 'Heart rate', 'v', '/min', 74, 12],
  ['29463-7', 'Body weight', 'v', 'kg', 72, 15],
  ['8302-2', 'Body height', 'v', 'cm', 169, 10],
  ['39156-5', 'Body mass index', 'v', 'kg/m2', 25, 4],
  ['2345-7', 'Glucose', 'l', 'mg/dL', 98, 25],
  ['2160-0', 'Creatinine', 'l', 'mg/dL', 0.9, 0.3],
  ['718-7', 'Hemoglobin', 'l', 'g/dL', 14, 1.5],
  ['8310-5', 'Body temperature', 'v', 'Cel', 36.9, 0.6],
  ['2823-3', 'Potassium', 'l', 'mmol/L', 4.2, 0.4],
  ['2951-2', 'Sodium', 'l', 'mmol/L', 140, 3],
  ['6690-2', 'Leukocytes', 'l', '10*3/uL', 7, 2],
  ['777-3', 'Platelets', 'l', '10*3/uL', 250, 60],
  ['4548-4', 'Hemoglobin A1c', 'l', '%', 5.8, 1],
  ['2093-3', 'Cholesterol', 'l', 'mg/dL', 195, 35],
  ['2085-9', 'HDL cholesterol', 'l', 'mg/dL', 52, 12],
  ['13457-7', 'LDL cholesterol', 'l', 'mg/dL', 118, 30],
  ['2571-8', 'Triglyceride', 'l', 'mg/dL', 130, 50],
  ['1742-6', 'Alanine aminotransferase', 'l', 'U/L', 28, 12],
  ['1920-8', 'Aspartate aminotransferase', 'l', 'U/L', 26, 10],
  ['1975-2', 'Bilirubin', 'l', 'mg/dL', 0.7, 0.3],
  ['3016-3', 'Thyrotropin', 'l', 'm[IU]/L', 2.1, 1],
  ['1988-5', 'C reactive protein', 'l', 'mg/L', 4, 6],
  ['2276-4', 'Ferritin', 'l', 'ng/mL', 120, 60],
  ['59408-5', 'Oxygen saturation', 'v', '%', 97, 2],
  ['9279-1', 'Respiratory rate', 'v', '/min', 16, 3],
  ['14627-4', 'Bicarbonate', 'l', 'mmol/L', 25, 3],
  ['3094-0', 'Urea nitrogen', 'l', 'mg/dL', 14, 5],
  ['17861-6', 'Calcium', 'l', 'mg/dL', 9.4, 0.5],
  ['1751-7', 'Albumin', 'l', 'g/dL', 4.2, 0.4],
  ['6301-6', 'INR', 'l', '{INR}', 1.1, 0.4],
  ['2857-1', 'Prostate specific antigen', 'l', 'ng/mL', 1.8, 1.5],
  ['30522-7', 'High sensitivity C reactive protein', 'l', 'mg/L', 2, 2],
  ['2132-9', 'Vitamin B12', 'l', 'pg/mL', 450, 150],
  ['1989-3', 'Vitamin D', 'l', 'ng/mL', 28, 10],
  ['10839-9', 'Troponin I', 'l', 'ng/mL', 0.02, 0.02],
  ['33762-6', 'NT-proBNP', 'l', 'pg/mL', 180, 150],
  ['48065-7', 'D-dimer', 'l', 'ng/mL', 320, 200],
  ['9843-4', 'Head circumference', 'v', 'cm', 50, 4],
  ['33914-3', 'Glomerular filtration rate', 'l', 'mL/min', 85, 20],
];

const measurements: readonly Measurement[] = rows.map(
  ([code, display, category, unit, mean, deviation], at) => ({
    code,
    display,
    category: category === 'v' ? 'vital-signs' : 'laboratory',
    unit,
    mean,
    deviation,
    weight: 100 ** (1 - at / (rows.length - 1)),
  }),
);

const totalWeight = measurements.reduce((sum, { weight }) => sum + weight, 0);

/** One of the measurements, the frequent ones more often. */
export function drawMeasurement(random: Random): Measurement {
  let place = random() * totalWeight;
  for (const measurement of measurements) {
    place -= measurement.weight;
    if (place < 0) return measurement;
  }
  return measurements[0]!;
}

/** A value as it is measured: about the mean, with as many digits as the unit deserves. */
function drawValue(random: Random, { mean, deviation }: Measurement): number {
  const spread = (random() + random() + random() - 1.5) * 2 * deviation;
  return Number(Math.max(mean + spread, deviation / 10).toFixed(deviation < 5 ? 1 : 0));
}

/** The first and the last day on which something was measured, in milliseconds since 1970 UTC. */
export const measuredFrom = Date.UTC(2014, 0, 1);
export const measuredTo = Date.UTC(2026, 0, 1);

/** One patient in this number is followed closely: those at its multiples. */
export const closely = 20;

/** The observations of the patient at a position: eighty of one patient in twenty, six or so of the others. */
export function observationsOf(patientId: string, position: number): Observation[] {
  const random = randomAt(position);
  const count = isFollowed(position) ? 80 : 1 + Math.floor(random() * 11.6);
  return Array.from({ length: count }, () => observation(random, patientId));
}

export function isFollowed(position: number): boolean {
  return position % closely === 0;
}

function observation(random: Random, patientId: string): Observation {
  const measurement = drawMeasurement(random);
  const instant = new Date(measuredFrom + Math.floor(random() * (measuredTo - measuredFrom)));
  const { code, display, category, unit } = measurement;
  return {
    resourceType: 'Observation',
    id: uuid(random),
    status: random() < 0.97 ? 'final' : 'amended',
    category: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category }],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code, display }], text: display },
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: instant.toISOString(),
    issued: new Date(instant.getTime() + 3_600_000).toISOString(),
    valueQuantity: {
      value: drawValue(random, measurement),
      unit,
      system: 'http://unitsofmeasure.org',
      code: unit,
    },
  };
}

/** An id as servers give them: at no place in particular of an index. */
function uuid(random: Random): string {
  const part = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const digits = part() + part() + part() + part();
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}
