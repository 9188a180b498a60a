import type { Spine } from '../interactions/spine.ts';
import { documentOperation } from './document.ts';
import { everythingOperations } from './everything/operation.ts';
import { lastnOperation } from './lastn.ts';
import { matchOperation } from './match/operation.ts';
import { metaOperation } from './meta.ts';
import { metaChangeOperations } from './meta-change.ts';
import { validateOperation } from './validate.ts';

/** Registers the standard operations of FHIR R4 that this server offers. */
export function addStandardOperations(spine: Spine): void {
  const operations = [
    validateOperation(spine),
    metaOperation(spine),
    ...metaChangeOperations(spine),
    ...everythingOperations(spine),
    lastnOperation(spine),
    documentOperation(spine),
    matchOperation(spine),
  ];
  for (const operation of operations) spine.operations.register(operation);
}
