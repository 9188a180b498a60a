import type { Address, ContactPoint, Extension, HumanName, Identifier, Patient } from 'fhir/r4.d.ts';
import { insOids } from '../src/fhir/ins-oids.ts';
import { codeSystems, extensionUrls } from '../src/ins/fr-core.ts';
import type { IdentityStatus } from '../src/ins/identity-status.ts';
import { systemOfOid } from '../src/ins/ins-identifier.ts';
import { coding, concept, frCore, identifierTypes, inseeCode } from './fr-core.ts';
import { ippSystem } from './namespaces.ts';
import type { Place } from './place.ts';

/** A matricule of 13 characters followed by its key of two digits. */
interface Matricule {
  value: string;
  /** The waiting number (NIA) has no test OID. */
  type: 'INS-NIR-TEST' | 'INS-NIA';
}

/** What a hospital knows of a person, in the words of the RNIV; `patientOf` turns it into a Patient. */
export interface IdentityRecord {
  id: string;
  /** Identifiant permanent du patient, in the namespace of the demo hospital. */
  ipp: string;
  status: IdentityStatus;
  /** Homonyme, douteux, fictif (RNIV EXI ID 24), as codes of fr-core-cs-v2-0445. */
  attributes?: readonly ('HOMA' | 'DOUT' | 'FICT')[];
  birthName: string;
  /** Birth given names in order; a compound one keeps its hyphen. */
  givenNames: readonly string[];
  /** Nom utilisé, only where it differs from the birth name. */
  usedName?: string;
  /** Prénom utilisé, only where it differs from the first birth given name. */
  usedGivenName?: string;
  gender: 'male' | 'female' | 'unknown';
  /** YYYY-MM-DD; unknown parts are completed by the rules of the RNIV, then `birthDateCompleted` is true. */
  birthDate: string;
  birthDateCompleted?: boolean;
  birthPlace?: Place;
  matricule?: Matricule;
  /** Former matricules, under the test OID. */
  formerMatricules?: readonly { value: string; start: string; end: string }[];
  /** Date of the INSi query that gave the identity (Récupérée, Qualifiée). */
  retrievedOn?: string;
  /** Date from which INSi should be asked again. */
  checkDue?: string;
  /** Identity document that was checked (Validée, Qualifiée), a code of fr-core-cs-mode-validation-identity. */
  evidence?: { mode: string; date: string };
  telecom?: ContactPoint[];
  address?: { line: string; place: Place };
  multipleBirth?: number;
  contact?: Patient['contact'];
  generalPractitioner?: string;
  managingOrganization?: string;
}

const matriculeDisplays = {
  'INS-NIR-TEST': 'NIR TEST',
  'INS-NIA': 'NIR temporaire',
};

const insCheckDue = 'https://passerelle.fr/fhir/StructureDefinition/ins-check-due';

const reliabilityDisplays = {
  PROV: 'Identité provisoire',
  VALI: 'Identité validée',
  DOUT: 'Identité douteuse (Attribut d’identité « douteuse »)',
  FICT: 'Identité fictive (Attribut d’identité « fictive »)',
  HOMA: 'Homonyme avéré',
};

/**
 * The Patient of a record. A qualified identity claims fr-core-patient-ins, any other fr-core-patient: FR Core
 * lets the matricule travel with a qualified identity only.
 */
export function patientOf(record: IdentityRecord): Patient {
  return {
    resourceType: 'Patient',
    id: record.id,
    meta: {
      profile: [frCore(record.status === 'QUAL' ? 'patient-ins' : 'patient')],
    },
    extension: extensionsOf(record),
    identifier: identifiersOf(record),
    active: true,
    name: namesOf(record),
    ...(record.telecom ? { telecom: record.telecom } : {}),
    gender: record.gender,
    birthDate: record.birthDate,
    ...(record.address ? { address: [addressOf(record.address)] } : {}),
    ...(record.multipleBirth ? { multipleBirthInteger: record.multipleBirth } : {}),
    ...(record.contact ? { contact: record.contact } : {}),
    ...(record.generalPractitioner
      ? { generalPractitioner: [{ reference: record.generalPractitioner }] }
      : {}),
    ...(record.managingOrganization
      ? { managingOrganization: { reference: record.managingOrganization } }
      : {}),
  };
}

function extensionsOf(record: IdentityRecord): Extension[] {
  const extensions: Extension[] = [{ url: extensionUrls.identityStatus, valueCode: record.status }];
  if (record.checkDue) extensions.push({ url: insCheckDue, valueDate: record.checkDue });
  extensions.push(reliabilityOf(record));
  for (const attribute of record.attributes ?? []) {
    extensions.push({
      url: extensionUrls.identityReliability,
      extension: [reliabilityStatus(attribute)],
    });
  }
  if (record.birthDateCompleted) {
    extensions.push({
      url: frCore('patient-birthdate-update-indicator'),
      valueBoolean: true,
    });
  }
  if (record.birthPlace) {
    extensions.push({
      url: extensionUrls.birthPlace,
      valueAddress: birthPlaceOf(record.birthPlace),
    });
  }
  return extensions;
}

/** FR Core 2.2.0 knows PROV and VALI alone: Récupérée is written PROV there, Qualifiée VALI. */
function reliabilityOf(record: IdentityRecord): Extension {
  const parts: Extension[] = [
    reliabilityStatus(record.status === 'PROV' || record.status === 'RECUP' ? 'PROV' : 'VALI'),
    {
      url: 'methodCollection',
      valueCoding: coding(codeSystems.methodCollection, record.retrievedOn ? 'INSI' : 'SM'),
    },
  ];
  if (record.retrievedOn) parts.push({ url: 'dateCollection', valueDate: record.retrievedOn });
  if (record.evidence) {
    parts.push(
      { url: 'validationDate', valueDate: record.evidence.date },
      {
        url: 'validationMode',
        valueCoding: coding(codeSystems.validationMode, record.evidence.mode),
      },
    );
  }
  return { url: extensionUrls.identityReliability, extension: parts };
}

function reliabilityStatus(code: keyof typeof reliabilityDisplays): Extension {
  return {
    url: 'identityStatus',
    valueCoding: coding(codeSystems.identityReliability, code, reliabilityDisplays[code]),
  };
}

function identifiersOf(record: IdentityRecord): Identifier[] {
  const identifiers: Identifier[] = [];
  if (record.matricule) {
    const { type, value } = record.matricule;
    identifiers.push({
      use: 'official',
      type: concept(identifierTypes, type, matriculeDisplays[type]),
      system: systemOfOid(insOids[type]),
      value,
    });
  }
  for (const { value, start, end } of record.formerMatricules ?? []) {
    identifiers.push({
      use: 'old',
      // FR Core 2.2.0 fixes use official for the type INS-NIR-TEST: a former test matricule has no coded type.
      type: { text: 'Ancien matricule INS de test' },
      system: systemOfOid(insOids['INS-NIR-TEST']),
      value,
      period: { start, end },
    });
  }
  identifiers.push({
    use: 'usual',
    type: concept('http://terminology.hl7.org/CodeSystem/v2-0203', 'PI', 'Patient internal identifier'),
    system: ippSystem,
    value: record.ipp,
  });
  return identifiers;
}

function namesOf(record: IdentityRecord): HumanName[] {
  const first = record.givenNames[0] ?? '';
  const official: HumanName = {
    extension: [
      {
        url: extensionUrls.birthListGivenName,
        valueString: record.givenNames.join(' '),
      },
    ],
    use: 'official',
    family: record.birthName,
    given: [first],
  };
  if (!record.usedName && !record.usedGivenName) return [official];
  const usual: HumanName = {
    use: 'usual',
    family: record.usedName ?? record.birthName,
    given: [record.usedGivenName ?? first],
  };
  return [official, usual];
}

function birthPlaceOf(place: Place): Address {
  const abroad = place.cog.startsWith('99');
  return {
    extension: [inseeCode(place.cog, place.name)],
    ...(abroad ? {} : { city: place.name }),
    ...(place.country ? { country: place.country } : {}),
  };
}

function addressOf({ line, place }: { line: string; place: Place }): Address {
  return {
    extension: [inseeCode(place.cog, place.name)],
    use: 'home',
    line: [line],
    city: place.name,
    ...(place.postalCode ? { postalCode: place.postalCode } : {}),
    ...(place.country ? { country: place.country } : {}),
  };
}
