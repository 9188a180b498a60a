import type { ExpiringStore } from '../../store/contract.ts';

/** The last seal of a tenant, kept beside the events, so that the end of the chain cannot go unseen. */
export interface Head {
  number: number;
  /** See `sealHash`. */
  hash: string;
}

/** A hundred years, in milliseconds. */
const life = 100 * 365 * 86_400_000;

export async function readHead(store: ExpiringStore, tenant: string): Promise<Head | undefined> {
  const text = await store.get(keyOf(tenant));
  return text === undefined ? undefined : (JSON.parse(text) as Head);
}

export async function writeHead(store: ExpiringStore, tenant: string, head: Head): Promise<void> {
  await store.put(keyOf(tenant), JSON.stringify(head), life);
}

function keyOf(tenant: string): string {
  return `audit-head:${tenant}`;
}
