import type { ResourceStore, ResourceStores } from '../store/contract.ts';

/** What an interaction does with resources: create, read, update, delete, search and history of many. */
export type Action = 'c' | 'r' | 'u' | 'd' | 's';

/** What the caller of a request reaches, as interactions need it; they do not know who that is. */
export interface Access {
  tenant: string;
  /** The resources of the tenant as the caller may see and change them: what is not for them is not there. */
  store: ResourceStore;
  /**
   * The store in which writes look for what they change: who may change a resource without reading it finds it there.
   * Absent where that is `store`.
   */
  writeStore?: ResourceStore;
  /** The same text for all requests of one caller, whose page links and files are no other's; empty: of anybody. */
  caller: string;
  /** True for what the server loads by itself, such as its demo data: the levels of validation do not bind it. */
  isOwn?: true;
  /** Literal reference of the resource that stands for the caller, where there is one. */
  user?: string;
  /** Absent where every interaction may be asked for. */
  rights?: Rights;
  /** Absent where nobody records what is done. */
  witness?: Witness;
}

/** Refusals that need no look at the resources. */
export interface Rights {
  /**
   * @param one the interaction is about a resource that its address names
   * @throws FhirError 403 that names what is missing, where no resource of the type may be acted on so
   */
  check(action: Action, type: string, one: boolean): void;
}

/** Stands beside every interaction of an access, such as to record it. */
export interface Witness {
  /** Begins an interaction; each entry of a bundle is one. */
  begin(): AccessRecord;
}

/** The record of one interaction. */
export interface AccessRecord {
  /** What the interaction works on in place of `Access.store`, and of `Access.writeStore` where there is one. */
  store: ResourceStore;
  writeStore?: ResourceStore;
  /**
   * Ends the record.
   * @returns a promise where the answer has to wait for it; one that rejects takes the place of the answer
   */
  end(done: Done): Promise<void> | undefined;
}

/** What an interaction was and what came of it. */
export interface Done {
  /** A code of the FHIR value set restful-interaction; `unknown` where the request asked for nothing that there is. */
  code: string;
  /** The operation's name without `$`. */
  operation?: string;
  /** The resource type and the second segment of the address, where it names a type. */
  type?: string;
  id?: string;
  /** HTTP status of the answer. */
  status: number;
  /** The code of the first issue of a refusal or failure. */
  issue?: string;
  /** The request as it was received: method and URL below the base, and the form of a search by POST. */
  received(): string;
}

/** Access without limits within a tenant: of the server itself, and of everybody where nobody logs in. */
export function fullAccess(stores: Pick<ResourceStores, 'forTenant'>, tenant: string): Access {
  return { tenant, store: stores.forTenant(tenant), caller: '' };
}

/** See `Access.writeStore`. */
export function storeOfWrites({ store, writeStore = store }: Access): ResourceStore {
  return writeStore;
}

/** What a page link or a file of this caller is bound to, with the address that it is of. */
export function linkScope({ tenant, caller }: Access, path: string): string {
  return caller === '' ? `${tenant} ${path}` : `${tenant} ${caller} ${path}`;
}
