import type { OperationOutcome } from 'fhir/r4.d.ts';
import { type Issue, operationOutcome } from '../error.ts';
import { frenchRefusals } from './french-refusals.ts';
import { frenchValidation } from './french-validation.ts';

/** The languages of the texts of issues. */
export type MessageLanguage = 'en' | 'fr';

/** The tables have plain spaces where French sets ones that no line breaks at. */
const frenchTexts = new Map(
  Object.entries({ ...frenchValidation, ...frenchRefusals }).map(([english, text]) => [
    english,
    text.replaceAll(/ (?=[:;!?])|(?<=\d) (?=\d{3})/g, '\u00a0'),
  ]),
);

/** The texts that name something, each by its English parts around what it names. */
const patterns = [...frenchTexts]
  .filter(([english]) => english.includes('{}'))
  .map(([english, text]) => ({ parts: english.split('{}'), text }));

/**
 * The language that an Accept-Language header prefers (RFC 9110, 12.5.4), English where it names neither.
 */
export function messageLanguage(acceptLanguage: string | undefined): MessageLanguage {
  let best: { language: MessageLanguage; weight: number } = { language: 'en', weight: 0 };
  for (const item of (acceptLanguage ?? '').split(',')) {
    const match = /^\s*(fr|en)\b[^;]*(?:;\s*q=(\d(?:\.\d+)?))?/i.exec(item);
    if (match === null) continue;
    const weight = Number(match[2] ?? 1);
    if (weight > best.weight) best = { language: match[1]?.toLowerCase() as MessageLanguage, weight };
  }
  return best.language;
}

/** Issues in a language; the texts of invariants stay as their definitions have them. */
export function inLanguage(issues: readonly Issue[], language: MessageLanguage): readonly Issue[] {
  if (language === 'en') return issues;
  return issues.map((issue) => ({ ...issue, diagnostics: frenchText(issue.diagnostics) }));
}

/**
 * The OperationOutcome that says issues in the language that a caller prefers, with the header that tells in which it
 * is: English where none of the texts has another form.
 */
export function outcomeFor(
  acceptLanguage: string | undefined,
  issues: readonly Issue[],
): { outcome: OperationOutcome; headers: { 'Content-Language': MessageLanguage } } {
  const said = inLanguage(issues, messageLanguage(acceptLanguage));
  const isFrench = said.some(({ diagnostics }, index) => diagnostics !== issues[index]?.diagnostics);
  return { outcome: operationOutcome(said), headers: { 'Content-Language': isFrench ? 'fr' : 'en' } };
}

/**
 * The French text of a message, the message itself where there is none.
 * @param isNamed whether another message names it: what it names itself is left as it is
 */
function frenchText(message: string, isNamed = false): string {
  const text = frenchTexts.get(message);
  if (text !== undefined) return text;
  for (const pattern of patterns) {
    const named = namedIn(message, pattern.parts);
    if (named === undefined) continue;
    let index = 0;
    return pattern.text.replaceAll('{}', () => {
      const name = named[index++] ?? '';
      return isNamed ? name : frenchText(name, true);
    });
  }
  return message;
}

/** What a message names between the parts of a text, undefined where it is not of that text. */
function namedIn(message: string, parts: readonly string[]): readonly string[] | undefined {
  const [first = '', ...others] = parts;
  const last = others.pop() ?? '';
  if (!message.startsWith(first) || !message.endsWith(last)) return undefined;
  const named: string[] = [];
  let from = first.length;
  for (const part of others) {
    const at = message.indexOf(part, from);
    if (at < 0) return undefined;
    named.push(message.slice(from, at));
    from = at + part.length;
  }
  const end = message.length - last.length;
  return end < from ? undefined : [...named, message.slice(from, end)];
}
