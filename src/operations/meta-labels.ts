import type { Meta } from '../fhir/resource.ts';
import { jsonBody } from '../interactions/presentation.ts';
import type { FhirResponse } from '../interactions/request.ts';
import type { StoredVersion } from '../store/contract.ts';

/** What `$meta-add` and `$meta-delete` work on: the sets within a Meta. */
export type MetaLabels = Required<Pick<Meta, 'profile' | 'security' | 'tag'>>;

type Coding = MetaLabels['tag'][number];

/** The sets of a Meta; those that are missing are empty. */
export function metaLabels({ profile = [], security = [], tag = [] }: Meta): MetaLabels {
  return { profile, security, tag };
}

/** A Meta with more labels. A coding is the same as another of its system and code, whatever its display. */
export function addLabels(meta: Meta, added: MetaLabels): Meta {
  const { profile, security, tag } = metaLabels(meta);
  return withLabels(meta, {
    profile: [...new Set([...profile, ...added.profile])],
    security: union(security, added.security),
    tag: union(tag, added.tag),
  });
}

/** A Meta without some of its labels. */
export function removeLabels(meta: Meta, removed: MetaLabels): Meta {
  const { profile, security, tag } = metaLabels(meta);
  return withLabels(meta, {
    profile: profile.filter((url) => !removed.profile.includes(url)),
    security: difference(security, removed.security),
    tag: difference(tag, removed.tag),
  });
}

/** The answer of the operations on meta: a Parameters with the Meta as `return`. */
export function metaResponse(meta: Meta, version?: StoredVersion): FhirResponse {
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta: meta }] };
  return {
    status: 200,
    ...(version === undefined ? {} : { version: version.version, lastModified: version.lastUpdated }),
    body: jsonBody(parameters),
  };
}

/** FHIR has no empty arrays. */
function withLabels(meta: Meta, labels: MetaLabels): Meta {
  const { profile: _profile, security: _security, tag: _tag, ...others } = meta;
  return { ...others, ...Object.fromEntries(Object.entries(labels).filter(([, list]) => list.length > 0)) };
}

function union(codings: readonly Coding[], added: readonly Coding[]): Coding[] {
  const merged = new Map<string, Coding>();
  for (const coding of [...codings, ...added]) {
    const key = codingKey(coding);
    if (!merged.has(key)) merged.set(key, coding);
  }
  return [...merged.values()];
}

function difference(codings: readonly Coding[], removed: readonly Coding[]): Coding[] {
  const keys = new Set(removed.map(codingKey));
  return codings.filter((coding) => !keys.has(codingKey(coding)));
}

function codingKey({ system, code }: Coding): string {
  return JSON.stringify([system, code]);
}
