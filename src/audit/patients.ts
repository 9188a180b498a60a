import type { StoredVersion } from '../store/contract.ts';

/** How a body, which is compact JSON, refers to a Patient of this server. */
const referenceStart = '"reference":"Patient/';
const startBytes = Buffer.from(referenceStart);

const idAtStart = /^[A-Za-z0-9\-.]{1,64}(?=["/])/;

/** Longest id and the character after it. */
const longestId = 65;

/**
 * Ids of the Patients that a version is about: itself, and whomever it refers to in any element. That may be more than
 * its patient compartment tells, such as the other Patient of a link, and never less. Bodies are searched, not parsed:
 * this runs at every read.
 */
export function patientsOf({ type, id, body }: Pick<StoredVersion, 'type' | 'id' | 'body'>): string[] {
  const found = type === 'Patient' ? [id] : [];
  let at = body.indexOf(startBytes);
  while (at >= 0) {
    const start = at + startBytes.length;
    add(found, body.toString('latin1', start, start + longestId));
    at = body.indexOf(startBytes, start);
  }
  return found;
}

/** As `patientsOf`, of a body that is not bytes yet. */
export function patientsOfText({ type, id, body }: { type: string; id: string; body: string }): string[] {
  const found = type === 'Patient' ? [id] : [];
  let at = body.indexOf(referenceStart);
  while (at >= 0) {
    const start = at + referenceStart.length;
    add(found, body.slice(start, start + longestId));
    at = body.indexOf(referenceStart, start);
  }
  return found;
}

function add(found: string[], text: string): void {
  const id = idAtStart.exec(text)?.[0];
  if (id !== undefined && !found.includes(id)) found.push(id);
}
