import type { RuleContext } from './rule-context.ts';

/** Notes the id of an element, which no other element of its resource has (element.html#id). */
export function checkElementId(id: unknown, context: RuleContext): void {
  const { elementIds } = context.frame;
  if (elementIds.has(id)) {
    const diagnostics = 'Another element of the resource has this id';
    context.report({ severity: 'error', code: 'duplicate', diagnostics });
  } else elementIds.add(id);
}
