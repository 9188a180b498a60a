import type { Occurrence } from './occurrences.ts';
import type { RuleContext } from './rule-context.ts';

/** One rule on one value, which stands at the current place of the context. */
export type Rule = (occurrence: Occurrence, context: RuleContext) => void;
