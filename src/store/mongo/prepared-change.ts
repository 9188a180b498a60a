import type { ObjectId } from 'mongodb';
import { containedId, containedType } from '../../search/contained.ts';
import type {
  Change,
  ConditionClaim,
  ContainedResource,
  PutChange,
  ResourceKey,
  WriteMethod,
} from '../contract.ts';
import type { Bodies } from './bodies.ts';
import type { IndexFields, VersionFields } from './documents.ts';
import { indexFields, noIndexFields } from './index-fields.ts';
import { wordFields } from './word-fields.ts';

/** A change as its transaction needs it: all that costs time is computed before. */
export type PreparedChange = ResourceKey & { expectedVersion: number } & (
    | { kind: 'purge' }
    | {
        kind: 'version';
        fields: Omit<VersionFields, 'tenant' | 'created'> & IndexFields;
        identityKeys: readonly string[];
        claim: ConditionClaim | undefined;
        contained: readonly PreparedContained[];
        generation: number | undefined;
      }
  );

/** A contained resource under the type and id by which it is found. */
export interface PreparedContained {
  type: string;
  fields: Pick<VersionFields, 'id' | 'restricted' | 'body'> & IndexFields;
}

const noBody = Buffer.alloc(0);

/** Writes large bodies, so that the files of a commit that fails have to be removed: see `filesOf`. */
export function prepareChanges(bodies: Bodies, changes: readonly Change[]): Promise<PreparedChange[]> {
  return Promise.all(changes.map((change) => prepareChange(bodies, change)));
}

/** The files of large bodies that these changes wrote. */
export function filesOf(changes: readonly PreparedChange[]): ObjectId[] {
  return changes.flatMap((change) => (change.kind === 'purge' ? [] : (change.fields.file ?? [])));
}

async function prepareChange(bodies: Bodies, change: Change): Promise<PreparedChange> {
  const { type, id, expectedVersion } = change;
  switch (change.kind) {
    case 'purge':
      return { kind: 'purge', type, id, expectedVersion };
    case 'delete':
      return {
        kind: 'version',
        type,
        id,
        expectedVersion,
        fields: {
          ...stateOf(change),
          live: false,
          restricted: false,
          body: noBody,
          ...noIndexFields(),
        },
        identityKeys: [],
        claim: undefined,
        contained: [],
        generation: undefined,
      };
    case 'put':
      return {
        kind: 'version',
        type,
        id,
        expectedVersion,
        fields: {
          ...stateOf(change),
          live: true,
          restricted: change.restricted,
          ...(await bodies.store(Buffer.from(change.body))),
          ...searchFields(change),
        },
        identityKeys: change.identityKeys ?? [],
        claim: change.claim,
        contained: change.contained?.map((one) => prepareContained(change, one)) ?? [],
        generation: change.index.generation,
      };
  }
}

function stateOf({
  id,
  version,
  lastUpdated,
  method,
}: {
  id: string;
  version: number;
  lastUpdated: number;
  method: WriteMethod;
}) {
  return { id, version, updated: lastUpdated, method };
}

/** A contained resource as it is found. */
export function prepareContained(container: ResourceKey, one: ContainedResource): PreparedContained {
  return {
    type: containedType(one.type),
    fields: {
      id: containedId(container, one.id),
      restricted: one.restricted,
      body: Buffer.from(one.body),
      ...searchFields(one),
    },
  };
}

/** What a resource is found by. */
export function searchFields({
  index,
  body,
  restricted,
}: Pick<PutChange, 'index' | 'body' | 'restricted'>): IndexFields {
  return { ...indexFields(index), ...wordFields(body, restricted) };
}
