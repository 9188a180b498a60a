import type { Resource } from '../../fhir/resource.ts';
import { isObject } from '../objects.ts';
import type { RuleContext } from './rule-context.ts';

type Item = Readonly<Record<string, unknown>>;

/**
 * The rule that what enables an item of a Questionnaire is the answer to another question of it, which is none within the
 * item itself (questionnaire.html#Questionnaire.item.enableWhen.question).
 */
export function checkEnabling(questionnaire: Resource, context: RuleContext): void {
  const links = new Set<unknown>();
  collectLinks(questionnaire, links);
  checkItems(questionnaire, links, context);
}

function itemsOf({ item }: Item): readonly unknown[] {
  return Array.isArray(item) ? item : [];
}

/** Parsed documents have a limit of depth. */
function collectLinks(holder: Item, found: Set<unknown>): void {
  for (const item of itemsOf(holder)) {
    if (!isObject(item)) continue;
    found.add(item['linkId']);
    collectLinks(item, found);
  }
}

function checkItems(holder: Item, links: ReadonlySet<unknown>, context: RuleContext): void {
  context.enter('item');
  for (const [index, item] of itemsOf(holder).entries()) {
    if (!isObject(item)) continue;
    context.enter(index);
    if (Array.isArray(item['enableWhen'])) checkConditions(item, item['enableWhen'], links, context);
    checkItems(item, links, context);
    context.leave();
  }
  context.leave();
}

function checkConditions(
  item: Item,
  conditions: readonly unknown[],
  links: ReadonlySet<unknown>,
  context: RuleContext,
): void {
  const inner = new Set<unknown>();
  collectLinks(item, inner);
  for (const [index, condition] of conditions.entries()) {
    const question = isObject(condition) ? condition['question'] : undefined;
    if (typeof question !== 'string' || (links.has(question) && !inner.has(question))) continue;
    const diagnostics = links.has(question)
      ? 'A question within the item does not enable it'
      : 'The Questionnaire has no question of this linkId';
    context.report({ severity: 'error', code: 'not-found', diagnostics }, `enableWhen[${index}].question`);
  }
}
