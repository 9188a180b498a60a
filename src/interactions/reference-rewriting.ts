import { childElements, typeDefinition } from '../fhir/definitions/load.ts';
import type { ElementDefinition, R4Definitions } from '../fhir/definitions/model.ts';
import { propertyName } from '../fhir/definitions/property-name.ts';
import type { Resource } from '../fhir/resource.ts';

/** The kinds of element that may hold a link to another resource: Reference.reference, and these R4 types. */
export type LinkKind = 'reference' | 'canonical' | 'uri' | 'url' | 'xhtml';

/** What a link becomes; `undefined` leaves it as it is. Of a narrative it is given each `href` and `src`. */
export type Replacement = (text: string, kind: LinkKind) => string | undefined;

/** Finds the links of a resource by the types of its elements, never by their names. */
export interface Links {
  /**
   * A resource with its links replaced. What does not change stays the same object: that is cheaper than a copy, and
   * a number that keeps its digits is one that cannot be copied.
   */
  rewrite(resource: Resource, replacement: Replacement): Resource;
  /**
   * Calls `visit` with every link.
   * @param visit takes a function that gives the FHIRPath of the link
   */
  forEach(resource: Resource, visit: (text: string, kind: LinkKind, expression: () => string) => void): void;
}

/** A property that is a link, or that leads to some. */
interface Member {
  kind?: LinkKind;
  /** The elements of its value; absent where a resource stands, whose type it says itself. */
  elements?: readonly ElementDefinition[];
}

/** The properties of one list of elements, by name. */
type Shape = ReadonlyMap<string, Member>;

const linkTypes = new Set(['canonical', 'uri', 'url', 'xhtml']);
const narrativeLink = /(\s(?:href|src)\s*=\s*)(?:"([^"]*)"|'([^']*)')/g;

export function createLinks(definitions: R4Definitions): Links {
  const shapes = new Map<readonly ElementDefinition[], Shape>();
  const none: readonly ElementDefinition[] = [];
  const referenceElements = typeDefinition(definitions, 'Reference')?.elements;
  const bundleElements = typeDefinition(definitions, 'Bundle')?.elements;

  function shapeOf(elements: readonly ElementDefinition[]): Shape {
    let shape = shapes.get(elements);
    if (shape === undefined) {
      shape = makeShape(elements);
      shapes.set(elements, shape);
    }
    return shape;
  }

  function makeShape(elements: readonly ElementDefinition[]): Shape {
    const members = new Map<string, Member>();
    for (const element of elements) {
      // The fullUrls of a Bundle hold within it: what stands in one is no matter of the bundle around it.
      if (elements === bundleElements && element.name === 'entry') continue;
      const codes = element.types.length === 0 ? [undefined] : element.types.map(({ code }) => code);
      for (const code of codes) {
        const definition = code === undefined ? undefined : typeDefinition(definitions, code);
        const name = code === undefined ? element.name : propertyName(element, code);
        const children = childElements(definitions, element, code);
        if (definition?.kind === 'primitive-type') {
          if (linkTypes.has(code!)) members.set(name, { kind: code as LinkKind });
          members.set(`_${name}`, { elements: children });
        } else {
          members.set(name, definition?.kind === 'resource' ? {} : { elements: children });
        }
      }
    }
    if (elements === referenceElements) members.set('reference', { kind: 'reference' });
    return members;
  }

  function elementsOf(value: object): readonly ElementDefinition[] {
    const { resourceType } = value as { resourceType?: unknown };
    return typeof resourceType === 'string'
      ? (typeDefinition(definitions, resourceType)?.elements ?? none)
      : none;
  }

  function rewriteChildren(
    value: object,
    elements: readonly ElementDefinition[],
    replacement: Replacement,
  ): object {
    const shape = shapeOf(elements);
    let copy: Record<string, unknown> | undefined;
    for (const name in value) {
      const member = shape.get(name);
      if (member === undefined) continue;
      const child = (value as Record<string, unknown>)[name];
      const { kind } = member;
      const replaced =
        kind === undefined
          ? rewriteValue(child, member.elements, replacement)
          : rewriteLinks(child, kind, replacement);
      if (replaced === child) continue;
      copy ??= { ...value } as Record<string, unknown>;
      copy[name] = replaced;
    }
    return copy ?? value;
  }

  function rewriteValue(
    value: unknown,
    elements: readonly ElementDefinition[] | undefined,
    replacement: Replacement,
  ): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return rewriteItems(value, (item) => rewriteValue(item, elements, replacement));
    return rewriteChildren(value, elements ?? elementsOf(value), replacement);
  }

  type Visitor = Parameters<Links['forEach']>[1];

  function visitValue(
    value: unknown,
    elements: readonly ElementDefinition[] | undefined,
    path: (string | number)[],
    visit: Visitor,
  ): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        path.push(index);
        visitValue(item, elements, path, visit);
        path.pop();
      });
      return;
    }
    const shape = shapeOf(elements ?? elementsOf(value));
    for (const name in value) {
      const member = shape.get(name);
      if (member === undefined) continue;
      const child: unknown = (value as Record<string, unknown>)[name];
      const { kind } = member;
      path.push(name);
      if (kind === undefined) {
        visitValue(child, member.elements, path, visit);
      } else if (typeof child === 'string') {
        visit(child, kind, () => expressionOf(path));
      } else if (Array.isArray(child)) {
        child.forEach((item, index) => {
          if (typeof item === 'string') visit(item, kind, () => expressionOf([...path, index]));
        });
      }
      path.pop();
    }
  }

  return {
    rewrite: (resource, replacement) =>
      rewriteChildren(resource, elementsOf(resource), replacement) as Resource,
    forEach: (resource, visit) => visitValue(resource, undefined, [resource.resourceType], visit),
  };
}

function rewriteLinks(value: unknown, kind: LinkKind, replacement: Replacement): unknown {
  if (Array.isArray(value)) return rewriteItems(value, (item) => rewriteLinks(item, kind, replacement));
  if (typeof value !== 'string') return value;
  if (kind !== 'xhtml') return replacement(value, kind) ?? value;
  return value.replace(narrativeLink, (whole, attribute: string, double?: string, single?: string) => {
    const replaced = replacement(double ?? single ?? '', kind);
    return replaced === undefined ? whole : `${attribute}"${replaced}"`;
  });
}

function rewriteItems(items: readonly unknown[], rewrite: (item: unknown) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined;
  items.forEach((item, index) => {
    const replaced = rewrite(item);
    if (replaced === item) return;
    copy ??= [...items];
    copy[index] = replaced;
  });
  return copy ?? items;
}

function expressionOf(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
