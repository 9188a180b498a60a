import { createHash } from 'node:crypto';
import type { Transfer, TransferredVersion } from '../transfer.ts';

/** Versions that are read together. */
const pageSize = 1000;

/** What there is of one type of one tenant. */
export interface TypeContent {
  tenant: string;
  type: string;
  /** Resources that are not deleted. */
  resources: number;
  versions: number;
  /** SHA-256 values of all versions, combined so that their order does not matter; hexadecimal. */
  digest: string;
}

export interface TypeComparison {
  source: TypeContent;
  target: TypeContent;
  isEqual: boolean;
}

export interface Comparison {
  types: TypeComparison[];
  claims: { source: number; target: number };
  isEqual: boolean;
}

/**
 * Compares two databases version by version, with the methods, instants and identity keys, and counts their claims.
 * @param onProgress told how many versions are read on both sides
 */
export async function compareDatabases(
  source: Transfer,
  target: Transfer,
  onProgress: (done: number) => void = () => undefined,
): Promise<Comparison> {
  const progress = { done: 0 };
  const tell = (read: number) => {
    progress.done += read;
    onProgress(progress.done);
  };
  const ofSource = await contentsOf(source, tell);
  const ofTarget = await contentsOf(target, tell);
  const names = [...new Set([...ofSource.keys(), ...ofTarget.keys()])].sort();
  const types = names.map((name): TypeComparison => {
    const [one, other] = [ofSource.get(name), ofTarget.get(name)];
    const present = (one ?? other) as TypeContent;
    const none = { tenant: present.tenant, type: present.type, resources: 0, versions: 0, digest: '' };
    const [left, right] = [one ?? none, other ?? none];
    return { source: left, target: right, isEqual: JSON.stringify(left) === JSON.stringify(right) };
  });
  const claims = { source: await countClaims(source), target: await countClaims(target) };
  return { types, claims, isEqual: types.every(({ isEqual }) => isEqual) && claims.source === claims.target };
}

async function contentsOf(
  transfer: Transfer,
  onRead: (versions: number) => void,
): Promise<Map<string, TypeContent>> {
  const contents = new Map<string, Omit<TypeContent, 'digest'> & { sum: Buffer }>();
  let place: string | undefined;
  do {
    const { items, next } = await transfer.versions(pageSize, place);
    for (const version of items) {
      const { tenant, type, isCurrent, deleted } = version;
      const name = JSON.stringify([tenant, type]);
      const content = contents.get(name) ?? {
        tenant,
        type,
        resources: 0,
        versions: 0,
        sum: Buffer.alloc(32),
      };
      contents.set(name, content);
      content.versions += 1;
      if (isCurrent && !deleted) content.resources += 1;
      combine(content.sum, digestOf(version));
    }
    onRead(items.length);
    place = next;
  } while (place !== undefined);
  return new Map(
    [...contents].map(([name, { sum, ...content }]) => [name, { ...content, digest: sum.toString('hex') }]),
  );
}

function digestOf(version: TransferredVersion): Buffer {
  const { id, version: number, lastUpdated, deleted, method, restricted, isCurrent, identityKeys } = version;
  const state = [id, number, lastUpdated, deleted, method, restricted, isCurrent, [...identityKeys].sort()];
  return createHash('sha256').update(JSON.stringify(state)).update(version.body).digest();
}

/** No two versions have one digest, so that none is undone by another. */
function combine(sum: Buffer, digest: Buffer): void {
  for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) ^ (digest[at] as number);
}

async function countClaims(transfer: Transfer): Promise<number> {
  let count = 0;
  let place: string | undefined;
  do {
    const { items, next } = await transfer.claims(pageSize, place);
    count += items.length;
    place = next;
  } while (place !== undefined);
  return count;
}
