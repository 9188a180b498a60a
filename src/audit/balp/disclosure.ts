import type { AuditEvent, AuditEventAgent, CodeableConcept, Reference } from 'fhir/r4.d.ts';
import type { AuditOutcome } from '../audit-event.ts';
import { type AuditContext, type AuditSource, serverAgent, sourceElement, userAgents } from './agents.ts';
import { agentTypes, eventSubtypes, eventTypes, profileUrl } from './codes.ts';
import { type AuditedResource, dataEntity, patientEntity, requestIdEntity } from './entities.ts';

/** The other side of a disclosure, such as another structure, the DMP or MSSanté. */
export interface DisclosureParty {
  who: Reference;
  /** URL, host name or address that the data went to or came from. */
  address: string;
}

/** Health data of a patient that leave this server for others, or come to it from them. */
export interface Disclosure {
  /** `Source`: this server gave them; `Recipient`: it took them. */
  side: 'Source' | 'Recipient';
  party: DisclosureParty;
  /** Id of the Patient. */
  patient: string;
  /** At least one. */
  resources: readonly AuditedResource[];
  outcome: AuditOutcome;
  outcomeDesc?: string;
  /** Why, by preference a code of v3-ActReason. */
  purposeOfEvent: CodeableConcept;
  /** ISO 8601 */
  recorded: string;
}

/** The AuditEvent of a disclosure (IHE BALP, PrivacyDisclosure.Source and .Recipient). */
export function disclosureEvent(
  server: AuditSource,
  context: AuditContext,
  disclosure: Disclosure,
): AuditEvent {
  const { side, party, patient, resources, outcome, outcomeDesc, purposeOfEvent, recorded } = disclosure;
  const gives = side === 'Source';
  const own = serverAgent(server, gives ? agentTypes.source : agentTypes.destination);
  const other = partyAgent(party, gives ? agentTypes.destination : agentTypes.source);
  return {
    resourceType: 'AuditEvent',
    ...(resources.length === 0
      ? {}
      : { meta: { profile: [profileUrl(`IHE.BasicAudit.PrivacyDisclosure.${side}`)] } }),
    type: gives ? eventTypes.export : eventTypes.import,
    subtype: [eventSubtypes.disclose],
    action: gives ? 'R' : 'C',
    recorded,
    outcome,
    ...(outcomeDesc === undefined ? {} : { outcomeDesc }),
    purposeOfEvent: [purposeOfEvent],
    agent: [own, other, ...userAgents(context.actor, agentTypes.recipient)],
    source: sourceElement(server),
    entity: [patientEntity(patient), ...resources.map(dataEntity), requestIdEntity(context.requestId)],
  };
}

/** Code of AuditEvent.agent.network.type: a URI. */
const uri = '5';

function partyAgent({ who, address }: DisclosureParty, type: CodeableConcept): AuditEventAgent {
  return { type, who, requestor: false, network: { address, type: uri } };
}
