/**
 * The status of an identity as a Patient carries it: FR Core's `fr-core-identity-reliability`, repeated
 * once for the status and once for each attribute, beside Passerelle's own extension that holds the
 * status in four values.
 */
import type { Coding, Extension, Patient } from 'fhir/r4.d.ts';
import { codeSystems, extensionUrls } from './fr-core.ts';
import { type IdentityPolicy, isValidationMode } from './identity-policy.ts';
import {
  type IdentityAttribute,
  type IdentityState,
  type IdentityStatus,
  identityAttributes,
  identityStatuses,
  isBlocked,
} from './identity-status.ts';
import { officialIns } from './ins-identifier.ts';

/** An identity state with the facts that FR Core records beside it. */
export interface IdentityRecord extends IdentityState {
  /** `SM`, `CV`, `INSI`, `CB`, `RFID`: how the traits or the INS were obtained. */
  methodCollection?: string;
  /** Day of the INSi call, `YYYY-MM-DD`. */
  dateCollection?: string;
  /** Day of the check against a document, `YYYY-MM-DD`. */
  validationDate?: string;
}

const attributeOfCode: Readonly<Record<string, IdentityAttribute>> = {
  HOMA: 'homonyme',
  HOMD: 'homonyme',
  DOUT: 'douteux',
  FICT: 'fictif',
};
const codeOfAttribute = { homonyme: 'HOMA', douteux: 'DOUT', fictif: 'FICT' } as const;
const otherStatusCodes = ['VIDE', 'INVA'];

/**
 * Reads the identity of a Patient. Passerelle's own extension decides the status. Without it:
 * - draft codes (RECUP, QUAL, and VALI of the draft code system) are taken as they are;
 * - VALI is QUAL when an INS is in force in the Patient, else VALI;
 * - PROV obtained by INSi, with an INS in force, is RECUP; without the INS nothing shows it: PROV;
 * - contradictory statuses, none, or any other code: PROV.
 *
 * Douteux or fictif makes it PROV whatever is written (RNIV EXI ID 26).
 */
export function readIdentity(patient: Patient): IdentityRecord {
  const repetitions = reliabilityOf(patient);
  const attributes = new Set(repetitions.flatMap((each) => attributeOfCode[statusCode(each) ?? ''] ?? []));
  const evidence = firstCode(repetitions, 'validationMode');
  const state: IdentityState = {
    status: readStatus(patient, repetitions),
    attributes: identityAttributes.filter((attribute) => attributes.has(attribute)),
    ...(isValidationMode(evidence) ? { evidence } : {}),
  };
  const methodCollection = firstCode(repetitions, 'methodCollection');
  const dateCollection = firstDate(repetitions, 'dateCollection');
  const validationDate = firstDate(repetitions, 'validationDate');
  return {
    ...(isBlocked(state) ? { ...state, status: 'PROV' } : state),
    ...(methodCollection === undefined ? {} : { methodCollection }),
    ...(dateCollection === undefined ? {} : { dateCollection }),
    ...(validationDate === undefined ? {} : { validationDate }),
  };
}

/** True when a Patient, checked or not, states a status or an attribute of its identity. */
export function statesIdentity({ extension = [] }: Patient): boolean {
  return extension.some(isStatement);
}

/** The extensions that state the identity, as they stand. */
export function identityStatements({ extension = [] }: Patient): Extension[] {
  return extension.filter(isStatement);
}

/**
 * What an identity may not be: douteuse or fictive with another status than provisoire, or fictive and anything
 * else (RNIV EXI ID 26); `undefined` when nothing is wrong.
 */
export function identityProblem(patient: Patient): string | undefined {
  const { attributes } = readIdentity(patient);
  if (attributes.includes('fictif') && attributes.length > 1) {
    return 'A fictive identity has no other attribute';
  }
  if (isBlocked({ status: 'PROV', attributes }) && readStatus(patient, reliabilityOf(patient)) !== 'PROV') {
    return 'An identity that is douteuse or fictive is provisoire';
  }
  return undefined;
}

/**
 * The Patient with its identity written anew. Management marks (DOUB, COLP, CACH…) and every other
 * extension stay as they are; a detected namesake (HOMD) keeps its code.
 */
export function writeIdentity(patient: Patient, record: IdentityRecord, policy: IdentityPolicy): Patient {
  const kept = (patient.extension ?? []).filter((extension) => !isOurs(extension));
  const wasDetected = reliabilityOf(patient).some((each) => statusCode(each) === 'HOMD');
  const written: Extension[] = [
    { url: extensionUrls.identityStatus, valueCode: record.status },
    { url: extensionUrls.identityReliability, extension: statusParts(record, policy) },
    ...record.attributes.map((attribute) => {
      const code = attribute === 'homonyme' && wasDetected ? 'HOMD' : codeOfAttribute[attribute];
      const identityStatus = coded('identityStatus', { system: codeSystems.identityReliability, code });
      return { url: extensionUrls.identityReliability, extension: [identityStatus] };
    }),
  ];
  return { ...patient, extension: [...written, ...kept] };
}

function statusParts(record: IdentityRecord, policy: IdentityPolicy): Extension[] {
  const { methodCollection, dateCollection, validationDate, evidence } = record;
  const parts = [coded('identityStatus', publishedStatus(record.status, policy))];
  if (methodCollection !== undefined) {
    parts.push(coded('methodCollection', { system: codeSystems.methodCollection, code: methodCollection }));
  }
  if (dateCollection !== undefined) parts.push({ url: 'dateCollection', valueDate: dateCollection });
  if (validationDate !== undefined) parts.push({ url: 'validationDate', valueDate: validationDate });
  if (evidence !== undefined) {
    parts.push(coded('validationMode', { system: codeSystems.validationMode, code: evidence }));
  }
  return parts;
}

function publishedStatus(status: IdentityStatus, { qualifiedCode }: IdentityPolicy): Coding {
  if (qualifiedCode === 'QUAL') return { system: codeSystems.identityStatus, code: status };
  const code = status === 'VALI' || status === 'QUAL' ? 'VALI' : 'PROV';
  return { system: codeSystems.identityReliability, code };
}

function readStatus(patient: Patient, repetitions: Extension[]): IdentityStatus {
  const own = patient.extension?.find(({ url }) => url === extensionUrls.identityStatus)?.valueCode;
  const stated = identityStatuses.find((status) => status === own);
  if (stated !== undefined) return stated;
  const inferred = new Set(repetitions.flatMap((repetition) => inferStatus(patient, repetition) ?? []));
  const [only] = inferred;
  return only !== undefined && inferred.size === 1 ? only : 'PROV';
}

function inferStatus(patient: Patient, repetition: Extension): IdentityStatus | undefined {
  const coding = part(repetition, 'identityStatus')?.valueCoding;
  const status = identityStatuses.find((each) => each === coding?.code);
  if (status === undefined || coding?.system === codeSystems.identityStatus) return status;
  const hasIns = officialIns(patient) !== undefined;
  if (status === 'VALI') return hasIns ? 'QUAL' : 'VALI';
  const fromInsi = part(repetition, 'methodCollection')?.valueCoding?.code === 'INSI';
  return status === 'PROV' && fromInsi && hasIns ? 'RECUP' : status;
}

/** True for the extensions that this file writes, and for a reliability without status. */
function isOurs(extension: Extension): boolean {
  if (extension.url === extensionUrls.identityStatus) return true;
  if (extension.url !== extensionUrls.identityReliability) return false;
  const code = statusCode(extension);
  if (code === undefined || attributeOfCode[code] !== undefined) return true;
  return identityStatuses.some((status) => status === code) || otherStatusCodes.includes(code);
}

function isStatement(extension: Extension | null): boolean {
  return (
    extension?.url === extensionUrls.identityStatus || extension?.url === extensionUrls.identityReliability
  );
}

function reliabilityOf(patient: Patient): Extension[] {
  return (patient.extension ?? []).filter(({ url }) => url === extensionUrls.identityReliability);
}

function statusCode(repetition: Extension): string | undefined {
  return part(repetition, 'identityStatus')?.valueCoding?.code;
}

function firstCode(repetitions: Extension[], url: string): string | undefined {
  return repetitions.map((each) => part(each, url)?.valueCoding?.code).find((code) => code !== undefined);
}

function firstDate(repetitions: Extension[], url: string): string | undefined {
  return repetitions.map((each) => part(each, url)?.valueDate).find((date) => date !== undefined);
}

function part(repetition: Extension, url: string): Extension | undefined {
  return repetition.extension?.find((each) => each.url === url);
}

function coded(url: string, valueCoding: Coding): Extension {
  return { url, valueCoding };
}
