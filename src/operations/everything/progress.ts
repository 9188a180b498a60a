import { randomUUID } from 'node:crypto';
import { fhirError } from '../../fhir/error.ts';
import { cursorParameter } from '../../interactions/page-link.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { Position } from './walk.ts';

/** How long a page link works, in milliseconds. */
const linkLife = 24 * 60 * 60 * 1000;

/** How far the pages before have come. */
interface Progress {
  position: Position;
  /** `Type/id` of what must not be sent again. */
  sent: Set<string>;
}

/** Keeps where a page ended; the cursor that it is found by goes into the page link. */
export async function suspend(spine: Spine, { position, sent }: Progress): Promise<string> {
  if (sent.size === 0) return JSON.stringify({ position });
  const key = `everything ${randomUUID()}`;
  await spine.stores.expiring.put(key, JSON.stringify([...sent]), linkLife);
  return JSON.stringify({ position, key });
}

/** @throws FhirError 410 when the link is older than its life */
export async function resume(spine: Spine, cursor: string | undefined): Promise<Progress> {
  if (cursor === undefined) return { position: { step: 0 }, sent: new Set() };
  const { position, key } = JSON.parse(cursor) as { position: Position; key?: string };
  if (key === undefined) return { position, sent: new Set() };
  const sent = await spine.stores.expiring.get(key);
  if (sent === undefined)
    throw fhirError(410, 'expired', 'The page link is too old; start again', cursorParameter);
  return { position, sent: new Set(JSON.parse(sent) as string[]) };
}
