import type { Collection, Db, MongoClient, ReadPreferenceMode } from 'mongodb';
import { isContainedType, plainType } from '../../search/contained.ts';
import type { ContainedDocument, CurrentDocument, HistoryDocument, HolderDocument } from './documents.ts';

/** How long the calls may take, in milliseconds. */
export interface TimeLimits {
  /** One read or write of what is named by its keys. */
  call: number;
  /** One search. */
  search: number;
  /** A commit with all its attempts. */
  commit: number;
}

export interface ScopeDocument {
  tenant: string;
  type: string;
}

/** A value that expires; `count` of a counter, `value` of anything else. */
export interface ExpiringDocument {
  _id: string;
  value?: string;
  count?: number;
  expires: Date;
  grouped?: string;
}

/** Facts of the database: its schema, its secrets, what its resources are indexed by. */
export interface FactDocument {
  _id: string;
  [field: string]: unknown;
}

/** The collections of the database: see `collectionName` for those of the types. */
export class Database {
  readonly client: MongoClient;
  readonly db: Db;
  /** Holds what all tenants share, where `db` is that of one tenant. */
  readonly #shared: Db;
  readonly limits: TimeLimits;
  /** Where reads by id and histories may read. */
  readonly readPreference: ReadPreferenceMode;
  /** Where searches may read. */
  readonly searchPreference: ReadPreferenceMode;

  constructor(
    client: MongoClient,
    db: Db,
    limits: TimeLimits,
    preferences: { read: ReadPreferenceMode; search: ReadPreferenceMode },
    shared = db,
  ) {
    this.client = client;
    this.db = db;
    this.#shared = shared;
    this.limits = limits;
    this.readPreference = preferences.read;
    this.searchPreference = preferences.search;
  }

  /** Another database of the same server, with the same facts, scopes and values that expire. */
  beside(name: string): Database {
    const { client, limits, readPreference: read, searchPreference: search } = this;
    return new Database(client, client.db(name), limits, { read, search }, this.#shared);
  }

  /** It holds the resources of one tenant alone. */
  get isOfOneTenant(): boolean {
    return this.db !== this.#shared;
  }

  /** The current resources of a type, or the contained resources of one. */
  current(type: string): Collection<CurrentDocument> {
    return this.db.collection(collectionName(type));
  }

  contained(type: string): Collection<ContainedDocument> {
    return this.db.collection(collectionName(type));
  }

  history(type: string): Collection<HistoryDocument> {
    return this.db.collection(historyName(type));
  }

  get identities(): Collection<HolderDocument> {
    return this.db.collection('identity');
  }

  get claims(): Collection<HolderDocument> {
    return this.db.collection('claim');
  }

  /** Which types a tenant has resources of, or had some. */
  get scopes(): Collection<ScopeDocument> {
    return this.#shared.collection('scope');
  }

  get expiring(): Collection<ExpiringDocument> {
    return this.#shared.collection('expiring');
  }

  get facts(): Collection<FactDocument> {
    return this.#shared.collection('fact');
  }
}

/** `current.Patient`, and `contained.Medication` for the type `Medication#`. */
export function collectionName(type: string): string {
  return isContainedType(type) ? `contained.${plainType(type)}` : `current.${type}`;
}

export function historyName(type: string): string {
  return `history.${type}`;
}
