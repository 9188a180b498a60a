import type { DatabaseStores, KeyRotation } from '../database-stores.ts';
import type { RewrittenVersion } from '../rewriting.ts';
import type { TransferredVersion } from '../transfer.ts';
import { isCounter, openedValue, sealedValue } from './encrypted-expiring.ts';
import { completeNote } from './notes.ts';
import type { Shield } from './shield.ts';

/** Items that are read together. */
const pageSize = 200;

/** Brings a database to the active key, whatever its bodies are encrypted with now. */
export function keyRotation(stores: DatabaseStores, shield: Shield): KeyRotation {
  return {
    async rotate(reindex, onProgress = () => undefined) {
      await shield.noted();
      const count = await sealVersions(stores, shield, onProgress);
      await hashClaims(stores, shield);
      await sealExpiring(stores, shield);
      await reindex();
      await stores.rewriting.clean();
      await stores.secret(completeNote);
      return count;
    },
  };
}

/** What is done already is passed over: so a run that was cut short is taken up. */
async function sealVersions(
  { transfer, rewriting }: DatabaseStores,
  shield: Shield,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  const sizes = await transfer.sizes();
  const total = sizes.reduce((sum, { versions }) => sum + versions, 0);
  let [done, count] = [0, 0];
  for (let place: string | undefined; ; ) {
    const { items, next } = await transfer.versions(pageSize, place);
    const versions = items.filter((item) => isOutdated(shield, item)).map((item) => rewritten(shield, item));
    if (versions.length > 0) await rewriting.rewrite({ versions });
    count += versions.length;
    done += items.length;
    onProgress(Math.min(done, total), total);
    if (next === undefined) return count;
    place = next;
  }
}

function isOutdated({ cipher, names }: Shield, { body, identityKeys }: TransferredVersion): boolean {
  return !cipher.isCurrent(body) || identityKeys.some((key) => names.identityKey(key) !== key);
}

function rewritten({ cipher, names }: Shield, version: TransferredVersion): RewrittenVersion {
  const { tenant, type, id, version: number, body, identityKeys } = version;
  const name = { tenant, type, id, version: number };
  return {
    ...name,
    body: body.length === 0 ? body : Buffer.from(cipher.seal(name, cipher.open(name, body))),
    identityKeys: identityKeys
      .map((from) => ({ from, to: names.identityKey(from) }))
      .filter(({ from, to }) => from !== to),
  };
}

/** Some of them live for years, such as where the audit trail is. */
async function sealExpiring({ transfer, rewriting }: DatabaseStores, shield: Shield): Promise<void> {
  for (let place: string | undefined; ; ) {
    const { items, next } = await transfer.expiring(pageSize, place);
    const expiring = items
      .filter(({ value }) => !isCounter(value) && !shield.cipher.isCurrent(Buffer.from(value)))
      .map(({ key, value: from }) => ({
        key,
        from,
        to: sealedValue(shield, key, openedValue(shield, key, from)),
      }));
    if (expiring.length > 0) await rewriting.rewrite({ expiring });
    if (next === undefined) return;
    place = next;
  }
}

async function hashClaims({ transfer, rewriting }: DatabaseStores, { names }: Shield): Promise<void> {
  for (let place: string | undefined; ; ) {
    const { items, next } = await transfer.claims(pageSize, place);
    const claims = items
      .map(({ tenant, key }) => ({ tenant, from: key, to: names.claim(key) }))
      .filter(({ from, to }) => from !== to);
    if (claims.length > 0) await rewriting.rewrite({ claims });
    if (next === undefined) return;
    place = next;
  }
}
