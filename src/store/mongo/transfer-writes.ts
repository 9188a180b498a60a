import { type ClientSession, ObjectId } from 'mongodb';
import { referenceTo } from '../../fhir/reference.ts';
import { containedType } from '../../search/contained.ts';
import type { ExpiringValue, IndexedVersion, StoredClaim, TransferBatch } from '../transfer.ts';
import type { Bodies } from './bodies.ts';
import { writeSuccessions } from './commit-writes.ts';
import { isCreationKey } from './creation-key.ts';
import type { Database, ExpiringDocument } from './database.ts';
import type { CurrentDocument } from './documents.ts';
import { UnknownEnd } from './errors.ts';
import { secretName } from './facts.ts';
import { identityWrites } from './holders.ts';
import { noIndexFields } from './index-fields.ts';
import { filesOf, type PreparedChange, prepareContained, searchFields } from './prepared-change.ts';
import { type Succession, successionProjection, successionsOf } from './succession.ts';
import type { TenantDatabases } from './tenant-databases.ts';
import { inTransaction } from './transaction.ts';

/** The fact that keeps the note of the last batch. */
export const transferNoteName = 'transfer';

/** See `Transfer.write`. */
export async function writeTransfer(tenants: TenantDatabases, batch: TransferBatch): Promise<void> {
  const { shared } = tenants;
  const { versions = [], claims = [], expiring = [], secrets = [], note } = batch;
  await makeTypes(tenants, versions);
  const prepared = await Promise.all(
    versions.map(async (version) => ({
      tenant: version.tenant,
      change: await prepareVersion(tenants.of(version.tenant).bodies, version),
    })),
  );
  try {
    await inTransaction(shared, async (session) => {
      for (const tenant of new Set(prepared.map((one) => one.tenant))) {
        const changes = prepared.filter((one) => one.tenant === tenant).map(({ change }) => change);
        const creationKeys = new Map(
          versions.filter((one) => one.tenant === tenant).map((one) => [referenceTo(one), one.creationKey]),
        );
        await writeVersions(tenants.of(tenant).database, session, { tenant, changes, creationKeys });
      }
      await writeClaims(tenants, session, claims);
      await writeExpiring(shared, session, expiring);
      const facts = [
        ...secrets.map(({ name, bytes }) => ({ _id: secretName(name), bytes: Buffer.from(bytes) })),
        { _id: transferNoteName, note },
      ];
      for (const { _id, ...fact } of facts)
        await shared.facts.replaceOne({ _id }, fact, { session, upsert: true });
    });
  } catch (error) {
    for (const { tenant, change } of error instanceof UnknownEnd ? [] : prepared) {
      const { bodies } = tenants.of(tenant);
      await bodies.remove(filesOf([change])).catch(() => undefined);
    }
    throw error;
  }
}

/** A transaction makes no collections. */
async function makeTypes(tenants: TenantDatabases, versions: readonly IndexedVersion[]): Promise<void> {
  const scopes = new Map<string, [tenant: string, type: string]>();
  for (const { tenant, type, contained } of versions) {
    for (const each of [type, ...contained.map((one) => containedType(one.type))])
      scopes.set(`${tenant} ${each}`, [tenant, each]);
  }
  for (const [tenant, type] of scopes.values()) await tenants.of(tenant).layout.makeType(tenant, type);
}

async function prepareVersion(bodies: Bodies, stored: IndexedVersion): Promise<PreparedChange> {
  const { type, id, version, lastUpdated, deleted, method, restricted, body, index } = stored;
  return {
    kind: 'version',
    type,
    id,
    expectedVersion: version - 1,
    fields: {
      id,
      version,
      updated: lastUpdated,
      live: !deleted,
      method,
      restricted,
      ...(await bodies.store(body)),
      ...(index === undefined ? noIndexFields() : searchFields({ index, body: body.toString(), restricted })),
    },
    identityKeys: stored.identityKeys,
    claim: undefined,
    contained: stored.contained.map((one) => prepareContained(stored, one)),
    generation: index?.generation,
  };
}

interface TenantVersions {
  tenant: string;
  changes: readonly PreparedChange[];
  /** By `Type/id`; those of another kind of store are not kept. */
  creationKeys: ReadonlyMap<string, string | undefined>;
}

/** @throws Error when a version is not the next one of its resource */
async function writeVersions(
  database: Database,
  session: ClientSession,
  { tenant, changes, creationKeys }: TenantVersions,
): Promise<void> {
  const found = successionsOf(tenant, changes, await begunResources(database, session, tenant, changes));
  if ('conflict' in found) {
    const type = changes[found.conflict.change]?.type;
    throw new Error(`Something else was written to the target (${found.conflict.kind} of ${type})`);
  }
  const { successions } = found;
  for (const succession of successions)
    keepCreationKey(succession, creationKeys.get(referenceTo(succession)));
  await writeSuccessions(database, session, tenant, successions);
  const identities = identityWrites(tenant, successions);
  if (identities.length > 0) await database.identities.bulkWrite(identities, { session });
}

function keepCreationKey({ before, after, superseded }: Succession, creationKey: string | undefined): void {
  if (before !== undefined || after === undefined || !isCreationKey(creationKey)) return;
  const key = new ObjectId(creationKey);
  after._id = key;
  for (const version of superseded) version.key = key;
}

/** The documents of resources whose first versions came with an earlier batch. */
async function begunResources(
  database: Database,
  session: ClientSession,
  tenant: string,
  changes: readonly PreparedChange[],
): Promise<Map<string, CurrentDocument>> {
  const first = new Map<string, PreparedChange>();
  for (const change of changes) if (!first.has(referenceTo(change))) first.set(referenceTo(change), change);
  const begun = [...first.values()].filter(({ expectedVersion }) => expectedVersion > 0);
  const byName = new Map<string, CurrentDocument>();
  for (const type of new Set(begun.map((one) => one.type))) {
    const ids = begun.filter((one) => one.type === type).map(({ id }) => id);
    const documents = await database
      .current(type)
      .find({ tenant, id: { $in: ids } }, { session, projection: successionProjection, hint: 'id' })
      .toArray();
    for (const document of documents) byName.set(referenceTo({ type, id: document.id }), document);
  }
  return byName;
}

async function writeClaims(
  tenants: TenantDatabases,
  session: ClientSession,
  claims: readonly StoredClaim[],
): Promise<void> {
  for (const owner of new Set(claims.map((claim) => claim.tenant))) {
    const writes = claims
      .filter(({ tenant }) => tenant === owner)
      .map(({ tenant, key, type, id }) => ({
        replaceOne: { filter: { tenant, key }, replacement: { tenant, key, type, id }, upsert: true },
      }));
    await tenants.of(owner).database.claims.bulkWrite(writes, { session });
  }
}

async function writeExpiring(
  { expiring: collection }: Database,
  session: ClientSession,
  values: readonly ExpiringValue[],
): Promise<void> {
  if (values.length === 0) return;
  const writes = values.map(({ key, value, expires, group }) => ({
    replaceOne: {
      filter: { _id: key },
      replacement: {
        ...contentOf(value),
        expires: new Date(expires),
        ...(group === undefined ? {} : { grouped: group }),
      },
      upsert: true,
    },
  }));
  await collection.bulkWrite(writes, { session });
}

/** What reads as a number may be a counter, which goes on as one; it reads the same. */
function contentOf(value: string): Pick<ExpiringDocument, 'value' | 'count'> {
  const count = Number(value);
  return Number.isSafeInteger(count) && String(count) === value ? { count } : { value };
}
