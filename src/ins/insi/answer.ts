import { isInsOid } from '../../fhir/ins-oids.ts';
import { matriculeKey } from '../matricule.ts';
import { insiDatePattern, type ReferenceTraits } from '../traits.ts';
import type { InsiFault } from './faults.ts';
import { namespaces } from './namespaces.ts';
import type { InsiIdentity, RegisteredIns } from './port.ts';
import { childOf, childrenOf, readXml, textOf, type XmlElement, XmlRefused } from './xml-reader.ts';

/** The content of a SOAP answer, before anything is decided. */
export type SoapContent =
  | { kind: 'body'; element: XmlElement }
  | { kind: 'fault'; fault: InsiFault }
  | { kind: 'malformed' };

/** Reads a SOAP 1.2 answer: the first element of its body, or its fault. */
export function readSoap(text: string): SoapContent {
  let envelope: XmlElement;
  try {
    envelope = readXml(text);
  } catch (error) {
    if (error instanceof XmlRefused) return { kind: 'malformed' };
    throw error;
  }
  if (envelope.namespace !== namespaces.soap || envelope.name !== 'Envelope') return { kind: 'malformed' };
  const content = childOf(envelope, namespaces.soap, 'Body')?.children[0];
  if (content === undefined) return { kind: 'malformed' };
  const isFault = content.namespace === namespaces.soap && content.name === 'Fault';
  return isFault ? { kind: 'fault', fault: readFault(content) } : { kind: 'body', element: content };
}

/** A `RESULTAT`; the identity goes with code 00 and with no other. */
export type SearchResult =
  | { kind: 'identity'; code: '00'; identity: InsiIdentity }
  | { kind: 'code'; code: string }
  | { kind: 'malformed' };

const result = namespaces.result;

/** Reads the result of a search, by names and never by position. */
export function readSearchResult(element: XmlElement): SearchResult {
  if (element.namespace !== result || element.name !== 'RESULTAT') return { kind: 'malformed' };
  const code = safeCode(textOf(childOf(element, result, 'CR'), result, 'CodeCR'));
  if (code === undefined) return { kind: 'malformed' };
  if (code !== '00') return { kind: 'code', code };
  const identity = readIndividual(childOf(element, result, 'INDIVIDU'));
  return identity === undefined ? { kind: 'malformed' } : { kind: 'identity', code, identity };
}

/** A code short and plain enough to be traced; undefined otherwise, so that no content reaches a log. */
export function safeCode(text: string | undefined): string | undefined {
  return text !== undefined && /^[A-Za-z]{0,12}_?\d{1,6}$/.test(text) ? text : undefined;
}

function readIndividual(individual: XmlElement | undefined): InsiIdentity | undefined {
  const active = readIns(childOf(individual, result, 'INSACTIF'));
  const traits = readTraits(childOf(individual, result, 'TIQ'));
  const history = childrenOf(individual, result, 'INSHISTO').flatMap((element) => readIns(element) ?? []);
  if (active === undefined || traits === undefined) return undefined;
  // A former number that is no INS is left out: the raw answer, which is kept, still shows it.
  return { active, history: history.filter(({ oid }) => isInsOid(oid)), traits };
}

function readIns(element: XmlElement | undefined): RegisteredIns | undefined {
  const individual = childOf(element, result, 'IdIndividu');
  const number = textOf(individual, result, 'NumIdentifiant')?.toUpperCase();
  const oid = textOf(element, result, 'OID');
  if (number === undefined || !/^\d{6}[0-9A-Z]\d{6}$/.test(number)) return undefined;
  if (oid === undefined || !/^[0-2](?:\.\d+)+$/.test(oid)) return undefined;
  const computed = /^\d{5}(?:\d\d|2[AB])/.test(number) ? matriculeKey(number) : undefined;
  const returned = textOf(individual, result, 'Cle');
  const key = returned !== undefined && /^\d\d$/.test(returned) ? returned : computed;
  if (key === undefined) return undefined;
  const start = dateOf(element, 'DateDeb');
  const end = dateOf(element, 'DateFin');
  return {
    number,
    key,
    keyVerified: key === computed,
    oid,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}

function dateOf(element: XmlElement | undefined, name: string): string | undefined {
  // Some answers carry an xs:date with a time zone.
  const text = textOf(element, result, name)?.slice(0, 10);
  return text !== undefined && insiDatePattern.test(text) ? text : undefined;
}

const traitElements = {
  birthName: 'NomNaissance',
  firstGivenName: 'Prenom',
  givenNames: 'ListePrenom',
  sex: 'Sexe',
  birthDate: 'DateNaissance',
  birthPlace: 'LieuNaissance',
} as const satisfies Record<keyof ReferenceTraits, string>;

function readTraits(element: XmlElement | undefined): ReferenceTraits | undefined {
  if (element === undefined) return undefined;
  const entries = Object.entries(traitElements).map(([trait, name]) => [
    trait,
    textOf(element, result, name),
  ]);
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined));
}

function readFault(fault: XmlElement): InsiFault {
  const { soap } = namespaces;
  const qualified = textOf(childOf(childOf(fault, soap, 'Code'), soap, 'Subcode'), soap, 'Value');
  const subcode = safeCode(qualified?.split(':').at(-1));
  const error = childOf(childOf(fault, soap, 'Detail'), namespaces.fault, 'Erreur');
  const code = safeCode(error?.attributes['code']);
  return { ...(subcode === undefined ? {} : { subcode }), ...(code === undefined ? {} : { code }) };
}
