import { isChoiceKey } from './choice-keys.ts';
import { belowOf, type Wanted } from './path-tree.ts';

const markup =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<\/[^>]*>|<(?:[^\s/:>]+:)?(?<name>[^\s/>]+)(?<attributes>(?:[^>"'/]|"[^"]*"|'[^']*')*)(?<end>\/?)>/g;

const attribute = /([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/g;

/** An element that is open. */
interface Open {
  /** What is wanted below it. */
  below: readonly Wanted[];
  /** How many children there have been so far, by name. */
  counts: Map<string, number>;
}

/** Notes where the wanted elements stand in an XML text that was parsed before: their start tag, or their attribute. */
export function findInXml(text: string, root: Wanted): void {
  const open: Open[] = [];
  for (const match of text.matchAll(markup)) {
    const {
      name,
      attributes = '',
      end,
    } = match.groups as { name?: string; attributes?: string; end?: string };
    if (name === undefined) {
      if (match[0].startsWith('</')) open.pop();
      continue;
    }
    const parent = open.at(-1);
    const here = wantedHere(name, parent, root);
    for (const wanted of here) wanted.offset ??= match.index;
    // A resource within an element, such as contained, is no step of its own.
    const isWrapped = parent !== undefined && /^[A-Z]/.test(name);
    const isMarkup = name === 'div';
    const below = isWrapped ? parent.below : isMarkup ? [] : belowOf(here);
    noteAttributes(attributes, match.index + match[0].indexOf(attributes, name.length), below);
    if (end === '') open.push({ below, counts: new Map() });
    if (open.length === 0) break;
  }
}

function wantedHere(name: string, parent: Open | undefined, root: Wanted): readonly Wanted[] {
  if (parent === undefined) return [root];
  const count = parent.counts.get(name) ?? 0;
  parent.counts.set(name, count + 1);
  return parent.below.filter(
    (wanted) => (wanted.index ?? 0) === count && (wanted.name === name || isChoiceKey(name, wanted.name)),
  );
}

function noteAttributes(attributes: string, offset: number, below: readonly Wanted[]): void {
  if (below.length === 0) return;
  for (const match of attributes.matchAll(attribute)) {
    for (const wanted of below) {
      if (wanted.name === match[1]) wanted.offset ??= offset + match.index;
    }
  }
}
