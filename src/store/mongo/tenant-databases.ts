import { createHash } from 'node:crypto';
import type { IndexBuilds } from '../database-stores.ts';
import { Bodies } from './bodies.ts';
import type { Database } from './database.ts';
import { onceMore } from './errors.ts';
import { Layout, storedScopes } from './layout.ts';

/** Where the resources of a tenant are. */
export interface TenantDatabase {
  database: Database;
  layout: Layout;
  bodies: Bodies;
}

/** How the tenants are kept: together in the database itself, or each in one of its own beside it. */
export type Tenancy = 'together' | 'apart';

const factName = 'tenancy';

/** The longest name of a database, in bytes. */
const longestName = 63;

/** The databases of all tenants. */
export class TenantDatabases implements IndexBuilds {
  /** What all tenants share: facts, values that expire, the list of the tenants' types. */
  readonly shared: Database;
  readonly #tenancy: Tenancy;
  readonly #common: TenantDatabase;
  readonly #own = new Map<string, TenantDatabase>();

  constructor(shared: Database, tenancy: Tenancy) {
    this.shared = shared;
    this.#tenancy = tenancy;
    this.#common = partsOf(shared);
  }

  of(tenant: string): TenantDatabase {
    if (this.#tenancy === 'together') return this.#common;
    let own = this.#own.get(tenant);
    if (own === undefined) {
      own = partsOf(this.shared.beside(databaseName(this.shared.db.databaseName, tenant)));
      this.#own.set(tenant, own);
    }
    return own;
  }

  /** Each database that there is once. */
  async all(): Promise<TenantDatabase[]> {
    if (this.#tenancy === 'together') return [this.#common];
    const tenants = new Set((await storedScopes(this.shared)).map(({ tenant }) => tenant));
    return [...tenants].sort().map((tenant) => this.of(tenant));
  }

  /** See `Layout.completeInBackground`. */
  async completeInBackground(): Promise<void> {
    for (const { layout } of await this.all()) await layout.completeInBackground();
  }

  get building(): readonly string[] {
    return this.#layouts.flatMap(({ building }) => building);
  }

  get failed(): readonly string[] {
    return this.#layouts.flatMap(({ failed }) => failed);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#layouts.map((layout) => layout.settled()));
  }

  /** See `Layout.close`. */
  async close(): Promise<void> {
    await Promise.all(this.#layouts.map((layout) => layout.close()));
  }

  get #layouts(): Layout[] {
    return [this.#common, ...this.#own.values()].map(({ layout }) => layout);
  }
}

/** The database of a tenant, and a hash of its name where MongoDB would not take that. */
function databaseName(shared: string, tenant: string): string {
  const plain = `${shared}_${tenant}`;
  if (/^[a-z0-9][a-z0-9-]*$/.test(tenant) && plain.length <= longestName) return plain;
  // No plain name has two of these signs in a row.
  return `${shared}__${createHash('sha256').update(tenant).digest('hex').slice(0, 20)}`;
}

function partsOf(database: Database): TenantDatabase {
  return { database, layout: new Layout(database), bodies: new Bodies(database) };
}

/** How the tenants of a database are kept; together in one that does not tell. */
export async function storedTenancy({ facts, limits }: Database): Promise<Tenancy> {
  const fact = await facts.findOne({ _id: factName }, { maxTimeMS: limits.call });
  return fact?.['tenancy'] === 'apart' ? 'apart' : 'together';
}

/**
 * How the tenants of a database are kept: as was asked for when it was made.
 * @throws Error when they are kept in the other way than is asked for now
 */
export async function settledTenancy(database: Database, asked: Tenancy | undefined): Promise<Tenancy> {
  const { facts, scopes, limits } = database;
  const options = { maxTimeMS: limits.call };
  const isInUse = (await scopes.findOne({}, options)) !== null;
  const tenancy = isInUse ? 'together' : (asked ?? 'together');
  await onceMore(() =>
    facts.updateOne({ _id: factName }, { $setOnInsert: { tenancy } }, { ...options, upsert: true }),
  );
  const stored = await storedTenancy(database);
  if (asked === undefined || asked === stored) return stored;
  throw new Error(
    `The database keeps its tenants ${stored === 'apart' ? 'each in a database of its own' : 'in one database'}: ` +
      `set MONGODB_TENANT_DATABASES=${stored === 'apart' ? 'on' : 'off'}, or copy it to another one by passerelle copy`,
  );
}
