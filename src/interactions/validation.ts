import type { ConformanceValidator } from '../validation/profiles/conformance-validator.ts';
import type { WriteValidation } from '../validation/write/write-validation.ts';

/** The validation by rules and profiles, beyond the structure. */
export interface Validation {
  /** What `$validate` asks; made when it is first called. */
  profiles(): ConformanceValidator;
  /** What writes of clients are checked by. */
  writes: WriteValidation;
}
