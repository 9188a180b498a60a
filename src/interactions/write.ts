import type { Resource } from '../fhir/resource.ts';
import type { Change, ResourceKey, ResourceStore } from '../store/contract.ts';
import type { CheckMeans } from '../validation/write/write-validation.ts';
import type { FhirRequest, FhirResponse } from './request.ts';

/** A create, update, patch or delete as it was asked for, the same over all attempts to commit it. */
export interface Write {
  request: FhirRequest;
  /** The condition that the request names its resource by, as the text that is claimed on commit. */
  conditionKey?: string;
  /**
   * Finds what is to be written, as the store now stands.
   * @param stale the holder of the condition's claim that a conflict named: it no longer matches
   * @throws FhirError when the request cannot be fulfilled as the store now stands
   */
  find(store: ResourceStore, stale?: ResourceKey): Promise<Target>;
}

/** The resource that a write is about. */
export interface Target {
  /** Absent for a deletion that finds nothing. */
  key?: ResourceKey;
  /** The version that the resource will have: what a version-specific reference to it becomes. */
  version: number;
  /** False when the resource is left as it is. */
  writes: boolean;
  /** The resource to be stored, where the request holds it. */
  resource?: Resource;
  /**
   * @param resource the resource to be stored, its references resolved
   * @param means what `meansOfWrites` brought for it
   * @throws FhirError 422 when it is not valid
   */
  plan(resource: Resource | undefined, means: CheckMeans | undefined): Plan | Promise<Plan>;
}

/** What is to be committed, and the answer once it is. */
export interface Plan {
  changes: Change[];
  answer: FhirResponse;
  /** The resource in `changes`, whose references the policy of the server may check. */
  resource?: Resource;
}
