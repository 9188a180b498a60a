import type { Operation } from '../../interactions/operation.ts';
import type { Spine } from '../../interactions/spine.ts';
import { expandOperation } from './expand.ts';
import { lookupOperation } from './lookup.ts';
import { subsumesOperation } from './subsumes.ts';
import { translateOperation } from './translate.ts';
import { validateCodeSystemCodeOperation } from './validate-code-system-code.ts';
import { validateValueSetCodeOperation } from './validate-value-set-code.ts';

/** The operations of a terminology service (R4 terminology-service.html). */
export function terminologyOperations(spine: Spine): Operation[] {
  return [
    expandOperation(spine),
    validateValueSetCodeOperation(spine),
    lookupOperation(spine),
    validateCodeSystemCodeOperation(spine),
    subsumesOperation(spine),
    translateOperation(spine),
  ];
}
