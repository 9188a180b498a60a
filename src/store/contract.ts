import type { Expression, SortKey } from '../search/expression.ts';
import type { IndexValues } from '../search/index-values.ts';

/** Hands out stores that are each bound to one tenant; no call of a store can leave its tenant. */
export interface ResourceStores {
  forTenant(tenant: string): ResourceStore;
  readonly expiring: ExpiringStore;
  /** 32 random bytes, made once for each name and kept with the data: keys that every server of the data shares. */
  secret(name: string): Promise<Buffer>;
  /** Resolves when a write would be durable now; rejects with the reason otherwise. */
  ping(): Promise<void>;
  /** Waits for the commits under way and releases every file and thread. */
  close(): Promise<void>;
}

/** One version of a resource as stored. `body` is the serialised JSON exactly as it is sent, empty for a deletion. */
export interface StoredVersion {
  type: string;
  id: string;
  /** Counts from 1 by one. */
  version: number;
  /** Milliseconds since 1970 UTC; the same instant as `meta.lastUpdated`. */
  lastUpdated: number;
  deleted: boolean;
  /** The HTTP method that made this version, for `Bundle.entry.request`. */
  method: WriteMethod;
  /** The body holds elements that not every caller may see: it is filtered before it is sent. */
  restricted: boolean;
  body: Buffer;
}

export type WriteMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ResourceKey {
  type: string;
  id: string;
}

export interface ResourceStore {
  /** The current version, a tombstone (`deleted`) included; `undefined` when the id was never used. */
  read(type: string, id: string, options?: ReadOptions): Promise<StoredVersion | undefined>;
  readVersion(type: string, id: string, version: number): Promise<StoredVersion | undefined>;
  /** Current, not deleted versions in the order of the keys; missing ones are left out. */
  readMany(keys: readonly ResourceKey[]): Promise<StoredVersion[]>;
  /** Versions of one resource, newest first unless asked otherwise. */
  history(type: string, id: string, page: HistoryPage): Promise<StoredVersion[]>;
  /** Versions of all resources of a type or of the whole tenant, newest first unless asked otherwise. */
  changes(page: ChangesPage): Promise<Changes>;
  /**
   * The versions of all resources of the tenant, whichever process writes them, in the order of their commits: from now
   * on, or after the place of a cursor. None is left out and none comes twice, but those of resources that were purged
   * before they came. It waits for the next ones until the signal is aborted, which ends it without an error.
   * @throws FhirError 400 when the cursor is none of a watch
   */
  watch(options: WatchOptions): AsyncIterable<WatchedVersions>;
  /**
   * The types that resources were ever written of, `containedType`s among them: nothing is found of any other. What
   * goes through many types asks this first, because each search may be a request to a database.
   */
  heldTypes(): Promise<ReadonlySet<string>>;
  /** One page of matches. */
  search(query: SearchQuery): Promise<SearchPage>;
  /** One page of matches of several types, in one order. */
  searchTypes(query: TypesQuery): Promise<SearchPage>;
  /** Runs a search and tells how; absent where a store cannot tell. */
  explain?(query: SearchQuery): Promise<SearchExplanation>;
  /** Exact number of matches, or `undefined` when it cannot be had within `budget` milliseconds. */
  count(type: string, expression: Expression, budget: number): Promise<number | undefined>;
  /** Local targets of reference parameters over these resources of one type, without duplicates. */
  targets(type: string, ids: readonly string[], parameters: readonly string[]): Promise<ResourceKey[]>;
  /** Resources of a type that are deleted, with their last body, in which alone it stands what they were about. */
  deletedResources(page: DeletedPage): Promise<DeletedResources>;
  /** Applies all changes or none. */
  commit(changes: readonly Change[]): Promise<CommitResult>;
}

export interface ReadOptions {
  /**
   * The version is read for a change alone, whose `expectedVersion` it tells. It may be one that another process has
   * replaced since: the commit is then a conflict, and after that the current one is read.
   */
  toReplace?: true;
}

export interface HistoryPage {
  count: number;
  /** The oldest version comes first instead of the newest. */
  oldestFirst?: true;
  /** Continues below this version number, and above this one when the oldest comes first. */
  before?: number;
  after?: number;
  /** Only versions made at or after this instant (milliseconds). */
  since?: number;
  /** Only versions that were current at some time of this period. */
  at?: Period;
  /** As `ChangesPage.isCounted`. */
  isCounted?: true;
}

/** Half-open: milliseconds since 1970 UTC, `low` included and `high` excluded. */
export interface Period {
  low: number;
  high: number;
}

export interface ChangesPage {
  /** Absent: all types. */
  type?: string;
  count: number;
  /** The oldest version comes first instead of the newest. */
  oldestFirst?: true;
  /** `Changes.next` of the page before. */
  cursor?: string;
  /** Only versions made at or after this instant (milliseconds). */
  since?: number;
  /** Only versions that were current at some time of this period, deletions included. */
  at?: Period;
  /** The caller is told their number alone: nothing of them is disclosed. */
  isCounted?: true;
}

export interface Changes {
  versions: ChangedVersion[];
  /** As `SearchPage.next`. No version comes twice, whatever is written meanwhile. */
  next?: string;
}

export interface ChangedVersion extends StoredVersion {
  /** There was no resource of this id before this version, or it had been deleted. */
  created: boolean;
}

export interface WatchOptions {
  /** `WatchedVersions.cursor`: goes on after these. Absent: from the moment on in which the first, empty ones come. */
  cursor?: string;
  signal: AbortSignal;
}

export interface WatchedVersions {
  /** None at the start of a watch without a cursor, and where only the place has moved. */
  versions: ChangedVersion[];
  /** Where a later watch goes on after these. A store's own text: callers pass it back unread. */
  cursor: string;
}

export interface DeletedPage {
  type: string;
  count: number;
  /** `DeletedResources.next` of the page before. */
  cursor?: string;
}

export interface DeletedResources {
  resources: DeletedResource[];
  /** As `SearchPage.next`. */
  next?: string;
}

export interface DeletedResource extends ResourceKey {
  /** The version that is the deletion. */
  version: number;
  /** The body of the version before. */
  lastBody: Buffer;
}

export interface SearchQuery {
  type: string;
  /** An `and` without operands matches every resource of the type. */
  expression: Expression;
  /**
   * Empty: the order of creation or, where so many match that they cannot be sorted by it, another that stays the
   * same over the pages of the search. Resources without a value come last, whatever the direction.
   */
  sort: readonly SortKey[];
  count: number;
  /** `SearchPage.next` of the page before. */
  cursor?: string;
  /** Asks for `SearchPage.places`. */
  places?: true;
}

/** A search over several types whose sort keys are of the same families one by one; at least one key. */
export interface TypesQuery {
  parts: readonly Pick<SearchQuery, 'type' | 'expression' | 'sort'>[];
  count: number;
  /** `SearchPage.next` of the page before. */
  cursor?: string;
}

export interface SearchPage {
  matches: StoredVersion[];
  /** Where the next page starts, absent on the last page. A store's own text: callers pass it back unread. */
  next?: string;
  /** For each match the cursor of a page that starts after it. */
  places?: string[];
}

/** How a search ran. It holds no value that was searched for. */
export interface SearchExplanation {
  /** Of the page. */
  matches: number;
  milliseconds: number;
  /** It ran beside the requests, in a thread of its own, because it reads more than a few hundred rows. */
  isHeavy: boolean;
  /** What was read, in the order in which it began; what was read in the same way again is told once. */
  steps: SearchStep[];
}

export interface SearchStep {
  /** The statement, with placeholders for its values. */
  statement: string;
  /** How the store runs it: the indexes that it searches or scans, from the outside to the inside. */
  plan: string[];
  /** How often it was run. */
  runs: number;
  /** Rows that it gave in all, such as candidates. */
  rows: number;
  milliseconds: number;
}

export type Change = PutChange | DeleteChange | PurgeChange;

interface ChangeBase extends ResourceKey {
  /** The number that this change makes the current version. */
  version: number;
  /**
   * The current version that the change was computed from, tombstones included; 0 when the id was never used.
   * A different one at commit time is a conflict.
   */
  expectedVersion: number;
  /**
   * The instant of that version, where it is told: a resource that was purged and created again counts its versions
   * anew. A store that may give an outdated version `toReplace` checks it as well.
   */
  expectedLastUpdated?: number;
  lastUpdated: number;
  method: WriteMethod;
}

export interface PutChange extends ChangeBase {
  kind: 'put';
  /** Serialised JSON with `id` and `meta` already in it. */
  body: string;
  /** See `StoredVersion.restricted`. */
  restricted: boolean;
  index: IndexValues;
  /**
   * Keys that this resource alone may hold in its tenant while this version is current (a qualified matricule,
   * an RPPS). They replace the keys of its version before, and a deletion gives them up.
   */
  identityKeys?: readonly string[];
  /** What the body contains, found by searches on `containedType`; it goes with this version. */
  contained?: readonly ContainedResource[];
  /** The condition of a conditional create or update, claimed so that of two racing writers one conflicts. */
  claim?: ConditionClaim;
}

/** A contained resource; two of one type have two ids. */
export interface ContainedResource {
  type: string;
  /** The id within its container. */
  id: string;
  /** Serialised JSON. */
  body: string;
  /** See `StoredVersion.restricted`. */
  restricted: boolean;
  index: IndexValues;
}

export interface ConditionClaim {
  /** `Type?query`, normalised. */
  key: string;
  /**
   * The resource that a conflict named for this key and that no longer matches the condition: its claim is
   * taken over. Any other holder is a conflict.
   */
  stale?: ResourceKey;
}

export interface DeleteChange extends ChangeBase {
  kind: 'delete';
}

/**
 * Removes every version of a resource, with its index values, identity keys and claims, so that nothing of them is left
 * in the files of the store: its id is as if it had never been used.
 */
export interface PurgeChange extends ResourceKey {
  kind: 'purge';
  /** As for the other changes. */
  expectedVersion: number;
}

export type CommitResult = { ok: true } | { ok: false; conflict: Conflict };

/** Why nothing was written; `change` is the position of the change in conflict. */
export type Conflict =
  | { kind: 'version'; change: number; currentVersion: number }
  | { kind: 'identity'; change: number; key: string; holder: ResourceKey }
  | { kind: 'claim'; change: number; key: string; holder: ResourceKey };

/** Small values that expire: sessions, codes, counters, replay guards. Keys and groups are opaque texts. */
export interface ExpiringStore {
  get(key: string): Promise<string | undefined>;
  /** `ttl` in milliseconds. A `group` lets several keys be deleted together. */
  put(key: string, value: string, ttl: number, group?: string): Promise<void>;
  /** Reads and deletes in one step: of concurrent callers one alone gets the value. */
  take(key: string): Promise<string | undefined>;
  /** False when a live value is already there. */
  putIfAbsent(key: string, value: string, ttl: number, group?: string): Promise<boolean>;
  /** Adds one to a counter that is born with `ttl`; answers its count and the instant (ms) at which it ends. */
  increment(key: string, ttl: number): Promise<{ count: number; expiresAt: number }>;
  deleteByGroup(group: string): Promise<void>;
}
