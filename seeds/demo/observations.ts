import type { Observation, ObservationComponent, Quantity } from 'fhir/r4.d.ts';
import { concept, frCore } from '../fr-core.ts';

interface Measure {
  loinc: string;
  display: string;
  /** Unit as printed, then its UCUM code. */
  unit: readonly [string, string];
  /** Name of the FR Core profile of a vital sign; absent for a laboratory result. */
  profile?: string;
}

const vitalSigns = {
  heartRate: {
    loinc: '8867-4',
    display: 'Heart rate',
    unit: ['/min', '/min'],
    profile: 'observation-heartrate',
  },
  respiratoryRate: {
    loinc: '9279-1',
    display: 'Respiratory rate',
    unit: ['/min', '/min'],
    profile: 'observation-resp-rate',
  },
  temperature: {
    loinc: '8310-5',
    display: 'Body temperature',
    unit: ['°C', 'Cel'],
    profile: 'observation-body-temperature',
  },
  weight: {
    loinc: '29463-7',
    display: 'Body weight',
    unit: ['kg', 'kg'],
    profile: 'observation-body-weight',
  },
  height: {
    loinc: '8302-2',
    display: 'Body height',
    unit: ['cm', 'cm'],
    profile: 'observation-body-height',
  },
  oxygenSaturation: {
    loinc: '2708-6',
    display: 'Oxygen saturation in Arterial blood',
    unit: ['%', '%'],
    profile: 'observation-saturation-oxygen',
  },
} satisfies Record<string, Measure>;

const laboratoryTests = {
  haemoglobin: {
    loinc: '718-7',
    display: 'Hemoglobin [Mass/volume] in Blood',
    unit: ['g/dL', 'g/dL'],
  },
  glucose: {
    loinc: '14749-6',
    display: 'Glucose [Moles/volume] in Serum or Plasma',
    unit: ['mmol/L', 'mmol/L'],
  },
  hba1c: {
    loinc: '4548-4',
    display: 'Hemoglobin A1c/Hemoglobin.total in Blood',
    unit: ['%', '%'],
  },
  creatinine: {
    loinc: '14682-9',
    display: 'Creatinine [Moles/volume] in Serum or Plasma',
    unit: ['µmol/L', 'umol/L'],
  },
  potassium: {
    loinc: '2823-3',
    display: 'Potassium [Moles/volume] in Serum or Plasma',
    unit: ['mmol/L', 'mmol/L'],
  },
  crp: {
    loinc: '1988-5',
    display: 'C reactive protein [Mass/volume] in Serum or Plasma',
    unit: ['mg/L', 'mg/L'],
  },
} satisfies Record<string, Measure>;

const measures: Record<keyof typeof vitalSigns | keyof typeof laboratoryTests, Measure> = {
  ...vitalSigns,
  ...laboratoryTests,
};

interface Series {
  patient: string;
  encounter: string;
  at: string;
  performer: string;
  /** Systolic and diastolic, mmHg. */
  bloodPressure?: readonly [number, number];
  values: Partial<Record<keyof typeof measures, number>>;
}

const allSeries: readonly Series[] = [
  {
    patient: 'patient-martin-jeanne',
    encounter: 'enc-26000101',
    at: '2026-01-05T09:40:00+01:00',
    performer: 'prat-fictif-malik',
    bloodPressure: [158, 92],
    values: {
      heartRate: 96,
      respiratoryRate: 22,
      temperature: 36.9,
      weight: 71.4,
      height: 161,
      oxygenSaturation: 91,
      creatinine: 104,
      potassium: 4.3,
      haemoglobin: 11.8,
    },
  },
  {
    patient: 'patient-martin-jeanne',
    encounter: 'enc-26000101',
    at: '2026-01-09T08:30:00+01:00',
    performer: 'prat-fictif-malik',
    bloodPressure: [134, 80],
    values: {
      heartRate: 74,
      weight: 68.9,
      oxygenSaturation: 96,
      creatinine: 98,
      potassium: 4.1,
    },
  },
  {
    patient: 'patient-bernard-jean-pierre',
    encounter: 'enc-26000102',
    at: '2025-12-16T10:10:00+01:00',
    performer: 'prat-exemple-camille',
    bloodPressure: [138, 84],
    values: { weight: 88.2, hba1c: 7.4, glucose: 8.1, creatinine: 86 },
  },
  {
    patient: 'patient-dubois-camille',
    encounter: 'enc-26000103',
    at: '2025-11-20T14:05:00+01:00',
    performer: 'prat-exemple-camille',
    values: { heartRate: 68, oxygenSaturation: 98 },
  },
  {
    patient: 'patient-casanova-ghjulia',
    encounter: 'enc-26000104',
    at: '2026-01-11T21:50:00+01:00',
    performer: 'prat-prototype-lea',
    bloodPressure: [122, 74],
    values: { heartRate: 82, temperature: 37.1 },
  },
  {
    patient: 'patient-payet-kevin',
    encounter: 'enc-26000105',
    at: '2026-01-12T08:15:00+01:00',
    performer: 'prat-prototype-lea',
    bloodPressure: [104, 62],
    values: { heartRate: 112, oxygenSaturation: 95 },
  },
  {
    patient: 'patient-benali-karim',
    encounter: 'enc-26000106',
    at: '2026-01-13T08:20:00+01:00',
    performer: 'prat-fictif-malik',
    bloodPressure: [146, 88],
    values: { heartRate: 78, potassium: 4.6, haemoglobin: 14.9, crp: 3.2 },
  },
  {
    patient: 'patient-lefevre-leo',
    encounter: 'enc-26000107',
    at: '2025-12-03T16:35:00+01:00',
    performer: 'prat-maquette-yann',
    values: { weight: 33.5, height: 141 },
  },
  {
    patient: 'patient-lefevre-tom',
    encounter: 'enc-26000108',
    at: '2025-12-03T16:55:00+01:00',
    performer: 'prat-maquette-yann',
    values: { weight: 32.8, height: 140.5 },
  },
  {
    patient: 'patient-inconnu-janvier',
    encounter: 'enc-26000111',
    at: '2026-01-14T03:25:00+01:00',
    performer: 'prat-prototype-lea',
    bloodPressure: [98, 55],
    values: {
      heartRate: 118,
      temperature: 35.2,
      oxygenSaturation: 92,
      glucose: 2.4,
    },
  },
  {
    patient: 'patient-lambert-zelie',
    encounter: 'enc-26000112',
    at: '2026-01-10T05:10:00+01:00',
    performer: 'prat-pairing-noe',
    values: { weight: 3.24, height: 49.5, temperature: 36.8 },
  },
  {
    patient: 'adrun-zoe',
    encounter: 'enc-26000113',
    at: '2026-01-14T09:35:00+01:00',
    performer: 'prat-exemple-camille',
    bloodPressure: [118, 72],
    values: { heartRate: 66, weight: 59.7, height: 167 },
  },
];

const loincSystem = 'http://loinc.org';

/** The vital signs and laboratory results of each series, one Observation for each value. */
export function observations(): Observation[] {
  return allSeries.flatMap((series, index) => {
    const prefix = `obs-${String(index + 1).padStart(2, '0')}`;
    const measured = Object.entries(series.values).map(([name, value]): Observation => {
      const measure = measures[name as keyof typeof measures];
      return {
        ...observation(series, `${prefix}-${kebab(name)}`, measure),
        valueQuantity: quantity(value, measure.unit),
      };
    });
    return series.bloodPressure
      ? [bloodPressure(series, prefix, series.bloodPressure), ...measured]
      : measured;
  });
}

function observation(series: Series, id: string, measure: Omit<Measure, 'unit'>): Observation {
  const category = measure.profile ? 'vital-signs' : 'laboratory';
  return {
    resourceType: 'Observation',
    id,
    ...(measure.profile ? { meta: { profile: [frCore(measure.profile)] } } : {}),
    status: 'final',
    category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', category)],
    code: concept(loincSystem, measure.loinc, measure.display),
    subject: { reference: `Patient/${series.patient}` },
    encounter: { reference: `Encounter/${series.encounter}` },
    effectiveDateTime: series.at,
    performer: [{ reference: `Practitioner/${series.performer}` }],
  };
}

function bloodPressure(
  series: Series,
  prefix: string,
  [systolic, diastolic]: readonly [number, number],
): Observation {
  const panel = {
    loinc: '85354-9',
    display: 'Blood pressure panel with all children optional',
    profile: 'observation-bp',
  };
  return {
    ...observation(series, `${prefix}-blood-pressure`, panel),
    component: [
      pressure('8480-6', 'Systolic blood pressure', systolic),
      pressure('8462-4', 'Diastolic blood pressure', diastolic),
    ],
  };
}

function pressure(loinc: string, display: string, value: number): ObservationComponent {
  return {
    code: concept(loincSystem, loinc, display),
    valueQuantity: quantity(value, ['mmHg', 'mm[Hg]']),
  };
}

function quantity(value: number, [unit, code]: readonly [string, string]): Quantity {
  return { value, unit, system: 'http://unitsofmeasure.org', code };
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
