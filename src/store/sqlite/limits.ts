import type { Expression } from '../../search/expression.ts';
import { groupAlternatives, isGroup } from './alternatives.ts';
import type { ProbeLimits } from './candidates.ts';
import type { Connection } from './connection.ts';
import type { SearchedType } from './value-conditions.ts';

/** Rows that are read on the main thread: candidates, or a walk in the hope that the page fills. */
const lightRows = 256;

/** Look-ups of values on the main thread, a few microseconds each: long expressions are tested on fewer rows. */
const lightLookUps = 4_000;

/** Up to here candidates are sorted and tested; beyond, matches are dense enough for a walk to meet them soon. */
export const heavyLimits: ProbeLimits = { rows: 20_000, whole: true };

/** Rows that another thread walks before it turns to such large probes. */
export const heavySpan = 4_000;

/** References to one resource that `_has` is taken to look at. */
const referrers = 20;

/** What a search on the main thread may read, so that the event loop is held up for a few milliseconds at most. */
export function lightLimits(expression: Expression): ProbeLimits {
  return { rows: Math.min(lightRows, Math.floor(lightLookUps / lookUps(expression))), whole: false };
}

/** True when the type has so few current resources that all may be read. */
export function hasAtMost(connection: Connection, { scope }: SearchedType, rows: number): boolean {
  const next = connection.row(
    'SELECT rid FROM resource INDEXED BY resource_current WHERE scope = ? AND deleted = 0 LIMIT 1 OFFSET ?',
    [scope, rows],
  );
  return next === undefined;
}

/** Look-ups that testing one resource takes at most. */
function lookUps(expression: Expression): number {
  switch (expression.kind) {
    case 'and':
      return expression.operands.reduce((sum, operand) => sum + lookUps(operand), 1);
    case 'or':
      return groupAlternatives(expression.operands).reduce(
        (sum, operand) => sum + (isGroup(operand) ? 1 : lookUps(operand)),
        1,
      );
    case 'not':
      return lookUps(expression.operand);
    case 'has':
      return referrers * (1 + lookUps(expression.expression));
    case 'chain':
      return 2 + lookUps(expression.expression);
    default:
      return 1;
  }
}
