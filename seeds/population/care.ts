import type { Encounter, Observation, Patient } from 'fhir/r4.d.ts';
import { coding, concept, frCore, frCoreSystem } from '../fr-core.ts';
import { visitSystem } from '../namespaces.ts';
import { censusDay } from './births.ts';
import { integerBetween, type Random } from './random.ts';

/** One visit of the two years before the census, with a heart rate and a body weight taken there. */
export function drawVisit(random: Random, patient: Patient): [Encounter, Observation, Observation] {
  const birthDate = patient.birthDate ?? censusDay;
  const twoYearsAgo = Date.parse(censusDay) - 730 * 86_400_000;
  const earliest = Math.max(Date.parse(birthDate), twoYearsAgo);
  const days = Math.floor((Date.parse(censusDay) - earliest) / 86_400_000);
  const start =
    earliest +
    integerBetween(random, 0, days) * 86_400_000 +
    integerBetween(random, 8 * 60, 18 * 60) * 60_000;
  const age = Math.floor((start - Date.parse(birthDate)) / (365.25 * 86_400_000));
  const at = new Date(start).toISOString();
  const period = {
    start: at,
    end: new Date(start + integerBetween(random, 15, 240) * 60_000).toISOString(),
  };
  const encounter: Encounter = {
    resourceType: 'Encounter',
    id: `${patient.id}-visit`,
    meta: { profile: [frCore('encounter')] },
    identifier: [
      {
        use: 'official',
        type: concept(frCoreSystem('identifier-type'), 'VN', 'Visit Number'),
        system: visitSystem,
        value: `V${patient.id?.slice('pop-'.length)}`,
      },
    ],
    status: 'finished',
    class: coding('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'AMB', 'ambulatory'),
    subject: { reference: `Patient/${patient.id}` },
    period,
  };
  const heartRate = Math.round(age < 10 ? 120 - 4 * age : 72 + 16 * (random() - 0.5));
  const weight = Math.round(10 * (age < 18 ? 3.4 + 3.4 * age : 52 + 40 * random())) / 10;
  return [
    encounter,
    vitalSign(encounter, 'heart-rate', 'observation-heartrate', ['8867-4', 'Heart rate'], heartRate, [
      '/min',
      '/min',
    ]),
    vitalSign(encounter, 'weight', 'observation-body-weight', ['29463-7', 'Body weight'], weight, [
      'kg',
      'kg',
    ]),
  ];
}

function vitalSign(
  encounter: Encounter,
  name: string,
  profile: string,
  [code, display]: readonly [string, string],
  value: number,
  [unit, ucum]: readonly [string, string],
): Observation {
  return {
    resourceType: 'Observation',
    id: `${encounter.id}-${name}`,
    meta: { profile: [frCore(profile)] },
    status: 'final',
    category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'vital-signs')],
    code: concept('http://loinc.org', code, display),
    ...(encounter.subject ? { subject: encounter.subject } : {}),
    encounter: { reference: `Encounter/${encounter.id}` },
    ...(encounter.period?.start ? { effectiveDateTime: encounter.period.start } : {}),
    valueQuantity: {
      value,
      unit,
      system: 'http://unitsofmeasure.org',
      code: ucum,
    },
  };
}
