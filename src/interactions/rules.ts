import type { Issue } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { StoredVersion } from '../store/contract.ts';

/**
 * What a capability adds to the writes and reads of one resource type, beyond the definitions of R4. The spine
 * knows these hooks alone, never the capability behind them.
 */
export interface ResourceRules {
  /** Completes an incoming resource before it is checked, from the version that it replaces. */
  complete?(incoming: Resource, replaced: StoredVersion): Resource;
  /** Issues of severity error refuse the write with 422. */
  check?(resource: Resource): Issue[];
  /** See `PutChange.identityKeys`. */
  identityKeys?(resource: Resource): string[];
  /** True when `redact` would alter the resource. */
  restricted?(resource: Resource): boolean;
  /** The resource as a caller without special rights may see it. */
  redact?(resource: Resource): Resource;
}
