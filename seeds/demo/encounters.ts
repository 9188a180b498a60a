import type { Encounter } from 'fhir/r4.d.ts';
import { coding, concept, frCore, frCoreSystem } from '../fr-core.ts';
import { visitSystem } from '../namespaces.ts';
import { hospital } from './hospital.ts';

interface EncounterRecord {
  /** Ends the id `enc-…` and is the visit number. */
  number: string;
  patient: string;
  class: 'IMP' | 'AMB' | 'EMER';
  start: string;
  /** Absent while the stay goes on. */
  end?: string;
  practitioner: string;
  location: string;
  organization: string;
  reason: string;
}

const classDisplays = {
  IMP: 'inpatient encounter',
  AMB: 'ambulatory',
  EMER: 'emergency',
};

const { medicine, emergency } = hospital;

const encounterRecords: readonly EncounterRecord[] = [
  {
    number: '26000101',
    patient: 'patient-martin-jeanne',
    class: 'IMP',
    start: '2026-01-05T09:15:00+01:00',
    end: '2026-01-09T14:00:00+01:00',
    practitioner: 'prat-specimen-hugo',
    location: 'loc-lit-201-fenetre',
    organization: medicine,
    reason: 'Décompensation cardiaque',
  },
  {
    number: '26000102',
    patient: 'patient-bernard-jean-pierre',
    class: 'AMB',
    start: '2025-12-16T10:00:00+01:00',
    end: '2025-12-16T10:30:00+01:00',
    practitioner: 'prat-exemple-camille',
    location: 'loc-consultation-1',
    organization: medicine,
    reason: 'Suivi de diabète',
  },
  {
    number: '26000103',
    patient: 'patient-dubois-camille',
    class: 'AMB',
    start: '2025-11-20T14:00:00+01:00',
    end: '2025-11-20T14:20:00+01:00',
    practitioner: 'prat-exemple-camille',
    location: 'loc-consultation-1',
    organization: medicine,
    reason: 'Asthme',
  },
  {
    number: '26000104',
    patient: 'patient-casanova-ghjulia',
    class: 'EMER',
    start: '2026-01-11T21:40:00+01:00',
    end: '2026-01-12T01:10:00+01:00',
    practitioner: 'prat-epreuve-salome',
    location: 'loc-box-3',
    organization: emergency,
    reason: 'Entorse de la cheville',
  },
  {
    number: '26000105',
    patient: 'patient-payet-kevin',
    class: 'EMER',
    start: '2026-01-12T08:05:00+01:00',
    end: '2026-01-12T11:30:00+01:00',
    practitioner: 'prat-epreuve-salome',
    location: 'loc-box-3',
    organization: emergency,
    reason: 'Réaction allergique',
  },
  {
    number: '26000106',
    patient: 'patient-benali-karim',
    class: 'IMP',
    start: '2026-01-13T08:00:00+01:00',
    practitioner: 'prat-specimen-hugo',
    location: 'loc-chambre-202',
    organization: medicine,
    reason: 'Bilan de douleur thoracique',
  },
  {
    number: '26000107',
    patient: 'patient-lefevre-leo',
    class: 'AMB',
    start: '2025-12-03T16:30:00+01:00',
    end: '2025-12-03T16:50:00+01:00',
    practitioner: 'prat-maquette-yann',
    location: 'loc-consultation-1',
    organization: medicine,
    reason: 'Suivi pédiatrique',
  },
  {
    number: '26000108',
    patient: 'patient-lefevre-tom',
    class: 'AMB',
    start: '2025-12-03T16:50:00+01:00',
    end: '2025-12-03T17:10:00+01:00',
    practitioner: 'prat-maquette-yann',
    location: 'loc-consultation-1',
    organization: medicine,
    reason: 'Suivi pédiatrique',
  },
  {
    number: '26000109',
    patient: 'patient-garcia-maria',
    class: 'AMB',
    start: '2026-01-08T11:00:00+01:00',
    end: '2026-01-08T11:30:00+01:00',
    practitioner: 'prat-exemple-camille',
    location: 'loc-consultation-1',
    organization: medicine,
    reason: 'Hypertension artérielle',
  },
  {
    number: '26000110',
    patient: 'patient-laurent-paul',
    class: 'AMB',
    start: '2026-01-05T15:00:00+01:00',
    end: '2026-01-05T15:30:00+01:00',
    practitioner: 'prat-specimen-hugo',
    location: 'loc-consultation-1',
    organization: medicine,
    reason: 'Fibrillation auriculaire',
  },
  {
    number: '26000111',
    patient: 'patient-inconnu-janvier',
    class: 'EMER',
    start: '2026-01-14T03:20:00+01:00',
    practitioner: 'prat-epreuve-salome',
    location: 'loc-box-3',
    organization: emergency,
    reason: 'Perte de connaissance',
  },
  {
    number: '26000112',
    patient: 'patient-lambert-zelie',
    class: 'IMP',
    start: '2026-01-10T04:52:00+01:00',
    end: '2026-01-14T10:00:00+01:00',
    practitioner: 'prat-pairing-noe',
    location: 'loc-chambre-201',
    organization: medicine,
    reason: 'Naissance',
  },
  {
    number: '26000113',
    patient: 'adrun-zoe',
    class: 'AMB',
    start: '2026-01-14T09:30:00+01:00',
    end: '2026-01-14T09:50:00+01:00',
    practitioner: 'prat-exemple-camille',
    location: 'loc-consultation-1',
    organization: medicine,
    reason: 'Première consultation',
  },
];

/** The visits of the demo patients, finished or under way. */
export function encounters(): Encounter[] {
  return encounterRecords.map((record) => {
    const period = {
      start: record.start,
      ...(record.end ? { end: record.end } : {}),
    };
    return {
      resourceType: 'Encounter',
      id: `enc-${record.number}`,
      meta: { profile: [frCore('encounter')] },
      identifier: [
        {
          use: 'official',
          type: concept(frCoreSystem('identifier-type'), 'VN', 'Visit Number'),
          system: visitSystem,
          value: record.number,
          assigner: { reference: hospital.site },
        },
      ],
      status: record.end ? 'finished' : 'in-progress',
      class: coding(
        'http://terminology.hl7.org/CodeSystem/v3-ActCode',
        record.class,
        classDisplays[record.class],
      ),
      subject: { reference: `Patient/${record.patient}` },
      participant: [{ individual: { reference: `Practitioner/${record.practitioner}` } }],
      period,
      reasonCode: [{ text: record.reason }],
      location: [{ location: { reference: `Location/${record.location}` }, period }],
      serviceProvider: { reference: record.organization },
    };
  });
}
