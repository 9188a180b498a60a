import type { AnyBulkWriteOperation, ClientSession, Collection } from 'mongodb';
import { referenceTo } from '../../fhir/reference.ts';
import type { Conflict, ResourceKey } from '../contract.ts';
import type { HolderDocument } from './documents.ts';
import type { PreparedChange } from './prepared-change.ts';
import type { Succession } from './succession.ts';

/** Who holds the keys that a commit wants: of identity, or of conditions. */
type Holders = ReadonlyMap<string, HolderDocument>;

/** Reads the holders of the identity keys and of the claims that the changes want. */
export async function holdersOf(
  collection: Collection<HolderDocument>,
  session: ClientSession,
  tenant: string,
  keys: readonly string[],
): Promise<Holders> {
  if (keys.length === 0) return new Map();
  const found = await collection
    .find({ tenant, key: { $in: [...keys] } }, { session, hint: 'key' })
    .toArray();
  return new Map(found.map((holder) => [holder.key, holder]));
}

export function wantedIdentityKeys(changes: readonly PreparedChange[]): string[] {
  return changes.flatMap((change) => (change.kind === 'purge' ? [] : change.identityKeys));
}

export function wantedClaims(changes: readonly PreparedChange[]): string[] {
  return changes.flatMap((change) => (change.kind === 'purge' ? [] : (change.claim?.key ?? [])));
}

/** The first change that wants an identity key which another resource holds when the commit is done. */
export function identityConflict(changes: readonly PreparedChange[], holders: Holders): Conflict | undefined {
  const replaced = new Set(changes.map(referenceTo));
  const taken = new Map<string, ResourceKey>();
  for (const [change, prepared] of changes.entries()) {
    for (const key of prepared.kind === 'purge' ? [] : prepared.identityKeys) {
      const stored = holders.get(key);
      const holder = taken.get(key) ?? (stored && !replaced.has(referenceTo(stored)) ? stored : undefined);
      if (holder !== undefined && referenceTo(holder) !== referenceTo(prepared)) {
        return { kind: 'identity', change, key, holder: { type: holder.type, id: holder.id } };
      }
      taken.set(key, prepared);
    }
  }
  return undefined;
}

/** The first change that claims a condition which another resource holds, unless that one is told to be stale. */
export function claimConflict(changes: readonly PreparedChange[], holders: Holders): Conflict | undefined {
  const purged = new Set(changes.filter(({ kind }) => kind === 'purge').map(referenceTo));
  const taken = new Map<string, ResourceKey>();
  for (const [change, prepared] of changes.entries()) {
    if (prepared.kind === 'purge' || prepared.claim === undefined) continue;
    const { key, stale } = prepared.claim;
    const stored = holders.get(key);
    const yields =
      stored !== undefined &&
      ((stale !== undefined && referenceTo(stored) === referenceTo(stale)) ||
        purged.has(referenceTo(stored)));
    const holder = taken.get(key) ?? (yields ? undefined : stored);
    if (holder !== undefined && referenceTo(holder) !== referenceTo(prepared)) {
      return { kind: 'claim', change, key, holder: { type: holder.type, id: holder.id } };
    }
    taken.set(key, prepared);
  }
  return undefined;
}

/** The holders of the keys that the new versions have and the ones before had not, in the order of the keys. */
export function identityHolders(tenant: string, successions: readonly Succession[]): HolderDocument[] {
  return successions
    .flatMap(({ type, id, before, after }) =>
      (after?.identityKeys ?? [])
        .filter((key) => !before?.identityKeys.includes(key))
        .map((key) => ({ tenant, key, type, id })),
    )
    .sort(byKey);
}

/** The holders of the claims that the changes want, in the order of the keys. */
export function claimHolders(tenant: string, changes: readonly PreparedChange[]): HolderDocument[] {
  return changes
    .flatMap((change) =>
      change.kind === 'purge' || change.claim === undefined
        ? []
        : { tenant, key: change.claim.key, type: change.type, id: change.id },
    )
    .sort(byKey);
}

/** Writes that give up the identity keys of the resources' versions before, and take those of the new ones. */
export function identityWrites(
  tenant: string,
  successions: readonly Succession[],
): AnyBulkWriteOperation<HolderDocument>[] {
  const kept = new Set(successions.flatMap(({ after }) => after?.identityKeys ?? []));
  const givenUp = successions
    .flatMap(({ before }) => before?.identityKeys ?? [])
    .filter((key) => !kept.has(key));
  return [
    ...givenUp.sort().map((key) => ({ deleteOne: { filter: { tenant, key } } })),
    ...identityHolders(tenant, successions).map(taking),
  ];
}

/** Writes that give up the claims of purged resources, and take those of the changes. */
export function claimWrites(
  tenant: string,
  changes: readonly PreparedChange[],
): AnyBulkWriteOperation<HolderDocument>[] {
  const purged = changes.filter(({ kind }) => kind === 'purge');
  return [
    ...purged.map(({ type, id }) => ({ deleteMany: { filter: { tenant, type, id } } })),
    ...claimHolders(tenant, changes).map(taking),
  ];
}

/** The holder was checked within the transaction: a racing one makes a conflict of writes or of keys. */
function taking(holder: HolderDocument): AnyBulkWriteOperation<HolderDocument> {
  const { tenant, key } = holder;
  return { replaceOne: { filter: { tenant, key }, replacement: holder, upsert: true } };
}

function byKey(a: HolderDocument, b: HolderDocument): number {
  return a.key < b.key ? -1 : 1;
}
