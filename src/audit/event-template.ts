import { randomBytes, randomInt } from 'node:crypto';
import type { AuditEvent } from 'fhir/r4.d.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Extractor } from '../search/extract.ts';
import type { IndexValues } from '../search/index-values.ts';
import type { PutChange } from '../store/contract.ts';
import { eventCreation } from './event-change.ts';

/**
 * What stands in a template where its events differ. No text of an event can hold one by chance, and each is a valid
 * id, so that what is indexed of it is found again among the index values.
 */
const nonce = randomBytes(12).toString('hex');
export const marks = {
  id: `i${nonce}`,
  requestId: `r${nonce}`,
  resourceId: `d${nonce}`,
  version: `v${nonce}`,
  patient: `p${nonce}`,
  query: `q${nonce}`,
} as const;

/** The instant at which a template is recorded, milliseconds since 1970 UTC: a time when this server was not there. */
const markedInstant = 31_536_000_000 + randomInt(1_000_000_000);

/** ISO 8601 */
export const markedTime = new Date(markedInstant).toISOString();

/** That of `meta.lastUpdated`. */
const markedUpdate = new Date(markedInstant + 2_000_000_000).toISOString();

/** What the marks of a template are filled with; those that it does not have are not looked at. */
export type TemplateValues = Partial<Record<Exclude<keyof typeof marks, 'id'>, string>>;

/** When an event happened, and when it is stored; milliseconds since 1970 UTC. */
export interface EventTimes {
  recorded: number;
  lastUpdated: number;
}

type AllValues = TemplateValues & Partial<Record<'id' | 'recorded' | 'updated', string>>;

type Slot = keyof AllValues;

/** A text with slots between its pieces: one piece more than slots. */
interface SlottedText {
  pieces: string[];
  slots: Slot[];
}

const families = ['string', 'token', 'date', 'number', 'quantity', 'reference', 'uri'] as const;

/** An index value that differs between events: its elements as they are, and those to be filled. */
interface SlottedValue {
  fixed: Record<string, unknown>;
  texts: [name: string, SlottedText][];
}

const slotOf = new Map<string, Slot>([
  ...Object.entries(marks).map(([slot, mark]): [string, Slot] => [mark, slot as Slot]),
  [markedTime, 'recorded'],
  [markedUpdate, 'updated'],
]);
const anyMark = new RegExp([...slotOf.keys()].map((mark) => mark.replaceAll('.', '\\.')).join('|'), 'g');

/**
 * An AuditEvent whose body and index values are made once, by serialising and indexing it as any resource, and then
 * filled for each event: that costs a tenth.
 */
export class EventTemplate {
  readonly #body: SlottedText;
  readonly #fixed: IndexValues;
  readonly #slotted: [family: (typeof families)[number], value: SlottedValue][] = [];
  /** Widths of the date ranges that begin at the instant of the event. */
  readonly #dates: { parameter: string; width: number }[] = [];

  /** @param event with `marks` in it, recorded at `markedTime` */
  constructor(event: AuditEvent, extract: Extractor) {
    const { resourceType, meta, ...elements } = event;
    const versioned = { versionId: '1', lastUpdated: markedUpdate, ...meta };
    const resource = { resourceType, id: marks.id, meta: versioned, ...elements };
    this.#body = slottedText(JSON.stringify(resource));
    const index = extract(resource as unknown as Resource);
    this.#fixed = index;
    for (const family of families) {
      const values = index[family] as unknown as Record<string, unknown>[];
      const kept = values.filter((value) => !this.#takes(family, value));
      Object.assign(index, { [family]: kept });
    }
  }

  /** The creation of one event. */
  change(id: string, { recorded, lastUpdated }: EventTimes, values: TemplateValues): PutChange {
    const time = new Date(recorded).toISOString();
    const updated = recorded === lastUpdated ? time : new Date(lastUpdated).toISOString();
    const all: AllValues = { ...values, id, recorded: time, updated };
    const index: IndexValues = { ...this.#fixed };
    for (const [family, { fixed, texts }] of this.#slotted) {
      const value: Record<string, unknown> = { ...fixed };
      for (const [name, text] of texts) value[name] = filled(text, all);
      const list = index[family] as unknown[];
      if (list === this.#fixed[family]) Object.assign(index, { [family]: [...list, value] });
      else list.push(value);
    }
    if (this.#dates.length > 0) {
      const dates = this.#dates.map(({ parameter, width }) => ({
        parameter,
        low: recorded,
        high: recorded + width,
      }));
      index.date = [...index.date, ...dates];
    }
    return eventCreation({ id, lastUpdated, body: filled(this.#body, all), index });
  }

  /** Takes an index value that differs between events; answers false for one that stays. */
  #takes(family: (typeof families)[number], value: Record<string, unknown>): boolean {
    if (family === 'date' && value['low'] === markedInstant) {
      this.#dates.push({
        parameter: value['parameter'] as string,
        width: (value['high'] as number) - markedInstant,
      });
      return true;
    }
    const texts = Object.entries(value).flatMap(([name, text]): [string, SlottedText][] => {
      if (typeof text !== 'string') return [];
      const slotted = slottedText(text);
      return slotted.slots.length === 0 ? [] : [[name, slotted]];
    });
    if (texts.length === 0) return false;
    this.#slotted.push([family, { fixed: value, texts }]);
    return true;
  }
}

function slottedText(text: string): SlottedText {
  const slots: Slot[] = [];
  const pieces: string[] = [];
  let start = 0;
  for (const { 0: mark, index } of text.matchAll(anyMark)) {
    pieces.push(text.slice(start, index));
    slots.push(slotOf.get(mark) as Slot);
    start = index + mark.length;
  }
  pieces.push(text.slice(start));
  return { pieces, slots };
}

/** @throws Error when there is no value for a slot */
function filled({ pieces, slots }: SlottedText, values: AllValues): string {
  let text = pieces[0] as string;
  for (let position = 0; position < slots.length; position++) {
    const value = values[slots[position] as Slot];
    if (value === undefined) throw new Error(`An audit event lacks its ${slots[position]}`);
    text += value + (pieces[position + 1] as string);
  }
  return text;
}
