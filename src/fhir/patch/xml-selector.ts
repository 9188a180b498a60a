import type { XmlElement } from './xml-document.ts';

/** One step of a selector: the name of a child, `*` for any, and what holds of it. */
interface Step {
  name: string;
  predicates: Predicate[];
}

type Predicate = { position: number } | { path: readonly string[]; attribute: string; value: string };

/** A selector of an XML patch (RFC 5261, 4.1): an element, or one of its attributes. */
export interface Selector {
  steps: Step[];
  attribute?: string;
}

/** What a selector finds: an element, and the element that holds it. */
export interface Found {
  element: XmlElement;
  /** Absent for the root. */
  parent?: XmlElement;
}

const stepName = /(?:[\w-]+:)?([A-Za-z]\w*|\*)/y;
const attributeName = /@([A-Za-z]\w*)$/y;
const position = /\[\s*([1-9]\d{0,5})\s*\]/y;
const equality = /\[\s*((?:(?:[\w-]+:)?[A-Za-z]\w*\/)*)@([A-Za-z]\w*)\s*=\s*(?:'([^']*)'|"([^"]*)")\s*\]/y;

/**
 * Reads a selector of steps by name, with `[n]`, `[@url='…']` and `[system/@value='…']`, and an attribute at its end;
 * prefixes stand for FHIR's namespace, whichever they are. `undefined` when the text is none.
 */
export function parseSelector(text: string): Selector | undefined {
  const selector: Selector = { steps: [] };
  let at = text.startsWith('/') ? 1 : 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    const attribute = take(attributeName);
    if (attribute !== null && selector.steps.length > 0) return { ...selector, attribute: attribute[1]! };
    const name = take(stepName)?.[1];
    if (name === undefined) return undefined;
    const step: Step = { name, predicates: [] };
    for (;;) {
      const number = take(position);
      const test = number ?? take(equality);
      if (test === null) break;
      step.predicates.push(number === null ? readEquality(test) : { position: Number(number[1]) });
    }
    selector.steps.push(step);
    if (at === text.length) return selector;
    if (text[at] !== '/') return undefined;
    at++;
  }
}

function readEquality([, path = '', attribute = '', single, double]: RegExpExecArray): Predicate {
  const names = path.split('/').filter((name) => name !== '');
  return { path: names.map((name) => name.replace(/^.*:/, '')), attribute, value: single ?? double ?? '' };
}

/** The elements that the steps of a selector find below a document. */
export function select(root: XmlElement, { steps }: Selector): Found[] {
  const [first, ...rest] = steps;
  let found: Found[] = filtered([{ element: root }], first!);
  for (const step of rest) {
    found = found.flatMap(({ element }) =>
      filtered(
        childElements(element).map((child) => ({ element: child, parent: element })),
        step,
      ),
    );
  }
  return found;
}

function filtered(candidates: readonly Found[], { name, predicates }: Step): Found[] {
  return predicates.reduce<Found[]>(
    (found, predicate) =>
      'position' in predicate
        ? found.slice(predicate.position - 1, predicate.position)
        : found.filter(({ element }) => holds(element, predicate)),
    candidates.filter(({ element }) => name === '*' || element.name === name),
  );
}

function holds(
  element: XmlElement,
  { path, attribute, value }: Exclude<Predicate, { position: number }>,
): boolean {
  const ends = path.reduce(
    (found, name) => found.flatMap((each) => childElements(each).filter((child) => child.name === name)),
    [element],
  );
  return ends.some((end) => end.attributes.get(attribute) === value);
}

function childElements({ children }: XmlElement): XmlElement[] {
  return children.filter((child) => 'name' in child);
}
