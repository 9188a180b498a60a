import type { Resource } from '../fhir/resource.ts';
import type { ConformanceValidator } from '../validation/profiles/conformance-validator.ts';
import type { WriteValidation } from '../validation/write/write-validation.ts';

/** The validation by rules and profiles, beyond the structure. */
export interface Validation {
  /** The validator of a tenant, which knows what it has stored of what these resources and profiles name. */
  of(
    tenant: string,
    resources: readonly Resource[],
    profiles: readonly string[],
  ): Promise<ConformanceValidator>;
  /** To be told after each commit, before its caller hears of it. */
  committed(tenant: string, types: ReadonlySet<string>): Promise<void> | undefined;
  /** What writes of clients are checked by. */
  writes: WriteValidation;
}
