import type { SearchParameterDefinition } from '../fhir/definitions/model.ts';
import type { IndexValues } from '../search/index-values.ts';
import type { ContainedResource, ResourceKey } from './contract.ts';

/** A search parameter, beyond those that are built in, by which the resources of a database are indexed. */
export interface IndexedParameter {
  definition: SearchParameterDefinition;
  /** Changes when other values are taken by it: see `signatureOf` of the registry. */
  signature: string;
  /** The current resources of all its types are indexed by it, not the new ones alone. */
  complete: boolean;
}

/** The parameters, those of these URLs as complete. */
export function withComplete(
  parameters: readonly IndexedParameter[],
  urls: readonly string[],
): IndexedParameter[] {
  return parameters.map((each) => (urls.includes(each.definition.url) ? { ...each, complete: true } : each));
}

/** What the resources of a database are indexed by, at one instant. */
export interface IndexedParameters {
  /** Counts the changes of the list; see `IndexValues.generation`. */
  generation: number;
  parameters: readonly IndexedParameter[];
}

/** Names one version of a resource, or of a contained one, in the database. */
export interface VersionName extends ResourceKey {
  tenant: string;
  version: number;
}

/** What computes the index values of a database's resources. */
export interface Indexer {
  /** Takes up the parameters as the database has them now. */
  refresh(): void;
  extract(body: string): IndexValues;
  /** Told after a commit, before its caller hears of it. */
  committed(tenant: string, types: ReadonlySet<string>): Promise<void> | undefined;
}

/** How a run of `Indexing.reindex` ended. */
export type ReindexEnd =
  /** All resources are indexed, and the parameters are complete. */
  | 'complete'
  /** The parameters were changed meanwhile. */
  | 'outdated'
  /** The run was told to stop. */
  | 'stopped';

export interface ReindexOptions {
  /** Names what `extract` does (a hash of the parameters, say): an interrupted run is continued by the same alone. */
  fingerprint?: string;
  /** The generation of the parameters that `extract` works by. */
  generation?: number;
  /** The types of the resources that are indexed anew; all by default. */
  types?: readonly string[];
  /** What a resource contains, to be indexed anew with it; by default that is done as it was found before. */
  containedOf?: (body: string, name: VersionName) => ContainedResource[];
  /** URLs of the parameters that are complete when the run is. */
  completes?: readonly string[];
  /** Waits after each commit as long as it took. */
  gentle?: true;
  signal?: AbortSignal;
  /** Told after each commit how many of the current resources are done. */
  onProgress?: (done: number, total: number) => void;
}

export interface ReindexResult {
  end: ReindexEnd;
  /** How many resources this run did. */
  count: number;
}

/** The search parameters that a database is indexed by. All processes of the database share them. */
export interface Indexing {
  parameters(): IndexedParameters;
  /**
   * Replaces the list and begins the next generation, unless it is not `expected` any more: from then on the database
   * takes index values of the new generation alone. Answers whether it did.
   */
  replaceParameters(expected: number, parameters: readonly IndexedParameter[]): Promise<boolean>;
  /**
   * Computes the index rows of current resources anew, in small commits beside live writes. A run that was cut short
   * is taken up where it stopped.
   */
  reindex(
    extract: (type: string, body: string, name: VersionName) => IndexValues,
    options?: ReindexOptions,
  ): Promise<ReindexResult>;
  /** From now on commits of an earlier generation are indexed anew by this, instead of being refused. */
  attach(indexer: Indexer): void;
}
