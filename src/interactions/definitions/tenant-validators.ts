import { randomUUID } from 'node:crypto';
import type { Resource } from '../../fhir/resource.ts';
import type { ResourceStores, SearchQuery } from '../../store/contract.ts';
import type { ConformanceValidator } from '../../validation/profiles/conformance-validator.ts';
import { namedByResources } from './named-canonicals.ts';
import { TenantDefinitions, type TenantParts } from './tenant-definitions.ts';

export interface TenantValidatorsOptions {
  stores: ResourceStores;
  /** The validator by what all tenants have: another one when that has changed. */
  shared(): ConformanceValidator;
  /** What the definitions of one tenant are made of. */
  partsOf(tenant: string): TenantParts;
  /** Told when other processes could not be told of a change. */
  onFailure(error: unknown): void;
}

/** The types by which resources are validated. */
const definitionTypes = ['StructureDefinition', 'ValueSet', 'CodeSystem'];
/** Tenants whose definitions are kept in memory, at most. */
const mostTenants = 32;
/** How long a change is remembered in the database, in milliseconds; what is in memory then is brought anew. */
const memory = 30 * 86_400_000;

/** A search that finds nothing. */
const none: SearchQuery = {
  type: 'StructureDefinition',
  expression: { kind: 'uri', parameter: 'url', value: '' },
  sort: [],
  count: 1,
};

/** The definitions of a tenant as of one mark. */
interface Known {
  mark: string | undefined;
  shared: ConformanceValidator;
  /** Absent where the tenant has none. */
  definitions: TenantDefinitions | undefined;
}

/**
 * The validators of tenants, which know the StructureDefinitions, ValueSets and CodeSystems that each has stored. A
 * mark in the database changes with each of their commits: all processes see by it that what they know is outdated.
 */
export class TenantValidators {
  readonly #options: TenantValidatorsOptions;
  /** The one brought last stands last. */
  readonly #known = new Map<string, Known>();
  /** Marks that were asked for in this turn of the event loop: one read serves all who ask within it. */
  readonly #asked = new Map<string, Promise<string | undefined>>();

  constructor(options: TenantValidatorsOptions) {
    this.#options = options;
  }

  /** To be told after each commit, before its caller hears of it. */
  committed(tenant: string, types: ReadonlySet<string>): Promise<void> | undefined {
    return definitionTypes.some((type) => types.has(type)) ? this.#mark(tenant) : undefined;
  }

  async #mark(tenant: string): Promise<void> {
    const { stores } = this.#options;
    try {
      // A store may keep index rows waiting until its own process searches: other processes must not miss them then.
      await stores.forTenant(tenant).search(none);
      await stores.expiring.put(markOf(tenant), randomUUID(), memory);
      this.#asked.delete(tenant);
    } catch (error) {
      // The commit has been made: a failure here is no failure of it.
      this.#known.delete(tenant);
      this.#options.onFailure(error);
    }
  }

  /** The validator of a tenant, with what these resources and profiles name. */
  async of(
    tenant: string,
    resources: readonly Resource[],
    profiles: readonly string[],
  ): Promise<ConformanceValidator> {
    const { definitions, shared } = await this.#current(tenant);
    if (definitions === undefined) return shared;
    await definitions.take(namedByResources(resources, profiles));
    return definitions.validator;
  }

  async #current(tenant: string): Promise<Known> {
    const { stores, partsOf } = this.#options;
    const mark = await this.#markNow(tenant);
    const shared = this.#options.shared();
    const known = this.#known.get(tenant);
    const isCurrent = known !== undefined && known.mark === mark && known.shared === shared;
    if (isCurrent && !known.definitions?.isSpent) return known;
    const held = await stores.forTenant(tenant).heldTypes();
    const hasAny = definitionTypes.some((type) => held.has(type));
    const found = { mark, shared, definitions: hasAny ? new TenantDefinitions(partsOf(tenant)) : undefined };
    this.#known.delete(tenant);
    this.#known.set(tenant, found);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostTenants && oldest !== undefined) this.#known.delete(oldest);
    return found;
  }

  #markNow(tenant: string): Promise<string | undefined> {
    const asked = this.#asked.get(tenant);
    if (asked !== undefined) return asked;
    if (this.#asked.size === 0) setImmediate(() => this.#asked.clear());
    const mark = this.#options.stores.expiring.get(markOf(tenant));
    this.#asked.set(tenant, mark);
    return mark;
  }
}

function markOf(tenant: string): string {
  return `definitions of ${tenant}`;
}
