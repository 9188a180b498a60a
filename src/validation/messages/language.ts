import type { Issue } from '../../fhir/error.ts';
import { frenchTexts } from './french-texts.ts';

/** The languages of validation messages. */
export type MessageLanguage = 'en' | 'fr';

interface Pattern {
  form: RegExp;
  text: string;
}

let patterns: readonly Pattern[] | undefined;

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

/** The French text of a message, the message itself where there is none. */
function frenchText(message: string): string {
  if (Object.hasOwn(frenchTexts, message)) return frenchTexts[message] ?? message;
  patterns ??= Object.entries(frenchTexts)
    .filter(([english]) => english.includes('{}'))
    .map(([english, text]) => ({ form: formOf(english), text }));
  for (const { form, text } of patterns) {
    const match = form.exec(message);
    if (match === null) continue;
    let index = 0;
    return text.replaceAll('{}', () => match[++index] ?? '');
  }
  return message;
}

function formOf(english: string): RegExp {
  const parts = english.split('{}').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('(.*)')}$`, 's');
}
