import type { SimulatedIns, SimulatedPerson } from './persons.ts';
import type { SimulatorSwitches } from './switches.ts';

/** A fault as INSi words it. */
export interface SimulatedFault {
  side: 'Sender' | 'Receiver';
  /** Local part, such as `siram_40`. */
  subcode: string;
  code: string;
  severity: string;
  text: { fr: string; en: string };
  /** Some faults do not echo the message they answer. */
  echoesMessageId: boolean;
}

/** OID of an INS that is a NIA: there is none for tests. */
export const niaOid = '1.2.250.1.213.1.4.9';
const labels: Readonly<Record<string, string>> = {
  '00': 'OK',
  '01': 'Aucune identite trouvee',
  '02': 'Plusieurs identites trouvees',
};

/** The answer to a search: a code, and the person with code 00. */
export function writeResult(
  code: '00' | '01' | '02',
  person: SimulatedPerson | undefined,
  switches: SimulatorSwitches,
) {
  const individual = person === undefined ? '' : writeIndividual(person, switches);
  const result =
    `<RESULTAT xmlns="http://www.cnamts.fr/INSiResultat"><CR><CodeCR>${code}</CodeCR>` +
    `<LibelleCR>${labels[code]}</LibelleCR></CR>${individual}</RESULTAT>`;
  return writeEnvelope(result, switches);
}

/** The answer to a unit verification, in a contract of the simulator's own and marked so. */
export function writeUnitResult(matches: boolean, switches: SimulatorSwitches): string {
  const namespace = 'http://www.cnamts.fr/INSiLot2/REPUnitaire';
  const code = matches ? '00' : '01';
  const result =
    `<ReponseUnitaire xmlns="${namespace}" contract="simulated-contract"><CR><CodeCR>${code}</CodeCR>` +
    '<LibelleCR>simulated-contract</LibelleCR></CR></ReponseUnitaire>';
  return writeEnvelope(result, switches);
}

/** A SOAP 1.2 fault. */
export function writeFault(
  fault: SimulatedFault,
  messageId: string | undefined,
  switches: SimulatorSwitches,
): string {
  const { outer } = prefixes(switches);
  const echo = fault.echoesMessageId && messageId !== undefined ? ` messageID="${escapeXml(messageId)}"` : '';
  const text = fault.text[switches.reasonLanguage];
  // INSi declares its French wording as English.
  const content =
    `<${outer}:Fault><${outer}:Code><${outer}:Value>${outer}:${fault.side}</${outer}:Value>` +
    `<${outer}:Subcode><${outer}:Value>${outer}:${fault.subcode}</${outer}:Value></${outer}:Subcode></${outer}:Code>` +
    `<${outer}:Reason><${outer}:Text xml:lang="en">${escapeXml(text)}</${outer}:Text></${outer}:Reason>` +
    `<${outer}:Detail><siram:Erreur xmlns:siram="urn:siram" code="${fault.code}" severite="${fault.severity}"${echo}>` +
    `${escapeXml(text)}</siram:Erreur></${outer}:Detail></${outer}:Fault>`;
  return writeEnvelope(content, switches, outer);
}

function writeEnvelope(content: string, switches: SimulatorSwitches, bodyPrefix?: string): string {
  const { outer, inner } = prefixes(switches);
  const body = bodyPrefix ?? inner;
  const namespace = 'http://www.w3.org/2003/05/soap-envelope';
  return (
    `<?xml version="1.0" encoding="UTF-8"?><${outer}:Envelope xmlns:${outer}="${namespace}">` +
    `<${outer}:Header/><${body}:Body xmlns:${body}="${namespace}">${content}</${body}:Body></${outer}:Envelope>`
  );
}

function prefixes({ prefixStyle }: SimulatorSwitches): { outer: string; inner: string } {
  return prefixStyle === 'mixed' ? { outer: 'env', inner: 'S' } : { outer: prefixStyle, inner: prefixStyle };
}

function writeIndividual(person: SimulatedPerson, switches: SimulatorSwitches): string {
  const history = (person.history ?? []).slice(0, switches.singleHistory ? 1 : undefined);
  const traits = [
    tag('NomNaissance', person.birthName),
    tag('Prenom', switches.withPrenom ? person.givenNames[0] : undefined),
    tag('ListePrenom', person.givenNames.join(' ')),
    tag('Sexe', person.sex),
    tag('DateNaissance', person.birthDate),
    tag('LieuNaissance', switches.missingBirthPlace ? undefined : person.birthPlace),
  ];
  const former = history.map((ins) => writeIns('INSHISTO', ins, switches)).join('');
  const active = writeIns('INSACTIF', person.active, switches);
  return `<INDIVIDU>${active}${former}<TIQ>${traits.join('')}</TIQ></INDIVIDU>`;
}

function writeIns(name: string, ins: SimulatedIns, { nirOid }: SimulatorSwitches): string {
  const individual = tag('NumIdentifiant', ins.number) + tag('Cle', ins.key);
  const oid = tag('OID', ins.kind === 'NIA' ? niaOid : nirOid);
  const dates = tag('DateDeb', ins.start) + tag('DateFin', ins.end);
  return `<${name}><IdIndividu>${individual}</IdIndividu>${oid}${dates}</${name}>`;
}

function tag(name: string, text: string | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(text)}</${name}>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
