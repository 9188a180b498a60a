import type { AuditEvent } from 'fhir/r4.d.ts';
import type { Actor } from '../../access/actor.ts';
import type { AuditContext } from '../balp/agents.ts';
import type { Accessed } from '../event-maker.ts';

/** An event that is durable, and no AuditEvent yet. */
export type JournalEntry = {
  /** The id that the AuditEvent will have. */
  id: string;
  /** Milliseconds since 1970 UTC. */
  recorded: number;
} & ({ context: AuditContext; access: Accessed } | { event: AuditEvent });

/** Entries of one tenant that were written together. */
export interface JournalPage {
  tenant: string;
  entries: JournalEntry[];
}

/** How a page is kept: what its entries share stands once. */
interface KeptPage {
  tenant: string;
  contexts: Omit<AuditContext, 'requestId'>[];
  entries: KeptEntry[];
}

type KeptEntry =
  | [id: string, recorded: number, context: number, requestId: string, access: Accessed]
  | [id: string, recorded: number, event: AuditEvent];

export function pageText({ tenant, entries }: { tenant: string; entries: readonly JournalEntry[] }): string {
  const contexts: KeptPage['contexts'] = [];
  const places = new Map<Actor, Map<string, number>>();
  const placeOf = ({ actor, address }: AuditContext): number => {
    const ofActor = places.get(actor) ?? new Map<string, number>();
    const known = ofActor.get(address);
    if (known !== undefined) return known;
    const place = contexts.push({ actor: auditedActor(actor), address }) - 1;
    places.set(actor, ofActor.set(address, place));
    return place;
  };
  const kept = entries.map((entry): KeptEntry => {
    const { id, recorded } = entry;
    if ('event' in entry) return [id, recorded, entry.event];
    return [id, recorded, placeOf(entry.context), entry.context.requestId, entry.access];
  });
  return JSON.stringify({ tenant, contexts, entries: kept } satisfies KeptPage);
}

/** What `pageText` made a text of. */
export function readPage(text: string): JournalPage {
  const { tenant, contexts, entries } = JSON.parse(text) as KeptPage;
  const read = (entry: KeptEntry): JournalEntry => {
    if (entry.length === 3) return { id: entry[0], recorded: entry[1], event: entry[2] };
    const [id, recorded, place, requestId, access] = entry;
    const context = contexts[place] as KeptPage['contexts'][number];
    return { id, recorded, context: { ...context, requestId }, access };
  };
  return { tenant, entries: entries.map(read) };
}

/** An actor as far as events tell of him. */
function auditedActor({ scopes: _, context: __, ...actor }: Actor): Actor {
  return { ...actor, context: {} };
}
