import type { Spine } from '../interactions/spine.ts';
import { breakGlassOperation } from './break-glass.ts';
import { documentOperation } from './document.ts';
import { eraseOperation } from './erase/operation.ts';
import { everythingOperations } from './everything/operation.ts';
import { explainOperation } from './explain/operation.ts';
import { graphqlOperation, lazyQueries, queryable } from './graphql/operation.ts';
import { lastnOperation } from './lastn.ts';
import { matchOperation } from './match/operation.ts';
import { metaOperation } from './meta.ts';
import { metaChangeOperations } from './meta-change.ts';
import { terminologyOperations } from './terminology/register.ts';
import { validateOperation } from './validate.ts';

/** The operations that the settings of a server turn on. */
export interface OperationSwitches {
  erasure: boolean;
  explanation: boolean;
  /** Somebody logs in, so that there is a glass to be broken. */
  breakGlass: boolean;
}

/** Registers the standard operations of FHIR R4 that this server offers, and those of its own. */
export function addStandardOperations(
  spine: Spine,
  { erasure, explanation, breakGlass }: OperationSwitches,
): void {
  const queries = lazyQueries(spine);
  const operations = [
    validateOperation(spine),
    metaOperation(spine),
    ...metaChangeOperations(spine),
    ...everythingOperations(spine),
    lastnOperation(spine),
    documentOperation(spine),
    matchOperation(spine),
    ...terminologyOperations(spine),
    ...(erasure ? [eraseOperation(spine)] : []),
    ...(explanation ? [explainOperation(spine)] : []),
    ...(breakGlass ? [breakGlassOperation(spine)] : []),
  ];
  for (const operation of operations) spine.operations.register(queryable(operation, queries));
  spine.operations.register(graphqlOperation(spine, queries));
}
