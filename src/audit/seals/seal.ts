import { hash } from 'node:crypto';
import type { AuditEvent } from 'fhir/r4.d.ts';
import type { StoredVersion } from '../../store/contract.ts';
import { auditEvent, auditSystems } from '../audit-event.ts';

/** Code system of the events that the trail is kept by. */
export const trailSystem = 'https://passerelle.fr/fhir/CodeSystem/audit-trail';

/** Bytes of an event in a seal. */
export const digestBytes = 16;

/** Events of one category, one after the other. */
export interface CategoryRun {
  category: string;
  count: number;
}

/**
 * What a seal says: the events of one period, in the order of their instants and ids, and the seal before. Periods
 * follow each other without a gap.
 */
export interface Seal {
  /** Counts from 1 by one in each tenant. */
  number: number;
  /** Milliseconds since 1970 UTC: `meta.lastUpdated` of the events lies after `from` and not after `to`. */
  from: number;
  to: number;
  /** One after the other, `digestBytes` each. */
  digests: Buffer;
  categories: readonly CategoryRun[];
  /** `sealHash` of the seal before; empty in the first. */
  previous: string;
}

const idStart = 'seal-';

export function sealId(number: number): string {
  return `${idStart}${String(number).padStart(12, '0')}`;
}

/** The number of the seal that an AuditEvent is by its id, `undefined` for any other event. */
export function sealNumber(id: string): number | undefined {
  return id.startsWith(idStart) ? Number(id.slice(idStart.length)) : undefined;
}

/** How an event stands in a seal: made of all that is stored of it. */
export function eventDigest(version: StoredVersion): Buffer {
  const { id, lastUpdated, deleted, method, body } = version;
  const place = Buffer.from(`${id} ${version.version} ${lastUpdated} ${deleted} ${method}\n`);
  return hash('sha256', Buffer.concat([place, body]), 'buffer').subarray(0, digestBytes);
}

/** How a seal stands in the next one, in hexadecimal digits. */
export function sealHash(seal: StoredVersion): string {
  const { id, version, lastUpdated, deleted, method, body } = seal;
  const place = Buffer.from(`${id} ${version} ${lastUpdated} ${deleted} ${method}\n`);
  return hash('sha256', Buffer.concat([place, body]), 'hex');
}

/** @param now milliseconds since 1970 UTC */
export function sealEvent(seal: Seal, now: number): AuditEvent {
  const { number, from, to, digests, categories, previous } = seal;
  const texts = {
    number: String(number),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    count: String(digests.length / digestBytes),
    categories: categories.map(({ category, count }) => `${category} ${count}`).join(', '),
    previous,
  };
  return auditEvent({
    type: { system: trailSystem, code: 'seal' },
    subtype: [],
    action: 'E',
    outcome: '0',
    outcomeDesc: 'sealed',
    recorded: now,
    agent: [trailAgent],
    entity: [
      {
        detail: [
          ...Object.entries(texts)
            .filter(([, valueString]) => valueString !== '')
            .map(([type, valueString]) => ({ type, valueString })),
          { type: 'digests', valueBase64Binary: digests.toString('base64') },
        ],
      },
    ],
  });
}

/** This server as the keeper of its trail. */
export const trailAgent: AuditEvent['agent'][number] = {
  type: { coding: [{ system: auditSystems.dicom, code: '110150', display: 'Application' }] },
  who: { display: 'Passerelle' },
  requestor: false,
};

/** Reads a stored seal; `undefined` when it is none that this server could have written. */
export function readSeal({ body }: Pick<StoredVersion, 'body'>): Seal | undefined {
  try {
    const { entity } = JSON.parse(body.toString('utf8')) as AuditEvent;
    const details = new Map(
      entity?.[0]?.detail?.map(({ type, valueString, valueBase64Binary }) => [
        type,
        valueString ?? valueBase64Binary ?? '',
      ]),
    );
    const text = (name: string) => details.get(name) ?? '';
    const digests = Buffer.from(text('digests'), 'base64');
    const seal: Seal = {
      number: Number(text('number')),
      from: Date.parse(text('from')),
      to: Date.parse(text('to')),
      digests,
      categories: text('categories').split(', ').map(readRun),
      previous: text('previous'),
    };
    const count = seal.categories.reduce((sum, run) => sum + run.count, 0);
    const isWhole = Number(text('count')) === count && count * digestBytes === digests.length;
    return isWhole && seal.to > seal.from && Number.isSafeInteger(seal.number) ? seal : undefined;
  } catch {
    return undefined;
  }
}

function readRun(text: string): CategoryRun {
  const [category = '', count] = text.split(' ');
  return { category, count: Number(count) };
}
