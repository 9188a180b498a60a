import { narrativeProblem, undisguised } from './narrative.ts';

/** Elements and attributes by which a browser runs something, or fetches more than an image. */
const suspicious =
  /<\/?\s*(?:script|style|link|meta|base|i?frame|frameset|object|embed|applet|form|input|button|select|textarea|svg|math|audio|video|source|template|html|head|body)\b|[\s"'/]on[a-z]+\s*=/i;
const link = /\b(?:href|src|action|formaction|background|data|poster)\s*=/i;

/** A tag that everybody reads the same way, of whatever element. */
const plainTag =
  /<\/?[a-z][^\s"'<>/=]*(?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=`]+))?)*\s*\/?>/gi;

/**
 * Whether a narrative may hold what a browser would run: scripts, attributes for events, forms, frames, objects
 * (narrative.html: none of them is allowed). Other faults are none of it. Takes time in proportion to the text.
 */
export function mayBeActive(html: string): boolean {
  if (!suspicious.test(html) && !link.test(html)) return false;
  if (hidesMarkup(html)) return true;
  if (narrativeProblem(html) !== 'form') return false;
  return suspicious.test(markupOf(html)) || /(?:java|vb)script:/i.test(undisguised(html));
}

/** The tags, or the whole text where it cannot be told what they are. */
function markupOf(html: string): string {
  const isPlain = html.split(plainTag).every((text) => !text.includes('<'));
  return isPlain ? (html.match(plainTag) ?? []).join('') : html;
}

/** HTML ends some comments, and what XHTML takes for CDATA, where XHTML goes on (HTML 13.2.5.41 to 13.2.5.52). */
function hidesMarkup(html: string): boolean {
  if (/<!---?>|--!>/.test(html)) return true;
  for (let start = html.indexOf('<![CDATA['); start >= 0; start = html.indexOf('<![CDATA[', start)) {
    start = html.indexOf('>', start);
    if (start < 0) return false;
    if (!html.startsWith(']]', start - 2)) return true;
  }
  return false;
}
