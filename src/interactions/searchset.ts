import { randomUUID } from 'node:crypto';
import type { Issue } from '../fhir/error.ts';
import { operationOutcome } from '../fhir/error.ts';
import { isContainedType } from '../search/contained.ts';
import type { StoredVersion } from '../store/contract.ts';
import { jsonBody, visibleBody } from './presentation.ts';
import type { Spine } from './spine.ts';

/** What a page of a Bundle says about itself, in the order in which it is written. */
export interface BundleHead {
  type: 'searchset' | 'history' | 'batch-response' | 'transaction-response';
  total?: number;
  links?: readonly { relation: string; url: string }[];
}

/**
 * Bytes of a Bundle around entries that are already bytes: stored bodies are copied into it, never parsed.
 */
export function bundleBody(head: BundleHead, entries: readonly Buffer[][]): Buffer {
  const { type, total, links } = head;
  const lead = {
    resourceType: 'Bundle',
    type,
    ...(total === undefined ? {} : { total }),
    ...(links === undefined ? {} : { link: links }),
  };
  const text = JSON.stringify(lead).slice(0, -1);
  if (entries.length === 0) return Buffer.from(`${text}}`);
  const parts: Buffer[] = [Buffer.from(`${text},"entry":[`)];
  entries.forEach((entry, index) => {
    if (index > 0) parts.push(comma);
    parts.push(...entry);
  });
  parts.push(end);
  return Buffer.concat(parts);
}

/** One found resource as a Bundle entry. */
export function searchEntry(spine: Spine, version: StoredVersion, mode: 'match' | 'include'): Buffer[] {
  // The id of a contained resource is its whole address.
  const address = isContainedType(version.type) ? version.id : `${version.type}/${version.id}`;
  const fullUrl = `${spine.baseUrl}/${address}`;
  return [
    Buffer.from(`{"fullUrl":"${fullUrl}","resource":`),
    visibleBody(spine, version),
    mode === 'match' ? matchEnd : includeEnd,
  ];
}

/** The entry in which a search says what it ignored (search.html#Introduction, `search.mode` outcome). */
export function outcomeEntry(issues: readonly Issue[]): Buffer[] {
  const entry = {
    fullUrl: `urn:uuid:${randomUUID()}`,
    resource: operationOutcome(issues),
    search: { mode: 'outcome' },
  };
  return [jsonBody(entry)];
}

const comma = Buffer.from(',');
const end = Buffer.from(']}');
const matchEnd = Buffer.from(',"search":{"mode":"match"}}');
const includeEnd = Buffer.from(',"search":{"mode":"include"}}');
