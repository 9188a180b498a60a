import type { Actor } from '../access/actor.ts';
import type { Extractor } from '../search/extract.ts';
import type { PutChange } from '../store/contract.ts';
import type { AuditContext, AuditSource } from './balp/agents.ts';
import type { AuditedResource } from './balp/entities.ts';
import { type RestAccess, restEvent } from './balp/rest-event.ts';
import { EventTemplate, type EventTimes, markedTime, marks, type TemplateValues } from './event-template.ts';

/** An interaction of REST to be recorded, its instant left to the trail. */
export type Accessed = Omit<RestAccess, 'recorded'>;

/** Templates kept; one is for the events of one actor at one address that differ in ids and instants alone. */
const mostTemplates = 2000;

export interface EventMakerOptions {
  source: AuditSource;
  extract: Extractor;
  /** Changes whenever the search parameters do. */
  revision(): number;
}

/** Makes the AuditEvents of interactions ready to be committed. */
export class EventMaker {
  readonly #options: EventMakerOptions;
  readonly #templates = new Map<string, EventTemplate>();
  readonly #actors = new WeakMap<Actor, string>();
  #revision: number;

  constructor(options: EventMakerOptions) {
    this.#options = options;
    this.#revision = options.revision();
  }

  change(id: string, times: EventTimes, context: AuditContext, access: Accessed): PutChange {
    const { resource, query, patient } = access;
    const values: TemplateValues = { requestId: context.requestId };
    if (resource !== undefined) {
      values.resourceId = resource.id;
      if (resource.version !== undefined) values.version = String(resource.version);
    }
    if (query !== undefined) values.query = query;
    if (patient !== undefined) values.patient = patient;
    return this.#template(context, access).change(id, times, values);
  }

  #template(context: AuditContext, access: Accessed): EventTemplate {
    const revision = this.#options.revision();
    if (revision !== this.#revision || this.#templates.size >= mostTemplates) {
      this.#templates.clear();
      this.#revision = revision;
    }
    const key = this.#key(context, access);
    let template = this.#templates.get(key);
    if (template === undefined) {
      const event = restEvent(
        this.#options.source,
        { ...context, requestId: marks.requestId },
        { ...marked(access), recorded: markedTime },
      );
      template = new EventTemplate(event, this.#options.extract);
      this.#templates.set(key, template);
    }
    return template;
  }

  #key({ actor, address }: AuditContext, access: Accessed): string {
    const { kind, interaction, operation, resource, query, patient, outcome, outcomeDesc } = access;
    const about = `${resource?.version !== undefined} ${query !== undefined} ${patient !== undefined} ${isOfItself(access)}`;
    const what = `${kind} ${interaction ?? ''} ${operation ?? ''} ${resource?.type ?? ''} ${outcome} ${outcomeDesc ?? ''}`;
    return `${what}\n${about}\n${address}\n${this.#actor(actor)}`;
  }

  #actor(actor: Actor): string {
    let key = this.#actors.get(actor);
    if (key === undefined) {
      const { kind, subject, fhirUser, organization, clientId, roles, tokenReference, purposeOfUse } = actor;
      key = JSON.stringify([
        kind,
        subject,
        fhirUser,
        organization,
        clientId,
        roles,
        tokenReference,
        purposeOfUse,
      ]);
      this.#actors.set(actor, key);
    }
    return key;
  }
}

function marked(access: Accessed): Accessed {
  const { resource, query, patient } = access;
  return {
    ...access,
    ...(resource === undefined ? {} : { resource: markedResource(resource, isOfItself(access)) }),
    ...(query === undefined ? {} : { query: marks.query }),
    ...(patient === undefined ? {} : { patient: marks.patient }),
  };
}

function markedResource({ type, version }: AuditedResource, isPatient: boolean): AuditedResource {
  const id = isPatient ? marks.patient : marks.resourceId;
  return { type, id, ...(version === undefined ? {} : { version: marks.version }) };
}

/** The resource is the Patient that the event is about: its two references are indexed once. */
function isOfItself({ resource, patient }: Accessed): boolean {
  return resource !== undefined && resource.type === 'Patient' && resource.id === patient;
}
