import { createHash } from 'node:crypto';
import type { DocumentReference } from 'fhir/r4.d.ts';
import { coding, concept } from '../fr-core.ts';
import { hospital } from './hospital.ts';

interface DocumentRecord {
  id: string;
  patient: string;
  encounter: string;
  author: string;
  date: string;
  /** LOINC. */
  type: readonly [string, string];
  title: string;
  text: string;
}

const dischargeSummary = ['34105-7', 'Hospital Discharge summary'] as const;
const consultationNote = ['11488-4', 'Consult note'] as const;
const emergencyNote = ['34111-5', 'Emergency department Note'] as const;

const documentRecords: readonly DocumentRecord[] = [
  {
    id: 'doc-martin-sortie',
    patient: 'patient-martin-jeanne',
    encounter: 'enc-26000101',
    author: 'prat-specimen-hugo',
    date: '2026-01-09T13:30:00+01:00',
    type: dischargeSummary,
    title: 'Lettre de liaison à la sortie',
    text: 'Séjour du 5 au 9 janvier 2026 pour décompensation cardiaque.\nÉvolution favorable sous diurétiques. Contrôle du poids chaque jour.\n',
  },
  {
    id: 'doc-bernard-consultation',
    patient: 'patient-bernard-jean-pierre',
    encounter: 'enc-26000102',
    author: 'prat-exemple-camille',
    date: '2025-12-16T10:30:00+01:00',
    type: consultationNote,
    title: 'Compte rendu de consultation',
    text: 'Diabète de type 2 suivi depuis 2014. HbA1c à 7,4 %.\nTraitement inchangé, nouveau contrôle dans trois mois.\n',
  },
  {
    id: 'doc-payet-urgences',
    patient: 'patient-payet-kevin',
    encounter: 'enc-26000105',
    author: 'prat-epreuve-salome',
    date: '2026-01-12T11:20:00+01:00',
    type: emergencyNote,
    title: 'Compte rendu de passage aux urgences',
    text: "Réaction allergique après ingestion d'arachide, sans signe de gravité après traitement.\nOrientation vers une consultation d'allergologie.\n",
  },
  {
    id: 'doc-adrun-consultation',
    patient: 'adrun-zoe',
    encounter: 'enc-26000113',
    author: 'prat-exemple-camille',
    date: '2026-01-14T09:50:00+01:00',
    type: consultationNote,
    title: 'Compte rendu de première consultation',
    text: "Première consultation, examen normal.\nIdentité à vérifier auprès d'INSi.\n",
  },
];

/** Short plain-text documents, held in the DocumentReference itself. */
export function documentReferences(): DocumentReference[] {
  return documentRecords.map((record) => {
    const content = Buffer.from(record.text, 'utf8');
    return {
      resourceType: 'DocumentReference',
      id: record.id,
      status: 'current',
      docStatus: 'final',
      type: concept('http://loinc.org', ...record.type),
      subject: { reference: `Patient/${record.patient}` },
      date: record.date,
      author: [{ reference: `Practitioner/${record.author}` }],
      custodian: { reference: hospital.site },
      securityLabel: [concept('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'N', 'normal')],
      content: [
        {
          attachment: {
            contentType: 'text/plain; charset=utf-8',
            language: 'fr-FR',
            data: content.toString('base64'),
            size: content.length,
            // R4 Attachment.hash is a SHA-1.
            hash: createHash('sha1').update(content).digest('base64'),
            title: record.title,
            creation: record.date,
          },
          format: coding(
            'http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem',
            'urn:ihe:iti:xds:2017:mimeTypeSufficient',
            'mimeType Sufficient',
          ),
        },
      ],
      context: {
        encounter: [{ reference: `Encounter/${record.encounter}` }],
        period: { start: record.date },
      },
    };
  });
}
